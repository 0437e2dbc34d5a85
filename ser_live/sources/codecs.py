"""Recordings through libsndfile, read in order, with their damage reported."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator

import numpy as np
import soundfile

from ser_live.errors import SourceError
from ser_live.sources.base import BLOCK_SECONDS, block_frames, check_format, shortfall
from ser_live.sources.sniff import mp3_knows_its_length, ogg_breaks_off, refusal
from ser_live.types import Event, FloatArray

__all__ = ["CodecReader"]

_STEP_SECONDS = 0.05  # a decoding error loses what came with it: at most this much
_UNKNOWN = 1 << 62  # libsndfile says more than that where a stream does not know its length
_NO_END = (1 << 63) - 1
_SYSTEM_ERROR = "System error"  # libsndfile's words for a disk that fails


class CodecReader:
    """A file that libsndfile decodes.

    Args:
        path: of the file.
        name: of the source, for messages.
        share: how much of the samples that the header promises is there, 0 to 1.

    Raises:
        SourceError: where libsndfile cannot read it.
    """

    def __init__(self, path: str | os.PathLike[str], name: str, *, share: float = 1.0) -> None:
        self._name = name
        self._path = path
        self._uncounted: _Uncounted | None = None
        self._file = _open(path)
        try:
            if self._file.format == "MP3" and not mp3_knows_its_length(path):
                self._file.close()
                self._uncounted = _Uncounted(path)
                self._file = _Straight(self._uncounted)
            self.sample_rate: int = self._file.samplerate
            self.channels: int = self._file.channels
            check_format(name, self.sample_rate, self.channels)
        except BaseException:
            self.close()
            raise
        frames = self._file.frames
        self.total: float | None = frames / self.sample_rate if frames < _UNKNOWN else None
        self._promised = None if self.total is None else self.total / max(share, 1e-9)
        self._broken_off = self._file.format == "OGG" and ogg_breaks_off(path)

    def blocks(self) -> Iterator[FloatArray | Event]:
        """Yield blocks of half a second, and at the end an event where something is missing.

        Raises:
            SourceError: where nothing can be decoded, or the disk fails.
        """
        length = block_frames(BLOCK_SECONDS, self.sample_rate, self.channels)
        done = 0
        while True:
            block = np.empty((length, self.channels), np.float32)
            filled, damage = self._fill(block)
            done += filled
            if filled:
                yield block[:filled]
            if self._uncounted is not None and self._uncounted.failure is not None:
                damage = _disk_error(self._uncounted.failure)
            if filled < length:
                break
        seconds = done / self.sample_rate
        if damage.startswith(_SYSTEM_ERROR):
            raise SourceError(
                f"{self._name}: reading failed at {seconds:.1f} s ({damage}); what came before it was processed"
            )
        if not done:
            raise refusal(self._path, damage or "it holds no sample")
        if (event := self._missing(seconds, damage)) is not None:
            yield event

    def _fill(self, block: FloatArray) -> tuple[int, str]:
        """Decode into the block; return how many frames came, and the errors that libsndfile reported."""
        step = block_frames(_STEP_SECONDS, self.sample_rate, self.channels)
        filled = 0
        try:
            while filled < len(block) and (got := len(self._file.read(out=block[filled : filled + step]))):
                filled += got
        except soundfile.LibsndfileError as error:
            return filled, error.error_string.removeprefix("Error : ").rstrip(".")
        return filled, ""

    def _missing(self, seconds: float, damage: str) -> Event | None:
        if damage:
            message = f"{self._name}: damaged at {seconds:.1f} s ({damage}), what comes after it cannot be decoded"
            if self._promised is not None:
                message += f"; the header promises {self._promised:.1f} s"
        elif self._promised is not None and self._promised - seconds > 0.5 / self.sample_rate:
            return shortfall(self._name, self._promised, seconds)
        elif self._broken_off:
            message = f"{self._name}: the recording breaks off at {seconds:.1f} s, without the end mark of its stream"
        else:
            return None
        return Event(kind="signal", start=round(seconds, 6), fields={"message": message})

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        if self._uncounted is not None:
            self._uncounted.close()


class _Straight(soundfile.SoundFile):  # type: ignore[misc]
    """Read in order: `SoundFile.read` seeks after every block, and an MP3 then decodes wrongly (by up to 0.47)."""

    def seekable(self) -> bool:
        return False


class _Uncounted(io.FileIO):
    """An MP3 whose first frame does not count the others, with its length hidden from libsndfile.

    libsndfile would estimate the number of frames from the size of the first one and read no further, which loses
    most of a file with a variable bit rate; without a length it counts them.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(path)
        self.failure: BaseException | None = None
        self._at_end = False

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self._at_end = whence == os.SEEK_END
        return _NO_END if self._at_end else super().seek(offset, whence)

    def tell(self) -> int:
        return _NO_END if self._at_end else super().tell()

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        try:
            return super().readinto(buffer) or 0
        except BaseException as failure:  # Ctrl-C too: libsndfile, which calls this, cannot pass it on
            self.failure = failure
            return 0


def _disk_error(failure: BaseException) -> str:
    """Return a failure of the disk in the words of libsndfile; raise any other failure again."""
    if not isinstance(failure, OSError):
        raise failure
    return f"{_SYSTEM_ERROR}: {failure.strerror}"


def _open(path: str | os.PathLike[str]) -> _Straight:
    try:
        file = _Straight(os.fspath(path) if sys.platform == "win32" else os.fsencode(path))
    except soundfile.LibsndfileError as error:
        raise refusal(path, error.error_string.removeprefix("Error : ").rstrip(".")) from None
    except TypeError:  # soundfile takes the ending `.raw` at its word
        raise refusal(path, "headerless sound") from None
    if file.format == "RAW":  # libsndfile takes `.au`, `.vox` and `.gsm` at theirs, where it finds no header
        file.close()
        raise refusal(path, "headerless sound")
    return file
