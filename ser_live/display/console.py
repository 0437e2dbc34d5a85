"""rich's console on a terminal that we have judged ourselves."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from rich.console import Console, ConsoleDimensions

from ser_live.terminal import terminal_size

__all__ = ["TerminalConsole"]

# rich would judge anew by these whether there is a terminal, and how large it is for the whole session
_SECOND_JUDGES = ("COLUMNS", "LINES", "TERM", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "FORCE_COLOR", "JUPYTER_COLUMNS")


class TerminalConsole(Console):
    """A console for what `shows_pictures` has found to be a terminal, of the size that the terminal has now.

    Args:
        file: the terminal, standard output by default.
    """

    def __init__(self, file: TextIO | None = None) -> None:
        environment = {name: value for name, value in os.environ.items() if name not in _SECOND_JUDGES}
        if name := os.environ.get("TERM"):
            environment["TERM"] = name  # which colours there are
        super().__init__(
            file=file, force_terminal=True, force_interactive=True, force_jupyter=False, _environ=environment
        )
        self._terminal = sys.stdout if file is None else file

    @property  # type: ignore[misc] # nobody sets it
    def size(self) -> ConsoleDimensions:
        """Columns and lines of the terminal."""
        columns, lines = terminal_size(self._terminal)
        return ConsoleDimensions(columns - int(self.legacy_windows), lines)
