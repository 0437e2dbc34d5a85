"""What is done to features: masks, and mixing two windows."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from training.augment.draw import uniform

__all__ = ["mask_spectrum", "mixup"]


def mask_spectrum(features: Tensor, frames: Tensor, generator: torch.Generator, *, share: float) -> Tensor:
    """SpecAugment: two masks over bands and two over frames of each window, set to its mean.

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


def mixup(features: Tensor, targets: Tensor, generator: torch.Generator, *, alpha: float) -> tuple[Tensor, Tensor]:
    """Mix each window and its target distribution with those of another window of the batch.

    Zhang et al. 2018, https://arxiv.org/abs/1710.09412.

    Shape:
        features `(batch, frames, n_mels)`, targets `(batch, labels)`.
    """
    if not alpha:
        return features, targets
    seed = int(torch.randint(2**31, (1,), generator=generator))
    weights = np.random.default_rng(seed).beta(alpha, alpha, len(features)).astype(np.float32)
    weight = torch.from_numpy(np.maximum(weights, 1 - weights))
    other = torch.randperm(len(features), generator=generator)
    mixed = torch.lerp(features[other], features, weight[:, None, None])
    return mixed, torch.lerp(targets[other], targets, weight[:, None])
