"""Open files to write to without losing what is in them: all are checked and opened first, and replaced last."""

from __future__ import annotations

import errno
import io
import os
import stat
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ser_live.errors import OutputError, SettingsError

__all__ = ["OutputFile", "may_block", "refuse_doubles", "why_not"]

_LOOK_SECONDS = 1.0  # between two looks whether the file is still there


class OutputFile(io.FileIO):
    """An unbuffered file whose old content stays until the first write; a new one that is never written to goes again.

    Args:
        path: of the file. What is no regular file (a device, a named pipe) is written to as it is.
        overwrite: replace a file that holds something. Without it that is refused, so that a command which is repeated,
            by a person or by a script, never costs an earlier recording; an empty file (of `mktemp`) may be filled.
        private: for this user alone (mode 0600), as voices are.

    Raises:
        OutputError: if it cannot be opened, or holds something and is not to be replaced.
    """

    def __init__(self, path: str | os.PathLike[str], *, overwrite: bool = False, private: bool = False) -> None:
        self.path = Path(path)
        self.shown = os.fsencode(path).decode("utf-8", "replace")
        self._created: Path | None = None
        self._begun = False
        self._private = private
        self._looked = -_LOOK_SECONDS
        try:
            descriptor = self._open(overwrite, 0o600 if private else 0o666)
        except OutputError:
            raise
        except (OSError, ValueError) as error:
            raise OutputError(f"cannot write {self.shown}: {why_not(error)}") from None
        super().__init__(descriptor, "r+" if self._regular(descriptor) else "w")

    def _open(self, overwrite: bool, mode: int) -> int:
        binary = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        with suppress(FileExistsError):
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | binary, mode)
            self._created = self.path
            return descriptor
        try:
            there = self.path.stat()
        except FileNotFoundError:  # a link to where nothing is yet
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | binary, mode)
            self._created = Path(os.path.realpath(self.path))
            return descriptor
        if not stat.S_ISREG(there.st_mode):
            return os.open(self.path, os.O_WRONLY | binary)
        if there.st_size and not overwrite:
            raise OutputError(
                f"{self.shown} exists and holds {there.st_size:,} bytes: give --overwrite to replace it, "
                "or write to another file"
            )
        return os.open(self.path, os.O_RDWR | binary)

    @property
    def regular(self) -> bool:
        """Whether it is a file on a disk, no device and no pipe."""
        return self._regular(self.fileno())

    @staticmethod
    def _regular(descriptor: int) -> bool:
        return stat.S_ISREG(os.fstat(descriptor).st_mode)

    def write(self, data: Any, /) -> int:
        """Write bytes; the first write removes what the file held.

        Raises:
            OSError: also where somebody has removed the file.
        """
        if not self._begun:
            self._begun = True
            if self._regular(self.fileno()):
                self.truncate(0)
                if self._private and hasattr(os, "fchmod"):
                    os.fchmod(self.fileno(), 0o600)
        now = time.monotonic()
        if now >= self._looked + _LOOK_SECONDS:
            self._looked = now
            if self._regular(self.fileno()) and not os.fstat(self.fileno()).st_nlink:
                raise OSError(errno.ESTALE, "it was removed while it was written")
        return super().write(data)

    def keep(self) -> None:
        """Close the file, and let it stay although nothing was written to it: another one is about to replace it."""
        self._begun = True
        self.close()

    def close(self) -> None:
        """Close the file; may be called twice."""
        if self.closed:
            return
        super().close()
        if self._created is not None and not self._begun:
            with suppress(OSError):
                self._created.unlink()


def refuse_doubles(files: Sequence[OutputFile]) -> None:
    """Refuse two outputs that are one file, by another name or in other letters where the disk ignores their case.

    Raises:
        SettingsError: naming both.
    """
    for i, file in enumerate(files):
        for other in files[:i]:
            regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            if regular and os.path.sameopenfile(file.fileno(), other.fileno()):
                raise SettingsError(f"{file.shown} and {other.shown} are one file: write to two")


def why_not(error: OSError | ValueError) -> str:
    """Return why writing failed, and what to do about it."""
    if isinstance(error, FileNotFoundError):
        return "its folder does not exist, create it first"
    if isinstance(error, PermissionError):
        return "this user may not write there, choose another folder"
    if isinstance(error, IsADirectoryError):
        return "it is a folder, add a file name"
    reason = getattr(error, "strerror", None) or str(error)
    return f"{reason}, choose another place or make room"


def may_block(descriptor: int) -> bool:
    """Whether writing there may wait for a reader: a pipe, a terminal, a socket."""
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(descriptor)
