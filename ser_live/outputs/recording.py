"""The recording of a session: the input, sample for sample, in a WAV file that is valid at every moment."""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final

import numpy as np

from ser_live.errors import OutputError, SettingsError
from ser_live.outputs.base import Sink
from ser_live.outputs.files import OutputFile, why_not
from ser_live.types import FloatArray

__all__ = ["Recorder"]

_HEADER_BYTES: Final = 92
_SAMPLE_BYTES: Final = 4
_ALL_ONES: Final = 0xFFFF_FFFF
_RIFF_LIMIT: Final = _ALL_ONES
"""From this many bytes on the file is RF64; a variable for the tests alone."""


class Recorder(Sink):
    """Write 32-bit float WAV; RF64 (EBU Tech 3306) beyond 4 GB.

    The header is written again after every block, so that a program that is killed leaves a readable file. Room for
    the 64-bit lengths is reserved from the start.

    Args:
        path: of the file; what was there is replaced by the first block.
        sample_rate: in Hz.
        channels: of every block.
        overwrite: replace a file that holds something.

    Attributes:
        frames: written so far.

    Raises:
        OutputError: where the file cannot be written, or holds something and is not to be replaced.
    """

    def __init__(
        self, path: str | os.PathLike[str], sample_rate: int, channels: int, *, overwrite: bool = False
    ) -> None:
        if sample_rate < 1 or channels < 1:
            raise SettingsError(f"a recording needs a rate and channels, not {sample_rate} Hz and {channels} channels")
        self.file = OutputFile(path, overwrite=overwrite, private=True)
        self.path = self.name = self.file.shown
        self.sample_rate = sample_rate
        self.channels = channels
        self.frames = 0

    def open(self, fields: Mapping[str, Any]) -> None:
        """Write the header, in place of what the file held.

        Raises:
            OutputError: where the disk refuses.
        """
        try:
            self._put(0, _header(self.sample_rate, self.channels, 0))
        except OSError as error:
            raise OutputError(f"the recording {self.path} cannot be written: {why_not(error)}") from None

    def hear(self, block: FloatArray) -> None:
        """Append `(frames, channels)` float32, exactly as it is.

        Raises:
            OutputError: where the disk refuses; the frames that it still took are in the file.
            SettingsError: for another number of channels.
        """
        if block.ndim != 2 or block.shape[1] != self.channels:
            raise SettingsError(f"the recording takes blocks (frames, {self.channels}), not {block.shape}")
        frame = self.channels * _SAMPLE_BYTES
        before = self.frames
        failure: OSError | None = None
        try:
            start = _HEADER_BYTES + before * frame
            self._put(start, np.ascontiguousarray(block, dtype="<f4").tobytes())
            self.frames += len(block)
        except OSError as error:
            failure = error
            self.frames += max(0, self.file.seek(0, os.SEEK_END) - start) // frame
        try:
            self._put(0, _header(self.sample_rate, self.channels, self.frames))
        except OSError as error:
            failure = failure or error
        if failure is not None:
            kept = "" if failure.errno == errno.ESTALE else ", which are kept"
            raise OutputError(
                f"the recording {self.path} breaks off after {self.frames / self.sample_rate:.1f} s{kept}: "
                f"{why_not(failure)}"
            )

    def _put(self, position: int, data: bytes) -> None:
        self.file.seek(position)
        view = memoryview(data)
        while view:
            view = view[self.file.write(view) :]

    def close(self, fields: Mapping[str, Any] | None = None) -> None:
        """Close the file; may be called twice.

        Raises:
            OutputError: where the system only now says that the file could not be written (network drives).
        """
        try:
            self.file.close()
        except OSError as error:
            raise OutputError(f"the recording {self.path} may be incomplete: {why_not(error)}") from None

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _header(sample_rate: int, channels: int, frames: int) -> bytes:
    """Return the 92 bytes before the samples: RIFF with a JUNK chunk, or RF64 with a ds64 chunk in its place."""
    frame = channels * _SAMPLE_BYTES
    size = frames * frame
    whole = _HEADER_BYTES - 8 + size
    if whole <= _RIFF_LIMIT:
        start = struct.pack("<4sI4s4sI28x", b"RIFF", whole, b"WAVE", b"JUNK", 28)
        short_frames, short_size = frames, size
    else:
        start = struct.pack("<4sI4s4sIQQQI", b"RF64", _ALL_ONES, b"WAVE", b"ds64", 28, whole, size, frames, 0)
        short_frames = short_size = _ALL_ONES
    return (
        start
        + struct.pack("<4sIHHIIHH", b"fmt ", 16, 3, channels, sample_rate, sample_rate * frame, frame, 32)
        + struct.pack("<4sII", b"fact", 4, short_frames)
        + struct.pack("<4sI", b"data", short_size)
    )
