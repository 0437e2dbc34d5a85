"""Change the level, and overdrive it."""

from __future__ import annotations

import torch
from torch import Tensor

from ser_train.augment.draw import chosen, uniform

__all__ = ["clip", "gain"]

_STEPS = 32768  # of 16 bits, to full scale


def gain(samples: Tensor, generator: torch.Generator, *, largest_db: float) -> Tensor:
    """Change the level of each window `(batch, samples)` by up to `largest_db`, as a 16-bit recorder keeps it.

    What lies above full scale is cut off; what is quiet is rounded, and far from a microphone that is a noise.
    """
    if not largest_db:
        return samples
    decibels = uniform(generator, len(samples), 1, low=-largest_db, high=largest_db)
    return (samples * 10 ** (decibels / 20) * _STEPS).round().clamp(-_STEPS, _STEPS) / _STEPS


def clip(
    samples: Tensor,
    lengths: Tensor,
    generator: torch.Generator,
    *,
    share: float,
    flattened: tuple[float, float] = (0.003, 0.1),
) -> Tensor:
    """Cut the loudest samples flat in a share of the windows.

    Args:
        samples: `(batch, samples)`.
        lengths: `(batch,)`, how many of them are speech.
        generator: of all draws.
        share: of the windows.
        flattened: smallest and largest share of a window's speech that is cut.
    """
    rows = chosen(len(samples), share, generator).tolist()
    changed = samples.clone() if rows else samples
    low, high = flattened
    for row in rows:
        length = int(lengths[row])
        part = low * (high / low) ** float(uniform(generator, 1))
        if length:
            level = float(samples[row, :length].abs().kthvalue(max(1, round((1 - part) * length)))[0])
            changed[row] = samples[row].clamp(-level, level)
    return changed
