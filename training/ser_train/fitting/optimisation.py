"""How the weights are found: the table `[optimisation]` of a recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from ser_train.errors import TrainingError
from ser_train.settings import at_least, positive, shares

__all__ = ["Optimisation"]


@dataclass(frozen=True, kw_only=True)
class Optimisation:
    """How the weights are found.

    Attributes:
        epochs: passes over the training clips, at most.
        batch: windows a step.
        head_first: share of the steps in which only what a run's start did not give is fitted (Kumar et al. 2022,
            https://arxiv.org/abs/2202.10054).
        start_rate: learning rate, beside that of the rest, of the weights that a run's start gave.
        learning_rate: highest, of AdamW.
        schedule: `cosine` to zero, or `plateau`: less when the validation loss stands still.
        warm_up: share of the steps in which the learning rate rises.
        factor: of the learning rate at each plateau.
        patience: epochs without a better validation loss that make a plateau.
        weight_decay: of the optimiser.
        label_smoothing: share of the target spread over all labels.
        teaching: share of the target that the teachers' opinion is, where a run has teachers.
        averaging: decay, a step, of the exponential average of the weights that is kept as the model; 0 is none. A
            short run takes a smaller one, see `ser_train.fitting.schedules.averaging_decay`.
        clip: largest norm of the gradient.
        short: share of windows cut at a random step of the stream instead of at the clip's end.
        joined: share of windows that go on from another clip of the speaker, half of them in another emotion.
        balance_labels: weigh each label in the loss by its rarity.
        precision: of the network's products; the weights are kept in float32 either way.
    """

    epochs: int = 30
    batch: int = 64
    head_first: float = 0.0
    start_rate: float = 1.0
    learning_rate: float = 1e-3
    schedule: Literal["cosine", "plateau"] = "cosine"
    warm_up: float = 0.05
    factor: float = 0.5
    patience: int = 3
    weight_decay: float = 0.01
    label_smoothing: float = 0.1
    teaching: float = 0.7
    averaging: float = 0.998
    clip: float = 5.0
    short: float = 0.5
    joined: float = 0.0
    balance_labels: bool = True
    precision: Literal["bfloat16", "float32"] = "bfloat16"

    removed: ClassVar[Mapping[str, Any]] = {"optimiser": "adamw", "stop_after": 0, "balance_corpora": "off"}

    def __post_init__(self) -> None:
        at_least(self, 1, "epochs", "batch")
        at_least(self, 0, "patience", "weight_decay")
        positive(self, "learning_rate", "clip")
        shares(
            self,
            "head_first",
            "start_rate",
            "warm_up",
            "factor",
            "label_smoothing",
            "teaching",
            "averaging",
            "short",
            "joined",
        )
        if self.averaging == 1:
            raise TrainingError("`averaging` must be less than 1, not 1, with which the average would never change")
