"""Read recordings for the trainer's own use; models are measured through the live path's reader instead."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from ser_live.resample import resample
from ser_live.types import FloatArray
from ser_train.errors import TrainingError

__all__ = ["RecordingError", "header_seconds", "read_mono", "read_recording"]


class RecordingError(TrainingError):
    """A recording cannot be used.

    Attributes:
        reason: why, after the file's name.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.args[0]} {self.reason}: replace it or remove it"


def read_mono(path: Path) -> tuple[FloatArray, int]:
    """Read the mean of a recording's channels `(samples,)` and its sample rate in Hz.

    Raises:
        RecordingError: if it cannot be decoded, or holds samples that are no numbers.
    """
    try:
        samples, sample_rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, RuntimeError) as error:
        raise RecordingError(path, f"cannot be decoded ({error})") from None
    if not np.isfinite(samples).all():
        raise RecordingError(path, "holds samples that are not numbers")
    return samples.mean(axis=1), sample_rate


def header_seconds(path: Path) -> float:
    """Return the length of a recording in seconds, by its header alone.

    Raises:
        RecordingError: if it cannot be decoded.
    """
    try:
        info = soundfile.info(path)
    except (OSError, RuntimeError) as error:
        raise RecordingError(path, f"cannot be decoded ({error})") from None
    return float(info.frames / info.samplerate)


def read_recording(path: Path) -> FloatArray:
    """Read the mean of a recording's channels at 16 kHz, `(samples,)`.

    Raises:
        RecordingError: as `read_mono`.
    """
    return resample(*read_mono(path))
