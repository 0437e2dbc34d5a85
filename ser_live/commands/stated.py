"""Stated errors at the edge of the program: one sentence on standard error, and an exit code."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from ser_live.errors import SerLiveError, SettingsError, shortened
from ser_live.outputs.lines import complain

__all__ = ["missing_folder", "scarcity", "stated"]

_NO_MEMORY = "there is not enough memory for this: close other programs, or raise the limit (ulimit -v)"


@contextmanager
def stated() -> Iterator[None]:
    """Print the sentence of a stated error on standard error, and exit with its code."""
    try:
        yield
    except SerLiveError as error:
        complain(str(error))
        raise typer.Exit(2 if isinstance(error, SettingsError) else 1) from None
    except (MemoryError, OSError, ImportError) as error:
        sentence = scarcity(error)
        if sentence is None:
            raise
        complain(sentence)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:  # the second one
        raise typer.Exit(130) from None


def scarcity(error: MemoryError | OSError | ImportError) -> str | None:
    """Return the sentence for what the system has no more of, or for a library that cannot be loaded.

    Such an error may come from any line, so that it is told at the program's edge; None for every other error.
    """
    if isinstance(error, MemoryError):
        return _NO_MEMORY
    if isinstance(error, ImportError):  # a library of C needs memory and descriptors too
        return f"a library cannot be loaded ({shortened(error)}): check memory and limits, or install ser-live again"
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return "no further file may be opened: close some, or raise the limit (ulimit -n)"
    return _NO_MEMORY if error.errno == errno.ENOMEM else None


def missing_folder() -> str | None:
    """Return the sentence for a current folder that was removed, where libraries fail to load, each in its own way."""
    try:
        os.getcwd()
    except OSError:
        return "the current folder is not there any more: change to one that is, then start again"
    return None
