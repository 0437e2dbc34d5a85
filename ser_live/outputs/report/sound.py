"""The sound inside the page: MP3, encoded as it comes into a file that has no name.

MP3 at a constant rate is what every browser plays and finds a place in at once. Its bytes depend on the samples alone,
not on how they were cut into blocks.
"""

from __future__ import annotations

import base64
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import numpy as np

from ser_live.errors import OutputError, SettingsError
from ser_live.outputs.files import why_not
from ser_live.resample import Resampler
from ser_live.types import FloatArray

__all__ = ["SoundTrack", "playable_rate"]

_RATES: Final = (16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
"""Of MPEG-1 and MPEG-2 (ISO/IEC 11172-3, 13818-3); browsers play all of them."""
_KILOBITS: Final = 40  # a second and channel: enough for a voice
_PIECE: Final = 1 << 15  # frames that are encoded at a time
_LINE_BYTES: Final = 57 * 1024  # of sound in one line of text


class _Kept:
    """A file for an encoder of C: no error may pass through that, so the first one is kept, and writing ends.

    Attributes:
        error: why writing failed, None if it did not.
    """

    def __init__(self, folder: Path | None) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (`close` closes it)
        self.error: OSError | None = None
        self.seek, self.tell, self.read = self._file.seek, self._file.tell, self._file.read

    def write(self, data: bytes) -> int:
        """Write what can be written."""
        if self.error is None:
            try:
                self._file.write(data)
                self._file.flush()
            except OSError as error:
                self.error = error
        return len(data)

    def close(self) -> None:
        """Give the file back."""
        with suppress(OSError):  # what its buffer holds is lost
            self._file.close()


class SoundTrack:
    """Encode sound as it comes; memory stays constant.

    Args:
        beside: path of the page; the sound is kept in its folder, where there is room for the page too.

    Raises:
        SettingsError: if this libsndfile cannot write MP3.
    """

    def __init__(self, beside: str | os.PathLike[str]) -> None:
        import soundfile

        if "MP3" not in soundfile.available_formats():
            raise SettingsError(
                f"--embed-audio needs libsndfile 1.1 or newer with MP3, not {soundfile.__libsndfile_version__}: "
                "install the soundfile package from a wheel, or leave the option out"
            )
        folder = Path(beside).parent
        self._folder = folder if Path(beside).is_file() and os.access(folder, os.W_OK) else None
        self._file: _Kept | None = None
        self._encoder: Any = None
        self._waiting = np.zeros((_PIECE, 0), np.float32)
        self._filled = 0
        self._resamplers: list[Resampler] = []

    def feed(self, block: FloatArray, sample_rate: int) -> None:
        """Add sound `(frames, channels)`; more than two channels are mixed into one.

        Raises:
            OutputError: where the disk refuses.
        """
        if block.shape[1] > 2:
            block = block.mean(axis=1, keepdims=True, dtype=np.float32)
        if self._encoder is None:
            self._begin(sample_rate, block.shape[1])
        while len(block):
            taken = block[: _PIECE - self._filled]
            self._waiting[self._filled : self._filled + len(taken)] = taken
            self._filled += len(taken)
            block = block[len(taken) :]
            if self._filled == _PIECE:
                self._encode()

    def finish(self) -> Iterator[str] | None:
        """Return the encoded sound as lines of base64, None where no sound came.

        Raises:
            OutputError: where the disk refuses.
        """
        if self._encoder is None or self._file is None:
            return None
        self._encode(last=True)
        self._encoder.close()
        self._check()
        return self._lines(self._file)

    def discard(self) -> None:
        """Give the file back; may be called twice."""
        if self._encoder is not None:
            self._encoder.close()
        if self._file is not None:
            self._file.close()
        self._file = self._encoder = None

    def _begin(self, sample_rate: int, channels: int) -> None:
        import soundfile

        rate = playable_rate(sample_rate)
        self._waiting = np.zeros((_PIECE, channels), np.float32)
        self._resamplers = [Resampler(sample_rate, rate) for _ in range(channels)]
        highest, lowest = (320, 32) if rate >= 32_000 else (160, 8)
        level = (highest - _KILOBITS * channels) / (highest - lowest)  # as libsndfile counts it
        try:
            self._file = _Kept(self._folder)
        except OSError as error:
            raise OutputError(f"the sound for the report cannot be kept: {why_not(error)}") from None
        self._encoder = soundfile.SoundFile(
            self._file,
            "w",
            rate,
            channels,
            "MPEG_LAYER_III",
            format="MP3",
            compression_level=level,
            bitrate_mode="CONSTANT",
        )

    def _encode(self, last: bool = False) -> None:
        columns = [
            np.concatenate([resampler.feed(column), resampler.flush()]) if last else resampler.feed(column)
            for resampler, column in zip(self._resamplers, self._waiting[: self._filled].T, strict=True)
        ]
        self._filled = 0
        samples = np.nan_to_num(np.stack(columns, axis=1), nan=0.0, posinf=1.0, neginf=-1.0).clip(-1.0, 1.0)
        if len(samples):
            self._encoder.write(samples)
            self._check()

    def _check(self) -> None:
        if self._file is not None and self._file.error is not None:
            error = self._file.error
            self.discard()
            raise OutputError(f"the sound for the report cannot be kept: {why_not(error)}")

    @staticmethod
    def _lines(file: _Kept) -> Iterator[str]:
        file.seek(0)
        while piece := file.read(_LINE_BYTES):
            yield base64.b64encode(piece).decode("ascii") + "\n"


def playable_rate(sample_rate: int) -> int:
    """Return the rate that browsers play: the same where they do, else the next higher one, at most 48 kHz.

    Example:
        >>> playable_rate(16_000), playable_rate(8_000), playable_rate(96_000)
        (16000, 16000, 48000)
    """
    return next((rate for rate in _RATES if rate >= sample_rate), _RATES[-1])
