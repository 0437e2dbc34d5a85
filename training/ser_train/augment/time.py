"""Change the speed: one factor for each quarter of a batch, so that windows go through together."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad
from torchaudio.functional import resample

from ser_train.augment.draw import uniform

__all__ = ["fitted", "play", "resampled"]

_GROUPS = 4
_ZEROS = 16  # zero crossings of the resampling filter on each side; torchaudio's own 6 take 3 dB off at 6.5 kHz


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
    """Play faster and higher by a factor, to a whole percent; `(batch, samples)` to `(batch, samples / factor)`."""
    played: Tensor = resample(samples, max(1, round(100 * factor)), 100, lowpass_filter_width=_ZEROS)
    return played
