"""The alternate screen of the terminal."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.control import Control
from rich.live import Live

from ser_live.display.picture import render
from ser_live.session import Session

__all__ = ["Screen"]


class Screen:
    """The terminal's alternate screen, as a context manager; leaving it restores the terminal.

    Other output meanwhile would garble the picture: hold it back until the screen is left.

    Args:
        console: where to draw, standard output by default; it should be a terminal.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console()
        # Redirection would take from standard error what belongs in the file behind it.
        self._live = Live(
            console=self._console, screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False
        )

    def __enter__(self) -> Screen:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._console.is_alt_screen:  # a tmux that grew would leave the picture among the lines of before
                self._console.control(Control.clear(), Control.home())
        finally:
            self._live.stop()

    def update(self, session: Session) -> None:
        """Draw the session at the terminal's present size."""
        width, height = self._console.size
        unicode = not (self._console.options.ascii_only or self._console.legacy_windows)
        self._live.update(render(session, width=width, height=height, unicode=unicode), refresh=True)
