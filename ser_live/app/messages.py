"""Where messages for the user go while a session runs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Literal

from ser_live.outputs.lines import complain
from ser_live.terminal import is_terminal

__all__ = ["Format", "teller"]

Format = Literal["tui", "plain", "jsonl"]


def teller(kind: Format, deferred: list[str]) -> Callable[[str], object]:
    """Return a function for messages: to standard error, with the screen after its end, never twice on one terminal.

    Args:
        kind: of standard output.
        deferred: gets the messages to print after the screen is left.
    """
    if kind != "jsonl" and is_terminal(sys.stdout) and is_terminal(sys.stderr):
        return lambda message: None  # plain lines and the screen's summary tell it
    return deferred.append if kind == "tui" else complain
