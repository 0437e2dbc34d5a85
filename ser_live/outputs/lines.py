"""Whole lines, to a file, to standard output or to standard error.

A line is written whole and at once, or not at all: what stands in a file is valid when the disk is full, the program
is killed or the reader goes away.
"""

from __future__ import annotations

import errno
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn, TextIO

from ser_live.errors import OutputError
from ser_live.outputs.files import may_block
from ser_live.outputs.replacement import Replacement
from ser_live.waiting import RawFile, write_some

__all__ = ["LineFile", "complain", "printable", "silence_libraries"]


_COMPLAINT_SECONDS = 0.6  # that a terminal or pipe has to take a message


def printable(text: str) -> str:
    """Return the text in one line without control characters, which names or models could send to the terminal."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


class LineFile:
    """Write whole lines; after a failure, nothing more.

    Args:
        raw: an unbuffered binary file.
        name: for messages.
        terminal: it is one, whose reader is gone when it is closed.

    Attributes:
        name: for messages.
        raw: the file.
    """

    def __init__(self, raw: RawFile, name: str, *, terminal: bool = False) -> None:
        self.raw = raw
        self.name = name
        self._terminal = terminal
        self._failed = False

    def begin(self) -> None:
        """Begin the file: one that gets no line is empty then, whatever it held before.

        Raises:
            OutputError: if it cannot be written to.
        """
        try:
            self.raw.write(b"")
        except OSError as error:
            self._failed = True
            self._raise(error)

    def write(self, line: str) -> None:
        """Write a line, without its end.

        Raises:
            BrokenPipeError: if the reader has gone away.
            OutputError: if the line cannot be written; no part of it stays where that can be undone.
        """
        if self._failed:
            return
        data = line.encode("utf-8", "backslashreplace") + b"\n"
        done = 0
        try:
            while done < len(data):
                done += write_some(self.raw, data[done:])
        except OSError as error:
            self._failed = True
            if done:
                with suppress(OSError):  # a pipe cannot be shortened
                    self.raw.truncate(self.raw.tell() - done)
            self._raise(error)

    def close(self) -> None:
        """Close the file (standard output stays open)."""
        try:
            self.raw.close()
        except OSError as error:
            self._raise(error)

    def _raise(self, error: OSError) -> NoReturn:
        gone = isinstance(error, BrokenPipeError) or (os.name == "nt" and error.errno == errno.EINVAL)
        if gone or (self._terminal and error.errno == errno.EIO):
            raise BrokenPipeError(error.errno, error.strerror) from None
        raise self._error(error) from None

    def _error(self, error: OSError) -> OutputError:
        gone = error.errno == errno.ESTALE or isinstance(self.raw, Replacement)
        kept = "" if gone else "what was written before is complete; "
        return OutputError(
            f"cannot write to {self.name} any more: {error.strerror or error}: {kept}"
            "make room, or write to another place"
        )


def complain(message: str) -> None:
    """Print one line on standard error; do nothing where nobody can read it."""
    if sys.stderr is None:  # `print` would take standard output instead
        return
    line = f"ser-live: {printable(message)}"
    with suppress(OSError):
        descriptor = _blocking_descriptor(sys.stderr)
        if descriptor is None:
            print(line, file=sys.stderr, flush=True)
            return
        data = line.encode(sys.stderr.encoding or "utf-8", "backslashreplace") + os.linesep.encode()
        writer = threading.Thread(target=_write, args=(descriptor, data), daemon=True)
        try:
            writer.start()
        except RuntimeError:  # no thread may be started
            _write(descriptor, data)
        else:
            writer.join(_COMPLAINT_SECONDS)


def _blocking_descriptor(stream: TextIO) -> int | None:
    """Return the descriptor of a stream whose reader may stand still (Ctrl-S), None for any other."""
    try:
        stream.flush()
        descriptor = stream.fileno()
        return descriptor if may_block(descriptor) else None
    except (OSError, ValueError):
        return None


def _write(descriptor: int, data: bytes) -> None:
    with suppress(OSError), os.fdopen(descriptor, "wb", buffering=0, closefd=False) as raw:
        while data:
            data = data[write_some(raw, data) :]


@contextmanager
def silence_libraries() -> Iterator[None]:
    """Hide what C libraries (ALSA, PortAudio, libmpg123) write to standard error; Python's own messages still come.

    Their lines would appear in the middle of the screen, and beside the one sentence that states an error.
    """
    before = sys.stderr
    try:
        if before is None or before.fileno() != 2:
            raise OSError  # it is not theirs
        kept = os.dup(2)
    except OSError:
        yield
        return
    with open(os.devnull, "wb") as nowhere:
        before.flush()
        os.dup2(nowhere.fileno(), 2)
    sys.stderr = os.fdopen(kept, "w", buffering=1, encoding=before.encoding, errors="backslashreplace", closefd=False)
    try:
        yield
    finally:
        sys.stderr.flush()
        sys.stderr = before
        os.dup2(kept, 2)
        os.close(kept)
