"""Keys of the terminal, one at a time and without Enter, for as long as a session shows."""

from __future__ import annotations

import os
import re
import select
import sys
import threading
import time
from codecs import IncrementalDecoder, getincrementaldecoder
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final

__all__ = ["ENTER", "ERASE", "ESCAPE", "Keyboard"]

ENTER: Final = "\n"
ESCAPE: Final = "\x1b"
ERASE: Final = "\x7f"

_POLL_SECONDS: Final = 0.05  # on Windows, which has nothing to wait on
_BACKGROUND_SECONDS: Final = 0.3  # that a program in the background leaves the keys to the shell


class Keyboard:
    """Read the terminal's keys in a thread; a context manager, whose end gives the terminal back as it was.

    Ctrl-C, Ctrl-Z and Ctrl-S keep their meaning. Where there is no terminal to read from, where the program is in the
    background, or where no thread may be started, there are no keys.

    Args:
        press: called with each key, in the thread: a character, `ENTER`, `ERASE` or `ESCAPE`. Arrows and other keys
            that send several characters are left out.
    """

    def __init__(self, press: Callable[[str], object]) -> None:
        self._press = press
        self._reader: _Reader | None = None

    def __enter__(self) -> Keyboard:
        reader = _windows() if sys.platform == "win32" else _posix()
        if reader is not None:
            try:
                threading.Thread(target=self._read, args=(reader,), daemon=True, name="ser-live keys").start()
            except RuntimeError:
                reader.close()
                reader.release()
            else:
                self._reader = reader
        return self

    def __exit__(self, *_: object) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    @property
    def there(self) -> bool:
        """Whether keys are read."""
        return self._reader is not None

    def resume(self) -> None:
        """Take the terminal again after Ctrl-Z and `fg`: the shell has set it as it needs it itself."""
        if self._reader is not None:
            self._reader.take()

    def _read(self, reader: _Reader) -> None:
        for chunk in reader.chunks():
            for key in keys_of(chunk):
                self._press(key)


def keys_of(chunk: str) -> list[str]:
    r"""Return the keys in what a terminal sent at once.

    Example:
        >>> keys_of("q"), keys_of("\x1b[Az"), keys_of("\x1b"), keys_of("a\r\b")
        (['q'], ['z'], ['\x1b'], ['a', '\n', '\x7f'])
    """
    same = {"\r": ENTER, "\b": ERASE}
    keys = [same.get(character, character) for character in _SEVERAL.sub("", chunk)]
    return [key for key in keys if key.isprintable() or key in (ENTER, ESCAPE, ERASE)]


_SEVERAL: Final = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|O?[^\x1b])")  # arrows and their like; Alt and a key


class _Reader:
    """What reads keys from one kind of system."""

    def take(self) -> None:
        """Let the terminal send each key at once, and show none."""

    def chunks(self) -> Iterator[str]:
        """Yield what comes, until `close`."""
        yield from ()

    def close(self) -> None:
        """Leave the terminal as it was found."""

    def release(self) -> None:
        """Close what was opened: the reader's thread does, or who could not start it."""


def _posix() -> _Reader | None:
    """Return a reader of standard input, or, where that is a pipe, of the terminal that the program was started in."""
    descriptor, ours = 0, False
    with suppress(OSError, ValueError, AttributeError):
        descriptor = sys.stdin.fileno()
    try:
        if not os.isatty(descriptor):
            descriptor, ours = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC), True
        return _Terminal(descriptor, ours)
    except OSError:
        return None


class _Terminal(_Reader):
    def __init__(self, descriptor: int, ours: bool) -> None:
        import termios  # Windows has none

        self._termios: Any = termios
        self._descriptor = descriptor
        self._ours = ours
        self._before: list[Any] | None = None
        self._awake, self._wake = os.pipe()
        self.take()

    def take(self) -> None:
        if not _in_front(self._descriptor):  # to set the terminal of others would stop the process
            return
        with suppress(self._termios.error):
            mode = self._termios.tcgetattr(self._descriptor)
            self._before = self._before or [*mode[:6], list(mode[6])]
            mode[3] &= ~(self._termios.ICANON | self._termios.ECHO)
            mode[6][self._termios.VMIN], mode[6][self._termios.VTIME] = 1, 0
            self._termios.tcsetattr(self._descriptor, self._termios.TCSANOW, mode)

    def chunks(self) -> Iterator[str]:
        decoder = getincrementaldecoder("utf-8")("replace")
        try:
            yield from self._chunks(decoder)
        finally:
            self.release()

    def _chunks(self, decoder: IncrementalDecoder) -> Iterator[str]:
        while True:
            try:
                ready, _, _ = select.select([self._descriptor, self._awake], [], [])
                if self._awake in ready:
                    return
                if not _in_front(self._descriptor):  # these keys are the shell's
                    time.sleep(_BACKGROUND_SECONDS)
                    continue
                data = os.read(self._descriptor, 1024)
            except (OSError, ValueError):  # the terminal is gone
                return
            if not data:
                return
            yield decoder.decode(data)

    def release(self) -> None:
        for descriptor in (self._awake, *([self._descriptor] if self._ours else [])):
            with suppress(OSError):
                os.close(descriptor)

    def close(self) -> None:
        with suppress(OSError):
            os.close(self._wake)  # which the reader sees
        if self._before is not None and _in_front(self._descriptor):
            with suppress(self._termios.error):
                self._termios.tcsetattr(self._descriptor, self._termios.TCSANOW, self._before)


def _in_front(descriptor: int) -> bool:
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:  # not the terminal that the program was started in, which has no foreground for us
        return True


def _windows() -> _Reader | None:
    return _Console() if sys.stdin is not None and sys.stdin.isatty() else None


class _Console(_Reader):
    """The console of Windows."""

    def __init__(self) -> None:
        import msvcrt  # of Windows alone

        self._msvcrt: Any = msvcrt
        self._closed = False

    def chunks(self) -> Iterator[str]:
        while not self._closed:
            if not self._msvcrt.kbhit():
                time.sleep(_POLL_SECONDS)
                continue
            key = self._msvcrt.getwch()
            if key in ("\0", "\xe0"):  # an arrow: its second half
                self._msvcrt.getwch()
            else:
                yield key

    def close(self) -> None:
        self._closed = True
