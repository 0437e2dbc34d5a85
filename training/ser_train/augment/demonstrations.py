"""Each transform of samples at a strength that can be seen and heard, for pictures."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ser_train.augment.channel import band_and_tilt, telephone
from ser_train.augment.codec import code
from ser_train.augment.level import clip
from ser_train.augment.noise import add_noise, coloured_noise
from ser_train.augment.room import reverberate, room_bank
from ser_train.augment.time import fitted, resampled

__all__ = ["DEMONSTRATIONS"]

Demonstration = Callable[[Tensor, torch.Generator], Tensor]


def _whole(samples: Tensor) -> Tensor:
    return torch.full((len(samples),), samples.shape[1])


def _noise(samples: Tensor, generator: torch.Generator) -> Tensor:
    noises = coloured_noise(4, samples.shape[1], generator)
    return add_noise(samples, _whole(samples), noises, generator, share=1.0, snr_db=(5.0, 5.0))


def _room(samples: Tensor, generator: torch.Generator) -> Tensor:
    return reverberate(samples, room_bank(2, 0, 0.6, 0.8), generator, share=1.0)


DEMONSTRATIONS: dict[str, Demonstration] = {
    "gain, +20 dB": lambda samples, generator: (10 * samples).clamp(-1, 1),
    "noise, 5 dB": _noise,
    "room, 0.6 to 0.8 s": _room,
    "band and tilt": lambda samples, generator: band_and_tilt(samples, generator, share=1.0),
    "telephone, µ-law": lambda samples, generator: telephone(samples, generator, share=1.0),
    "codec": lambda samples, generator: code(samples, generator, share=1.0),
    "clipping, 10 %": lambda samples, generator: clip(
        samples, _whole(samples), generator, share=1.0, flattened=(0.1, 0.1)
    ),
    "speed, +20 %": lambda samples, generator: fitted(resampled(samples, 1.2), samples.shape[1]),
}
"""From `(batch, samples)` and a generator to `(batch, samples)`."""
