"""Many recordings: found, heard in processes, summed up in tables; what is done already is not done again."""

from ser_live.archive.run import Request, run

__all__ = ["Request", "run"]
