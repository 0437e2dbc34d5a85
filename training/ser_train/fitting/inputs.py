"""What a fit depends on, as one value."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ser_train.augment import Sounds
from ser_train.data.front_end import TorchFrontEnd
from ser_train.data.windows import WindowSet
from ser_train.fitting.distillation import Teachers
from ser_train.fitting.recipe import Recipe
from ser_train.networks.warm_start import Start

__all__ = ["FitInputs"]


@dataclass(frozen=True, kw_only=True)
class FitInputs:
    """What a fit depends on.

    Attributes:
        recipe: of the run.
        train: windows that the weights are fitted to.
        validation: windows that choose the epoch.
        sounds: for the augmentation.
        front_end: of both sides.
        device: to train on.
        start: weights to begin with.
        teachers: models whose probabilities are mixed into the targets.
    """

    recipe: Recipe
    train: WindowSet
    validation: WindowSet
    sounds: Sounds
    front_end: TorchFrontEnd
    device: torch.device
    start: Start | None = None
    teachers: Teachers | None = None
