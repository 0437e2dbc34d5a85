"""Change the speed: one factor for each quarter of a batch, so that windows go through together."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad

from ser_train.augment.draw import uniform

__all__ = ["fitted", "play", "resampled"]

_GROUPS = 4
_LENGTHS = 512  # resampled windows are a multiple of it long, which the Fourier transform likes


def play(samples: Tensor, lengths: Tensor, generator: torch.Generator, *, speed: float) -> tuple[Tensor, Tensor]:
    """Play the windows at another speed.

    Args:
        samples: `(batch, samples)`.
        lengths: `(batch,)`, how many of them are speech.
        generator: of all draws.
        speed: largest change of speed, and with it of pitch, as a share.

    Returns:
        windows of as many samples, cut or followed by zeros, and how many samples of each are speech now.
    """
    if not speed:
        return samples, lengths
    batch, count = samples.shape
    changed, new_lengths = samples.clone(), lengths.clone()
    for part in torch.arange(batch).chunk(_GROUPS):
        faster = float(uniform(generator, 3, low=-1.0, high=1.0)[0])  # with one draw, seeds would give other weights
        played = resampled(samples[part], 1 + faster * speed)
        changed[part] = fitted(played, count)
        scaled = (lengths[part] * (played.shape[1] / count)).round().long()
        new_lengths[part] = scaled.clamp(max=count)
    return changed, new_lengths


def fitted(samples: Tensor, count: int) -> Tensor:
    """Cut windows, or add zeros; `(batch, samples)` to `(batch, count)`."""
    return pad(samples[:, :count], (0, max(0, count - samples.shape[1])))


def resampled(samples: Tensor, factor: float) -> Tensor:
    """Play faster and higher by about that factor; `(batch, samples)` to `(batch, about samples / factor)`."""
    count = samples.shape[1]
    target = max(1, round(count / factor / _LENGTHS)) * _LENGTHS
    spectrum = torch.fft.rfft(samples)
    wanted = target // 2 + 1
    spectrum = pad(spectrum[:, :wanted], (0, max(0, wanted - spectrum.shape[1])))
    played: Tensor = torch.fft.irfft(spectrum, n=target) * (target / count)
    return played
