"""Mask bands and frames of the features."""

from __future__ import annotations

import torch
from torch import Tensor

from ser_train.augment.draw import uniform

__all__ = ["mask_spectrum"]


def mask_spectrum(features: Tensor, frames: Tensor, generator: torch.Generator, *, share: float) -> Tensor:
    """Set two ranges of bands and two of frames of each window to its mean: SpecAugment.

    Park et al. 2019, https://arxiv.org/abs/1904.08779. Not torchaudio's `mask_along_axis_iid`, which knows one largest
    width and one fill value for a whole batch and draws from torch's own generator, not from a given one.

    Shape:
        features `(batch, frames, n_mels)`; frames `(batch,)`, how many of them hold speech.
    """
    if not share:
        return features
    batch, length, bands = features.shape
    speech = torch.arange(length)[None, :, None] < frames[:, None, None]
    mean = (features * speech).sum((1, 2), keepdim=True) / (frames * bands).clamp(min=1)[:, None, None]
    masked = features
    for _ in range(2):
        for axis, size in ((2, torch.full((batch,), bands)), (1, frames)):
            width = uniform(generator, batch) * share * size
            start = uniform(generator, batch) * (size - width)
            position = torch.arange(length if axis == 1 else bands)[None]
            inside = (position >= start[:, None]) & (position < (start + width)[:, None])
            hidden = inside[:, :, None] if axis == 1 else inside[:, None, :]
            masked = torch.where(hidden & speech, mean, masked)
    return masked
