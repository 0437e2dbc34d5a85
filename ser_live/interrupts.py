"""Ctrl-C and other signals that end the program, without breaking off in the middle of a block or a line."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

__all__ = ["Interrupted", "Interrupts"]


class Interrupted(Exception):  # noqa: N818 - not an error
    """A signal came while input was awaited."""


class Interrupts:
    """Ctrl-C, termination and hang-up: noted while a block is worked on, raised while the next one is awaited.

    A second signal is a `KeyboardInterrupt` wherever it comes. Signals that the caller ignores stay ignored.

    Attributes:
        signal: number of the signal that came, 0 before.
        asked: whether it was `quit`, and no signal from outside.
    """

    def __init__(self) -> None:
        self.signal = 0
        self.asked = False
        self._awaiting = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():  # others cannot have handlers
            for name in ("SIGINT", "SIGTERM", "SIGHUP"):
                number = getattr(signal, name, None)  # Windows has no SIGHUP
                if number is not None and signal.getsignal(number) != signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, _: FrameType | None) -> None:
        if self.signal:
            raise KeyboardInterrupt
        self.signal = number
        if self._awaiting:
            raise Interrupted

    def quit(self) -> None:
        """End the session as Ctrl-C does, from any thread, even out of a blocked read."""
        if self.signal:
            return
        self.asked = True
        if signal.SIGINT not in self._before:  # whoever started this program lets it ignore Ctrl-C
            self.signal = int(signal.SIGINT)
        elif hasattr(signal, "pthread_kill") and (main := threading.main_thread().ident) is not None:
            signal.pthread_kill(main, signal.SIGINT)
        else:
            signal.raise_signal(signal.SIGINT)

    @contextmanager
    def awaiting(self) -> Iterator[None]:
        """Let signals raise `Interrupted` within this context; one that came before it raises at once.

        Raises:
            Interrupted: when a signal comes, even out of a blocked read.
        """
        self._awaiting = True
        try:
            if self.signal:
                raise Interrupted
            yield
        finally:
            self._awaiting = False
