"""What a terminal is, and how large: the one judge of both."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from typing import TextIO

__all__ = ["is_character_device", "is_terminal", "shows_pictures", "terminal_size"]

_WITHOUT_PICTURES = ("dumb", "unknown")  # values of TERM, in any case, for terminals that print lines only
_MOST_COLUMNS, _MOST_LINES = 500, 200  # far beyond any screen; a picture costs in proportion
_USUAL = (80, 24)


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether a stream is a terminal; one that is closed is none."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # it is closed
        return False


def shows_pictures(stream: TextIO | None, environment: Mapping[str, str] | None = None) -> bool:
    """Return whether a stream is a terminal on which a picture can be drawn; others get lines.

    Args:
        stream: e.g. standard output.
        environment: instead of the process's.

    Source: `TTY_COMPATIBLE` is rich's word for pseudo-terminals that pass on text only,
        https://rich.readthedocs.io/en/stable/console.html#environment-variables.
    """
    environment = os.environ if environment is None else environment
    name = environment.get("TERM", "").strip().lower()
    return is_terminal(stream) and name not in _WITHOUT_PICTURES and environment.get("TTY_COMPATIBLE") != "0"


def is_character_device(descriptor: int) -> bool:
    """Return whether a descriptor is a terminal or another device, also where the terminal has been closed since."""
    return stat.S_ISCHR(os.fstat(descriptor).st_mode)


def terminal_size(stream: TextIO, environment: Mapping[str, str] | None = None) -> tuple[int, int]:
    """Return the columns and lines of a terminal, now.

    The terminal's own word counts; the environment (`COLUMNS`, `LINES`) is asked where it says nothing. What is no
    size, or larger than any screen, is not believed.
    """
    environment = os.environ if environment is None else environment
    columns = lines = 0
    with suppress(OSError, ValueError):
        columns, lines = os.get_terminal_size(stream.fileno())
    return (
        min(_MOST_COLUMNS, columns or _number(environment.get("COLUMNS"), _MOST_COLUMNS) or _USUAL[0]),
        min(_MOST_LINES, lines or _number(environment.get("LINES"), _MOST_LINES) or _USUAL[1]),
    )


def _number(text: str | None, most: int) -> int:
    """Return the number in a text, 0 where it is none or larger than `most`."""
    usable = text is not None and text.isascii() and text.isdigit() and len(text) <= len(str(most))
    return int(text) if usable and text is not None and int(text) <= most else 0
