"""Stateful resampling to 16 kHz: chunked equals whole, to the last bit (libsoxr)."""

from __future__ import annotations

import math

import numpy as np
import soxr

from ser_live.errors import SettingsError, shortened
from ser_live.types import SAMPLE_RATE, FloatArray

__all__ = ["Resampler", "check_rate", "resample"]

_EMPTY = np.zeros(0, np.float32)


_LEAST, _MOST = 1_000, 1_000_000  # Hz; far beyond them libsoxr takes for ever, or all memory


def check_rate(rate: float) -> None:
    """Raise `SettingsError` for what is no rate in Hz that a recording may have."""
    if isinstance(rate, bool) or not isinstance(rate, (int, float, np.integer, np.floating)):
        what = "a number of Hz"
    elif not 0 < rate < math.inf:
        what = "positive and finite"
    elif not _LEAST <= rate <= _MOST:
        what = f"{_LEAST} to {_MOST} Hz"
    else:
        return
    raise SettingsError(f"a sample rate must be {what}, not {_short(rate)}: give the recording's own")


def _short(rate: object) -> str:
    try:
        return shortened(repr(rate), 60)
    except ValueError:  # a whole number of 5,000 digits
        return "such a large number"


class Resampler:
    """Resample a mono stream from any rate.

    Args:
        source_rate: rate of what is fed, in Hz; positive, need not be a usual one.
        target_rate: rate of what comes out, in Hz.

    Raises:
        SettingsError: if a rate is not positive and finite.

    Shape:
        `feed`: `(samples,)` to `(about samples * target_rate / source_rate,)`, 0 included.

    Source: the SoX resampler library, https://sourceforge.net/projects/soxr/ ("HQ", -100 dB of aliasing).
    """

    def __init__(self, source_rate: float, target_rate: float = SAMPLE_RATE) -> None:
        for rate in (source_rate, target_rate):
            if not 0 < rate < math.inf:  # libsoxr never returns from NaN or infinity
                raise SettingsError(f"a sample rate must be positive and finite, not {rate!r}")
        self.source_rate = source_rate
        self.target_rate = target_rate
        self.reset()

    def reset(self) -> None:
        """Return to the state of a new object."""
        self._stream = (
            None
            if self.source_rate == self.target_rate
            else soxr.ResampleStream(self.source_rate, self.target_rate, 1, dtype="float32", quality="HQ")
        )

    def feed(self, samples: FloatArray) -> FloatArray:
        """Resample the next samples and return those that are ready, perhaps none."""
        if self._stream is None or not len(samples):
            return samples
        ready: FloatArray = self._stream.resample_chunk(np.ascontiguousarray(samples, np.float32))
        return ready

    def flush(self) -> FloatArray:
        """Return the samples that are left, then reset."""
        rest: FloatArray = _EMPTY if self._stream is None else self._stream.resample_chunk(_EMPTY, last=True)
        self.reset()
        return rest


def resample(samples: FloatArray, source_rate: float, target_rate: float = SAMPLE_RATE) -> FloatArray:
    """Resample a whole mono signal `(samples,)`; the same numbers as `Resampler` gives in pieces."""
    resampler = Resampler(source_rate, target_rate)
    return np.concatenate([resampler.feed(samples), resampler.flush()])
