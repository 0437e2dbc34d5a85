"""Training and validation batches of windows, as the model takes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ser_live.types import SAMPLE_RATE
from ser_train.augment import augment_features, augment_samples
from ser_train.data.front_end import TorchFrontEnd
from ser_train.data.joined import WindowJoiner
from ser_train.data.windows import WindowSet
from ser_train.fitting.inputs import FitInputs

__all__ = ["Batch", "training_batches", "validation_batches"]


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Windows as the model takes them.

    Shape:
        features `(batch, frames, n_mels)`, targets `(batch, labels)` summing to 1, clips `(batch,)` the index of each
        window's clip, seconds `(batch,)` of speech.
    """

    features: Tensor
    targets: Tensor
    clips: Tensor
    seconds: Tensor


def validation_batches(windows: WindowSet, front_end: TorchFrontEnd, size: int = 256) -> Iterator[Batch]:
    """Yield every live window of every clip, without augmentation."""
    positions = [(i, k) for i, cuts in enumerate(windows.windows) for k in range(len(cuts))]
    for at in range(0, len(positions), size):
        chosen = positions[at : at + size]
        samples, lengths, targets = windows.batch(chosen)
        features, _ = front_end(samples, lengths)
        yield Batch(
            features=features,
            targets=targets,
            clips=torch.tensor([i for i, _ in chosen]),
            seconds=lengths / SAMPLE_RATE,
        )


def training_batches(inputs: FitInputs, seed: tuple[int, int]) -> Iterator[Batch]:
    """Yield one window of every training clip in random order, augmented; equal for an equal seed (run, epoch).

    Teachers get each window before its augmentation, the model after it; their opinion is `teaching` of the target.
    Joined windows are trained on the labels alone, because teachers may not have learnt changes of emotion.
    """
    windows, front_end, sounds = inputs.train, inputs.front_end, inputs.sounds
    augmentation, settings = inputs.recipe.augmentation, inputs.recipe.optimisation
    random = np.random.default_rng(seed)
    generator = torch.Generator().manual_seed(int(random.integers(2**62)))
    usable = [i for i, cuts in enumerate(windows.windows) if cuts]
    order = random.permutation(usable).tolist()
    joiner = WindowJoiner(windows, usable) if settings.joined else None
    for at in range(0, len(order) - settings.batch // 2, settings.batch):
        positions = order[at : at + settings.batch]
        chosen = [(i, _pick(len(windows.windows[i]), settings.short, random.random)) for i in positions]
        samples, lengths, targets = windows.batch(chosen)
        joined = torch.zeros(len(chosen), dtype=torch.bool)
        if joiner is not None:
            joined = joiner.join(positions, samples, lengths, targets, settings.joined, random)
        if inputs.teachers is not None:
            taught = inputs.teachers.opinions(front_end(samples, lengths)[0])
            targets = torch.lerp(targets, taught, settings.teaching * ~joined[:, None])
        samples, lengths = augment_samples(samples, lengths, sounds, augmentation, generator)
        features, frames = front_end(samples, lengths)
        features = augment_features(features, frames, augmentation, generator)
        yield Batch(
            features=features,
            targets=targets,
            clips=torch.tensor(positions),
            seconds=lengths / SAMPLE_RATE,
        )


def _pick(count: int, short: float, draw: Callable[[], float]) -> int:
    """Return the index of the clip's last window, or for a share `short` any of its windows."""
    return int(draw() * count) if draw() < short else count - 1
