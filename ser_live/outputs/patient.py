"""Pipes and terminals whose reader may pause: a thread waits for them, the sound never does."""

from __future__ import annotations

import errno
import io
import threading
import time
from collections import deque
from typing import TextIO

from ser_live.interrupts import Interrupts
from ser_live.waiting import RawFile, write_some

__all__ = ["PatientFile", "PatientText"]

_MOST_LIVE = 64_000_000  # bytes that wait while the sound goes on: hours of records
_MOST_REPLAY = 100_000  # bytes that wait before a recording waits with them
_LAST_SECONDS = 0.6  # that a reader has for what is left, once a signal has come
_POLL_SECONDS = 0.05


class PatientFile:
    """An unbuffered file behind a thread that does the waiting.

    Args:
        raw: the file.
        interrupts: the signals that end every wait.
        live: the sound is being made now, so that nothing ever waits. A recording waits with its reader.

    Raises:
        RuntimeError: where the system allows no further thread.
    """

    def __init__(self, raw: RawFile, interrupts: Interrupts, *, live: bool) -> None:
        self._raw = raw
        self._interrupts = interrupts
        self._live = live
        self._waiting: deque[bytes] = deque()
        self._failure: OSError | None = None
        self._closing = self._given_up = False
        self._changed = threading.Condition()
        self.backlog = 0
        self._thread = threading.Thread(target=self._work, daemon=True, name="ser-live output")
        self._thread.start()

    def write(self, data: bytes, /) -> int:
        """Take bytes to be written in their turn.

        Raises:
            OSError: what an earlier write failed with, or where too much waits for a reader.
            Interrupted: if a signal comes while a recording waits for its reader.
        """
        most = _MOST_LIVE if self._live else _MOST_REPLAY
        if not self._live and self.backlog > most:
            with self._interrupts.awaiting():
                while self.backlog > most and self._failure is None:
                    time.sleep(_POLL_SECONDS)
        if self._failure is not None:
            raise self._failure
        if self.backlog > most:
            raise OSError(errno.ENOBUFS, "its reader has read nothing for too long")
        with self._changed:
            self._waiting.append(bytes(data))
            self.backlog += len(data)
            self._changed.notify()
        return len(data)

    def tell(self) -> int:
        """Refuse to give a position, which a stream does not have.

        Raises:
            OSError: always.
        """
        raise OSError(errno.ESPIPE, "a stream has no position")

    def truncate(self, size: int, /) -> int:
        """Refuse to shorten a stream, which cannot be done.

        Raises:
            OSError: always.
        """
        raise OSError(errno.ESPIPE, "a stream cannot be shortened")

    def close(self) -> None:
        """Wait until everything is written, or for less than a second once a signal has come; may be called twice.

        Raises:
            OSError: what a write failed with, or where the reader did not take the rest.
        """
        with self._changed:
            self._closing = True
            self._changed.notify()
        until = None
        while self._thread.is_alive() and not self._given_up:
            self._thread.join(_POLL_SECONDS)
            if self._interrupts.signal and until is None:
                until = time.monotonic() + _LAST_SECONDS
            if until is not None and time.monotonic() > until:
                self._given_up = True
                raise OSError(errno.ETIMEDOUT, "its reader did not take the last lines")
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def _work(self) -> None:
        while True:
            with self._changed:
                while not (self._waiting or self._closing):
                    self._changed.wait()
                if not self._waiting:
                    break
                data = self._waiting.popleft()
            try:
                _write_all(self._raw, data)
            except OSError as error:
                self._failure = error
                self.backlog = 0
                return
            with self._changed:
                self.backlog -= len(data)
        try:
            self._raw.close()
        except OSError as error:
            self._failure = error


def _write_all(raw: RawFile, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[write_some(raw, view) :]


class PatientText(io.TextIOBase):
    """A terminal behind a `PatientFile`, as text, for `rich`."""

    def __init__(self, file: PatientFile, terminal: TextIO) -> None:
        self._file = file
        self._terminal = terminal

    @property
    def encoding(self) -> str:  # type: ignore[override] # it can only be read
        """Encoding of the terminal."""
        return self._terminal.encoding

    @property
    def busy(self) -> bool:
        """Whether the terminal has not taken yet what it was given."""
        return self._file.backlog > 0

    def write(self, text: str, /) -> int:
        """Give the terminal text."""
        self._file.write(text.encode(self.encoding, "replace"))
        return len(text)

    def isatty(self) -> bool:
        """Return whether this is a terminal."""
        return self._terminal.isatty()

    def fileno(self) -> int:
        """Return the terminal's file descriptor."""
        return self._terminal.fileno()

    def flush(self) -> None:
        """Do nothing: no text is held back."""
