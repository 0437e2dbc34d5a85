"""Pipes and terminals that do not block: waiting for them without spinning.

Whether a descriptor blocks is decided by whoever shares it: a shell's other programs, ssh, node, an event loop. It is
never changed here, for it would change for them too.
"""

from __future__ import annotations

import io
import os
import select
import time
from typing import Any, BinaryIO, Protocol

__all__ = ["WaitingReader", "waiting_input", "write_some"]

_POLL_SECONDS = 0.05


class RawFile(Protocol):
    """The part of an unbuffered binary file that is used for writing."""

    def write(self, data: Any, /) -> int | None: ...
    def tell(self) -> int: ...
    def truncate(self, size: int, /) -> int: ...
    def close(self) -> None: ...


def write_some(raw: RawFile, data: bytes | memoryview) -> int:
    """Write some of the bytes and return how many; where a file that does not block has no room, wait for it first."""
    while (done := raw.write(data)) is None:
        _wait([], [raw])
    return done


class WaitingReader(io.RawIOBase):
    """A descriptor to read from, of which nothing means that nothing is there yet; it stays open.

    Args:
        descriptor: of a pipe, socket or terminal.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def fileno(self) -> int:
        """Return the descriptor."""
        return self._descriptor

    def isatty(self) -> bool:
        """Return whether it is a terminal."""
        return os.isatty(self._descriptor)

    def readinto(self, buffer: Any, /) -> int:
        """Read what is there, at least a byte; 0 only at the end."""
        while True:
            try:
                data = os.read(self._descriptor, len(buffer))
            except BlockingIOError:
                _wait([self._descriptor], [])
            else:
                buffer[: len(data)] = data
                return len(data)


def waiting_input(stream: BinaryIO) -> BinaryIO:
    """Return standard input as a stream whose reads wait until something is there: itself if it blocks."""
    try:
        if os.get_blocking(stream.fileno()):
            return stream
    except (AttributeError, OSError, ValueError):  # an older Windows, or no real file
        return stream
    return io.BufferedReader(WaitingReader(stream.fileno()))


def _wait(readers: list[Any], writers: list[Any]) -> None:
    try:
        select.select(readers, writers, [], 1.0)
    except (OSError, TypeError, ValueError):  # Windows asks sockets only; a number above 1023
        time.sleep(_POLL_SECONDS)
