"""The program: what the command line asks for, put together and run."""
