"""libsndfile, as this program uses it: in order, and without guesses from a file's name or size."""

from __future__ import annotations

import io
import os
import sys

import soundfile

from ser_live.sources.sniff import refusal

__all__ = ["Straight", "Uncounted", "open_file", "open_stream", "words"]

_NO_END = (1 << 63) - 1


class Straight(soundfile.SoundFile):  # type: ignore[misc]
    """Read in order: `SoundFile.read` seeks after every block, and an MP3 then decodes wrongly (by up to 0.47)."""

    def seekable(self) -> bool:
        """Say no, so that `read` does not seek."""
        return False


class Uncounted(io.FileIO):
    """An MP3 whose first frame does not count the others, with its length hidden from libsndfile.

    libsndfile would estimate the number of frames from the size of the first one and read no further, which loses
    most of a file with a variable bit rate; without a length it counts them.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(path)
        self.failure: BaseException | None = None
        self._at_end = False

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a place; the end is out of reach."""
        self._at_end = whence == os.SEEK_END
        return _NO_END if self._at_end else super().seek(offset, whence)

    def tell(self) -> int:
        """Return the place in bytes."""
        return _NO_END if self._at_end else super().tell()

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        """Fill the buffer; return how many bytes came."""
        try:
            return super().readinto(buffer) or 0
        except BaseException as failure:  # Ctrl-C too: libsndfile, which calls this, cannot pass it on
            self.failure = failure
            return 0


def words(error: soundfile.LibsndfileError) -> str:
    """Return what libsndfile says, without its ornaments."""
    return str(error.error_string.removeprefix("Error : ").rstrip("."))


def open_stream(stream: Uncounted, path: str | os.PathLike[str]) -> Straight:
    """Open a file whose length libsndfile must not know; raise `SourceError` where it reads none of it."""
    try:
        return Straight(stream)
    except soundfile.LibsndfileError as error:
        raise refusal(path, words(error)) from None


def open_file(path: str | os.PathLike[str]) -> Straight:
    """Open a file that knows its length; raise `SourceError` where libsndfile does not read it."""
    try:
        file = Straight(os.fspath(path) if sys.platform == "win32" else os.fsencode(path))
    except soundfile.LibsndfileError as error:
        raise refusal(path, words(error)) from None
    except TypeError:  # soundfile takes the ending `.raw` at its word
        raise refusal(path, "headerless sound") from None
    if file.format == "RAW":  # libsndfile takes `.au`, `.vox` and `.gsm` at theirs, where it finds no header
        file.close()
        raise refusal(path, "headerless sound")
    return file
