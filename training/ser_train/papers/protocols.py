"""The rules of a row's runs: who stands on which side, and how the weights are found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ser_train.settings import at_least, positive, shares

__all__ = ["PROTOCOLS", "FitSettings", "Protocol"]

PROTOCOLS = ("published", "speaker-independent")
"""The paper's own, and the honest one."""


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """Who trains, who chooses, who is measured; see `ser_train.papers.splits`.

    Attributes:
        kind: `rows` (random over clips and their augmented copies alike), `clips` (random over clips, each label and
            corpus alike), `across` (speakers of some corpora train, others are the test), `across-rows` (the same, the
            validation drawn over rows), `folds` (six, over speakers), `leave-one-speaker-out`, `public` (the corpora's
            own, TESS from OAF to YAF) or `each-speaker` (each of two speakers trains once).
        text: one sentence that stands beside every figure.
        test: share of rows or clips that is measured, for the random kinds.
        validation: share of all rows or clips that chooses, for the random kinds; 0 is none.
        train: corpora that train, for `across` and `across-rows`.
        to: corpora that are the test there.
        back: the other way round too, as a second fold.
        test_copies: measure on the augmented copies too.
        own_scale: standardise the test by its own mean and deviation instead of the training rows'.
    """

    kind: Literal["rows", "clips", "across", "across-rows", "folds", "leave-one-speaker-out", "public", "each-speaker"]
    text: str
    test: float = 0.2
    validation: float = 0.0
    train: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    back: bool = False
    test_copies: bool = False
    own_scale: bool = False

    def __post_init__(self) -> None:
        shares(self, "test", "validation")


@dataclass(frozen=True, kw_only=True)
class FitSettings:
    """How the weights are found, always with Adam and cross-entropy.

    Attributes:
        epochs: passes over the training rows, at most.
        batch: rows a step.
        learning_rate: at the start.
        factor: of the learning rate where the loss stands still; 1 keeps it.
        patience: epochs without a better loss that are let pass before that.
        least_rate: the learning rate never falls below it.
        watch: the loss that is watched for it.
        stop_after: end after so many epochs without a better validation loss; 0 never does.
        keep: weights of the epoch of least validation loss (`best`), or the `last`.
        precision: of the network's products.
        start_rate: learning rate, beside that of the rest, of the weights that a run's start gave.
    """

    epochs: int
    batch: int
    learning_rate: float = 1e-3
    factor: float = 1.0
    patience: int = 0
    least_rate: float = 0.0
    watch: Literal["training", "validation"] = "validation"
    stop_after: int = 0
    keep: Literal["best", "last"] = "best"
    precision: Literal["bfloat16", "float32"] = "float32"
    start_rate: float = 1.0

    def __post_init__(self) -> None:
        shares(self, "start_rate")
        at_least(self, 1, "epochs", "batch")
        at_least(self, 0, "patience", "stop_after", "least_rate")
        positive(self, "learning_rate", "factor")
