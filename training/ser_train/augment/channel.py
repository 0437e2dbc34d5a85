"""Change the bandwidth and the spectral tilt, as other microphones and the telephone do."""

from __future__ import annotations

import math

import torch
from scipy.fft import next_fast_len
from torch import Tensor

from ser_train.augment.draw import chosen, uniform
from ser_train.augment.fourier import band_pass, octaves

__all__ = ["band_and_tilt", "mu_law", "telephone"]

_RINGING = 4000  # samples that keep a filter's ringing at one end of a window out of the other
_TELEPHONE = (300.0, 3400.0)  # Hz
_MU = 255.0


def band_and_tilt(samples: Tensor, generator: torch.Generator, *, share: float) -> Tensor:
    """Give a share of the windows `(batch, samples)` another bandwidth and tilt, without delay.

    A low-pass between 3 and 8 kHz, a high-pass between 50 and 400 Hz and a tilt of up to 6 dB an octave either way.
    """
    rows = chosen(len(samples), share, generator)
    if not len(rows):
        return samples
    size = next_fast_len(samples.shape[1] + _RINGING, real=True)
    frequencies = octaves(size)
    high = 3000.0 * (8000.0 / 3000.0) ** uniform(generator, len(rows), 1)
    low = 50.0 * (400.0 / 50.0) ** uniform(generator, len(rows), 1)
    tilt = uniform(generator, len(rows), 1, low=-6.0, high=6.0) * (frequencies - math.log2(1000.0)) / 20
    curve = band_pass(frequencies, low, high) * 10 ** tilt.clamp(-1, 1)
    filtered = torch.fft.irfft(torch.fft.rfft(samples[rows], n=size) * curve, n=size)
    changed = samples.clone()
    changed[rows] = filtered[:, : samples.shape[1]]
    return changed


def telephone(samples: Tensor, generator: torch.Generator, *, share: float) -> Tensor:
    """Send a share of the windows `(batch, samples)` through a telephone, without delay.

    300 to 3400 Hz at 8 kHz, each sample as 8 bits of µ-law; what lies above full scale is cut off.
    """
    rows = chosen(len(samples), share, generator)
    if not len(rows):
        return samples
    size = 4 * next_fast_len(-(-(samples.shape[1] + _RINGING) // 4), real=True)  # half of it is even
    half = size // 4 + 1  # frequencies up to 4 kHz
    spectrum = torch.fft.rfft(samples[rows], n=size)[:, :half]
    low, high = (torch.full((1, 1), edge) for edge in _TELEPHONE)
    curve = band_pass(octaves(size)[:half], low, high)
    line = mu_law(torch.fft.irfft(spectrum * curve, n=size // 2) / 2)
    spectrum = torch.nn.functional.pad(torch.fft.rfft(line), (0, size // 2 + 1 - half))
    changed = samples.clone()
    changed[rows] = 2 * torch.fft.irfft(spectrum, n=size)[:, : samples.shape[1]]
    return changed


def mu_law(samples: Tensor) -> Tensor:
    """Round samples in [-1, 1] to 8 bits of µ-law, whose steps grow with the level.

    The continuous curve of ITU-T G.711, https://www.itu.int/rec/T-REC-G.711. Not torchaudio's `mu_law_encoding`, whose
    256 levels lack 0: silence would not stay silent.
    """
    compressed = samples.sign() * torch.log1p(_MU * samples.abs().clamp(max=1)) / math.log1p(_MU)
    kept = (compressed * 127).round() / 127
    return kept.sign() * torch.expm1(kept.abs() * math.log1p(_MU)) / _MU
