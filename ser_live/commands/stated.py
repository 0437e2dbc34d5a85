"""Stated errors at the edge of the program: one sentence on standard error, and an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from ser_live.errors import SerLiveError, SettingsError
from ser_live.outputs.lines import complain

__all__ = ["stated"]


@contextmanager
def stated() -> Iterator[None]:
    """Print the sentence of a stated error on standard error, and exit with its code."""
    try:
        yield
    except SerLiveError as error:
        complain(str(error))
        raise typer.Exit(2 if isinstance(error, SettingsError) else 1) from None
    except KeyboardInterrupt:  # the second one
        raise typer.Exit(130) from None
