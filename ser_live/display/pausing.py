"""Ctrl-Z and `fg`: the shell gets its screen back, and the picture returns with the program."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any, TextIO

__all__ = ["Pausing"]

_LEAVE = "\x1b[?1049l\x1b[?25h"  # the alternate screen (xterm), and show the cursor
_ENTER = "\x1b[?1049h\x1b[?25l\x1b[2J"
_WAIT_SECONDS = 0.5  # that a terminal has to take what it was given


class Pausing:
    """Handlers of the signals that stop the program and let it go on; a context manager, on Unix and the main thread.

    Args:
        terminal: where the alternate screen is.
        busy: whether it has not taken yet what it was given.

    Attributes:
        away: whether the terminal is the shell's now: nothing may be drawn.
        returned: whether it was since the last picture, so that all of it is to be drawn again.
    """

    def __init__(self, terminal: TextIO, busy: Callable[[], bool]) -> None:
        self._terminal = terminal
        self._busy = busy
        self.away = self.returned = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Pausing:
        if hasattr(signal, "SIGTSTP") and threading.current_thread() is threading.main_thread():
            for number, handler in ((signal.SIGTSTP, self._stop), (signal.SIGCONT, self._go_on)):
                if signal.getsignal(number) == signal.SIG_DFL:
                    self._before[number] = signal.signal(number, handler)
        return self

    def __exit__(self, *_: object) -> None:
        if threading.current_thread() is threading.main_thread():
            for number, handler in self._before.items():
                signal.signal(number, handler)

    def _stop(self, number: int, _: FrameType | None) -> None:
        self.away = True
        self._put(_LEAVE)
        until = time.monotonic() + _WAIT_SECONDS
        while self._busy() and time.monotonic() < until:
            time.sleep(0.01)
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)  # here it stands still
        signal.signal(number, self._stop)

    def _go_on(self, number: int, _: FrameType | None) -> None:
        if not self._in_front():  # `bg`: the shell keeps its screen
            self.away = True
            return
        self._put(_ENTER)
        self.away, self.returned = False, True

    def _in_front(self) -> bool:
        try:
            return os.tcgetpgrp(self._terminal.fileno()) == os.getpgrp()
        except (OSError, ValueError):  # not its own terminal
            return True

    def _put(self, codes: str) -> None:
        with suppress(OSError, ValueError):
            self._terminal.write(codes)
            self._terminal.flush()
