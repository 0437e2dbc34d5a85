"""Files that are written whole at the end of a session: to a temporary name, then renamed."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from ser_live.errors import OutputError
from ser_live.outputs.files import OutputFile, why_not
from ser_live.outputs.lines import LineFile

__all__ = ["WholeFile"]


class WholeFile:
    """A file that is there whole, or as it was before.

    At the start it refuses what `OutputFile` refuses, which also keeps the name: a new file is there and empty until
    the end, and goes again if nothing is written. That a file can be made beside it is tried at once, so that a
    session does not find out after hours. What is no regular file (a named pipe, `/dev/stdout`) is written to directly.

    Args:
        path: of the file.
        overwrite: replace a file that holds something.
        private: for this user alone (mode 0600), as voices are.

    Attributes:
        file: the file that keeps the name.
        lines: writes to it where it is no regular file.
        name: for messages.

    Raises:
        OutputError: if it cannot be written, or holds something and is not to be replaced.
    """

    def __init__(self, path: str | os.PathLike[str], *, overwrite: bool = False, private: bool = False) -> None:
        self.file = OutputFile(path, overwrite=overwrite, private=private)
        self.name = self.file.shown
        self.lines = LineFile(self.file, self.name)
        self._private = private
        status = os.fstat(self.file.fileno())
        self._regular = stat.S_ISREG(status.st_mode)
        if not self._regular:
            return
        self._mode = stat.S_IMODE(status.st_mode)
        self._target = Path(os.path.realpath(path))  # a link stays one
        try:
            descriptor, temporary = self._open_beside()
            os.close(descriptor)
            temporary.unlink()
        except (OSError, ValueError) as error:
            self.file.close()
            raise OutputError(f"cannot write {self.name}: {why_not(error)}") from None

    def write(self, text: Iterable[str]) -> None:
        """Write the whole content, in pieces, and close the file.

        Raises:
            OutputError: if it cannot be written; what was there before is still there.
            BrokenPipeError: if the reader of a pipe has gone away.
        """
        if not self._regular:
            self.lines.write("".join(text).removesuffix("\n"))
            self.lines.close()
            return
        try:
            descriptor, temporary = self._open_beside()
        except OSError as error:
            raise OutputError(f"cannot write {self.name}: {why_not(error)}") from None
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
                if hasattr(os, "fchmod"):
                    os.fchmod(descriptor, 0o600 if self._private else self._mode)
                file.writelines(text)
                file.flush()
                os.fsync(descriptor)
            self.file.keep()
            os.replace(temporary, self._target)
        except BaseException as error:
            with suppress(OSError):
                temporary.unlink()
            if isinstance(error, OSError):
                raise OutputError(f"cannot write {self.name}: {why_not(error)}") from None
            raise

    def close(self) -> None:
        """Close the file; may be called twice. One that nothing was written to goes again if it is new."""
        self.file.close()

    def _open_beside(self) -> tuple[int, Path]:
        """Open a new file in the folder of the target. Its name is short: the target's own may be as long as any."""
        temporary = self._target.with_name(f".ser-live-{secrets.token_hex(6)}.tmp")
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        return os.open(temporary, flags, 0o600), temporary
