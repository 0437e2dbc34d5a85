"""Curves over frequency, for filters by the Fourier transform."""

from __future__ import annotations

import torch
from torch import Tensor

from ser_live.types import SAMPLE_RATE

__all__ = ["band_pass", "octaves"]

_STEEPNESS = 40.0  # 30 dB or more within a fifth of an octave
_FLOOR = 10 ** (-70 / 20)


def octaves(size: int) -> Tensor:
    """Return the frequencies of `size` samples' transform at 16 kHz, in octaves over 1 Hz; `(size // 2 + 1,)`."""
    return torch.log2(torch.fft.rfftfreq(size, 1 / SAMPLE_RATE).clamp(min=20.0))


def band_pass(frequencies: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """Compute amplitudes that pass the band between two frequencies and leave -70 dB of the rest.

    Shape:
        frequencies `(bins,)` in octaves; low and high `(batch, 1)` in Hz; to `(batch, bins)`.
    """
    over = torch.sigmoid(_STEEPNESS * (frequencies - torch.log2(low)))
    under = torch.sigmoid(_STEEPNESS * (torch.log2(high) - frequencies))
    return (over * under).clamp(min=_FLOOR)
