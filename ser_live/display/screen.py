"""The alternate screen of the terminal."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, TextIO, cast

from rich.console import Console
from rich.control import Control
from rich.live import Live

from ser_live.display.console import TerminalConsole
from ser_live.display.desk import Desk
from ser_live.display.drawing import save_picture
from ser_live.display.pausing import Pausing
from ser_live.display.picture import render
from ser_live.keyboard import Keyboard
from ser_live.session import Session
from ser_live.types import Event, FloatArray, Prediction

__all__ = ["Screen"]

_PICTURE_SECONDS = 0.22  # between two pictures


class Screen:
    """The terminal's alternate screen: a `Sink`, and a context manager whose end restores the terminal.

    Other output meanwhile would garble the picture: hold it back until the screen is left.

    Args:
        session: what is shown.
        console: where to draw, standard output by default; it should be a terminal.
        busy: whether the terminal has not taken the last picture yet; then there is no further one.
        desk: what the user's keys ask for, None where there are no keys.
    """

    name = "the screen"
    needed = False

    def __init__(
        self,
        session: Session,
        console: Console | None = None,
        *,
        busy: Callable[[], bool] = lambda: False,
        desk: Desk | None = None,
    ) -> None:
        self._session = session
        self._desk = desk
        self._keyboard = Keyboard((lambda key: None) if desk is None else desk.press)
        self._busy = busy
        self._console = console or TerminalConsole()
        self._pausing = Pausing(cast(TextIO, self._console.file), busy)
        self._drawn = -math.inf  # when, on the clock
        self._stale = True  # whether the picture lacks something of consequence
        # Redirection would take from standard error what belongs in the file behind it.
        self._live = Live(
            console=self._console, screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False
        )

    def __enter__(self) -> Screen:
        self._live.start()
        self._pausing.__enter__()
        if self._desk is not None:
            self._keyboard.__enter__()
            self._desk.there = self._keyboard.there
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._keyboard.__exit__()
        self._pausing.__exit__()
        with suppress(OSError):  # a terminal that is gone needs no restoring
            if self._console.is_alt_screen:  # a tmux that grew would leave the picture among the lines of before
                self._console.control(Control.clear(), Control.home())
        with suppress(OSError):
            self._live.stop()

    def open(self, fields: Mapping[str, Any]) -> None:
        """Draw the first picture."""
        self.hear(None)

    def take(self, record: Prediction | Event) -> None:
        """Let the next picture come at once after an event that the user should see."""
        self._stale = self._stale or (isinstance(record, Event) and record.kind != "speech")

    def close(self, fields: Mapping[str, Any]) -> None:
        """Keep the last picture until the screen is left."""

    def hear(self, block: FloatArray | None) -> None:
        """Draw the session at the terminal's present size, if it is time.

        Raises:
            BrokenPipeError: if the terminal is gone.
        """
        now = time.monotonic()
        if self._pausing.away:
            return
        if self._pausing.returned:
            self._pausing.returned, self._stale = False, True
            self._keyboard.resume()
        if self._desk is not None and self._desk.changed:
            self._desk.changed, self._stale = False, True
        if self._busy() or not (self._stale or now >= self._drawn + _PICTURE_SECONDS):
            return
        self._stale, self._drawn = False, now
        width, height = self._console.size
        unicode = not (self._console.options.ascii_only or self._console.legacy_windows)
        if self._desk is not None and self._desk.saves:
            self._desk.saves -= 1
            self._session.notices.append(save_picture(self._session, width, height))
        picture = render(self._session, width=width, height=height, unicode=unicode, desk=self._desk)
        try:
            self._live.update(picture, refresh=True)
        except OSError as error:
            raise BrokenPipeError(error.errno, error.strerror) from None
