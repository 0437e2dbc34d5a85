"""Where messages for the user go while a session runs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Literal, TextIO

from ser_live.outputs.lines import complain

__all__ = ["Format", "teller"]

Format = Literal["tui", "plain", "jsonl"]


def teller(kind: Format, unsaid: list[str]) -> Callable[[str], object]:
    """Return what tells a message: on standard error, with the screen afterwards, and not twice on one terminal.

    Args:
        kind: of standard output.
        unsaid: what is to be told when the screen is left.
    """
    if kind != "jsonl" and _is_terminal(sys.stdout) and _is_terminal(sys.stderr):
        return lambda message: None  # plain lines and the screen's summary tell it
    return unsaid.append if kind == "tui" else complain


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()
