"""New content for a file that is put in its place at once, when it is whole."""

from __future__ import annotations

import io
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

from ser_live.outputs.files import OutputFile

__all__ = ["Replacement"]


class Replacement:
    """New content for a file, under a temporary name beside it, until `close` puts it in the file's place.

    Args:
        file: a regular file, open, that keeps the name meanwhile; its mode stays. A link stays one.
        private: for this user alone (mode 0600).
    """

    def __init__(self, file: OutputFile, *, private: bool = False) -> None:
        self._file = file
        self._target = Path(os.path.realpath(file.path))
        self._mode = 0o600 if private else stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        self._temporary: Path | None = None
        self._open: io.FileIO | None = None

    def write(self, data: Any, /) -> int:
        """Write bytes; the first write, of none too, makes the temporary file.

        Raises:
            OSError: if it cannot be made or written.
        """
        if self._open is None:
            temporary = self._target.with_name(f".ser-live-{secrets.token_hex(6)}.tmp")  # other names may be too long
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
            self._open = io.FileIO(os.open(temporary, flags, 0o600), "r+")
            self._temporary = temporary
        return self._open.write(data)

    def tell(self) -> int:
        """Return the position."""
        return 0 if self._open is None else self._open.tell()

    def truncate(self, size: int, /) -> int:
        """Shorten what was written."""
        return 0 if self._open is None else self._open.truncate(size)

    def close(self) -> None:
        """Put what was written in the place of the file; nothing where nothing was.

        Raises:
            OSError: if that cannot be done; the file is as it was before.
        """
        if self._open is None or self._temporary is None or self._open.closed:
            return
        try:
            if hasattr(os, "fchmod"):
                os.fchmod(self._open.fileno(), self._mode)
            os.fsync(self._open.fileno())
            self._open.close()
            self._file.keep()
            os.replace(self._temporary, self._target)
        except OSError:
            self.discard()
            raise

    def discard(self) -> None:
        """Forget what was written, where it is not in its place yet."""
        if self._open is not None and self._temporary is not None:
            with suppress(OSError):
                self._open.close()
            with suppress(OSError):
                self._temporary.unlink()
