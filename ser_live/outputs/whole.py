"""Files that are written whole at the end of a session: to a temporary name, then renamed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from ser_live.errors import OutputError
from ser_live.outputs.files import OutputFile, why_not
from ser_live.outputs.lines import LineFile
from ser_live.outputs.replacement import Replacement

__all__ = ["WholeFile"]

_BLOCK = 100_000  # characters


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
        self._regular = self.file.regular
        if not self._regular:
            return
        self._replacement = Replacement(self.file, private=private)
        try:
            trial = Replacement(self.file)
            trial.write(b"")
            trial.discard()
        except OSError as error:
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
            for data in _in_blocks(text):
                view = memoryview(data)
                while view:
                    view = view[self._replacement.write(view) :]
            self._replacement.close()
        except OSError as error:
            raise OutputError(f"cannot write {self.name}: {why_not(error)}") from None
        finally:
            self._replacement.discard()

    def close(self) -> None:
        """Close the file; may be called twice. One that nothing was written to goes again if it is new."""
        self.file.close()


def _in_blocks(text: Iterable[str]) -> Iterator[bytes]:
    """Join small pieces, of which a system call each would be slow."""
    pieces: list[str] = []
    size = 0
    for piece in text:
        pieces.append(piece)
        size += len(piece)
        if size > _BLOCK:
            yield "".join(pieces).encode("utf-8", "backslashreplace")
            pieces, size = [], 0
    yield "".join(pieces).encode("utf-8", "backslashreplace")
