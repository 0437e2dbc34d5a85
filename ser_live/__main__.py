"""`python -m ser_live`: the same as `ser-live`."""

from ser_live.cli import main

if __name__ == "__main__":
    main()
