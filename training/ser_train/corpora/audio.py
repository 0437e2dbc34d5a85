"""Read a recording for the trainer's own use; what is measured is read by the live path instead."""

from __future__ import annotations

from pathlib import Path

import soundfile

from ser_live.resample import resample
from ser_live.types import FloatArray
from ser_train.errors import TrainingError

__all__ = ["read_recording"]


def read_recording(path: Path) -> FloatArray:
    """Mean of a recording's channels at 16 kHz, `(samples,)`.

    Raises:
        TrainingError: naming the file, if it cannot be decoded.
    """
    try:
        samples, sample_rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, RuntimeError) as error:
        raise TrainingError(f"{path} cannot be decoded ({error}): replace it or take it away") from None
    return resample(samples.mean(axis=1), sample_rate)
