"""The settings of a run: how the recordings are divided, and how the weights are fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ser_train.settings import at_least, positive, shares

__all__ = ["PROTOCOLS", "FitSettings", "Protocol"]

PROTOCOLS = ("published", "speaker-independent")
"""The paper's own, and with speakers that training has not heard."""


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """Who trains, who chooses the epoch and who is measured; see `ser_train.papers.splits`.

    Attributes:
        kind: `rows` (random over examples: clips and their augmented copies alike), `clips` (random over clips, within
            each corpus and label), `across` (speakers of some corpora train, other corpora are the test), `across-rows`
            (the same, the validation drawn over examples), `folds` (six, over speakers), `leave-one-speaker-out`,
            `public` (the public split of each corpus, TESS from OAF to YAF) or `each-speaker` (each of two speakers
            trains once).
        text: one sentence that stands beside every score.
        test: share of examples or clips that is measured, for the random kinds.
        validation: share of all examples or clips that chooses, for the random kinds; 0 is none.
        train: corpora that train, for `across` and `across-rows`.
        to: corpora that are the test, for `across` and `across-rows`.
        back: whether a second fold goes the other way round.
        test_copies: whether the augmented copies are measured too.
        own_scale: whether the test is standardised by its own mean and deviation instead of those of training.
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
    """How the weights are fitted, always with Adam and cross-entropy.

    Attributes:
        epochs: passes over the training examples, at most.
        batch: examples a step.
        learning_rate: at the start.
        factor: the learning rate is multiplied by it when the loss stands still; 1 keeps the rate.
        patience: epochs without a better loss before that.
        least_rate: the learning rate never falls below it.
        watch: loss that `factor` and `patience` look at.
        stop_after: the fit ends after so many epochs without a better validation loss; 0 never ends it.
        keep: which weights are measured: of the epoch with the least validation loss (`best`) or of the `last`.
        precision: of the network's products.
        start_rate: share of the learning rate for weights that the run began with.
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
