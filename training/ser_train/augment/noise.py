"""Add noise at a stated ratio of speech to noise."""

from __future__ import annotations

import torch
from torch import Tensor

from ser_train.augment.draw import chosen, uniform

__all__ = ["add_noise", "coloured_noise"]


def add_noise(
    samples: Tensor,
    lengths: Tensor,
    noises: Tensor,
    generator: torch.Generator,
    *,
    share: float,
    snr_db: tuple[float, float],
) -> Tensor:
    """Add noise to a share of the windows at a random ratio of speech to noise.

    Shape:
        samples `(batch, samples)`, of which `lengths` `(batch,)` are speech; noises `(pieces, samples)` of any length.
    """
    rows = chosen(len(samples), share, generator)
    if not len(rows):
        return samples
    which = torch.randint(len(noises), (len(rows),), generator=generator)
    noise = _cuts(noises, which, samples.shape[1], generator)
    return _mixed(samples, lengths, rows, noise, generator, snr_db)


def coloured_noise(count: int, samples: int, generator: torch.Generator) -> Tensor:
    """Make noise `(count, samples)` whose spectrum falls by 0 to 12 dB an octave, of peak 1."""
    slope = uniform(generator, count, 1, high=2.0)
    white = torch.fft.rfft(torch.randn(count, samples, generator=generator))
    noise: Tensor = torch.fft.irfft(white * torch.arange(white.shape[1]).clamp(min=8)[None] ** (-slope), n=samples)
    return noise / noise.abs().amax(1, keepdim=True)


def _cuts(pieces: Tensor, which: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Cut each of these pieces at a random place, `(len(which), count)`; a piece that is too short is repeated."""
    longest = max(0, pieces.shape[1] - count)
    starts = torch.randint(longest + 1, (len(which),), generator=generator)
    cuts = pieces.new_empty(len(which), count)
    for cut, piece, start in zip(cuts, which.tolist(), starts.tolist(), strict=True):
        if longest:
            cut.copy_(pieces[piece, start : start + count])
        else:
            cut.copy_(pieces[piece].repeat(-(-count // pieces.shape[1]))[:count])
    return cuts


def _mixed(
    samples: Tensor,
    lengths: Tensor,
    rows: Tensor,
    noise: Tensor,
    generator: torch.Generator,
    snr_db: tuple[float, float],
) -> Tensor:
    """Add each row's noise `(rows, samples)` at a random ratio, measured where the speech is."""
    speech = lengths[rows].clamp(min=1)
    inside = torch.arange(samples.shape[1]) < speech[:, None]
    noise = noise * inside
    speech_power = (samples[rows] * inside).square().sum(1) / speech
    noise_power = noise.square().sum(1) / speech
    ratio = 10 ** (uniform(generator, len(rows), low=snr_db[0], high=snr_db[1]) / 10)
    scale = (speech_power / (noise_power * ratio).clamp(min=1e-12)).sqrt()
    changed = samples.clone()
    changed[rows] += scale[:, None] * noise
    return changed
