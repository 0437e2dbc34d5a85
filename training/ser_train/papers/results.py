"""Results of a system under a protocol, as they are kept in `docs/results/<system>/<protocol>.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ser_train.papers.metrics import Confusion, GroupScore, LabelScore, Metric, PartScore, Spread
from ser_train.records import key

__all__ = ["Cost", "Epoch", "FoldResult", "SeedResult", "SystemResult"]


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """One pass over the training examples.

    Attributes:
        epoch: its number, from 1.
        learning_rate: it was made with.
        loss: cross-entropy of the training examples.
        accuracy: of the training examples.
        held_loss: cross-entropy of the validation examples, or, where there are none, of test examples.
        held_accuracy: of the same examples.
        seconds: it took.
    """

    epoch: float
    learning_rate: float
    loss: float
    accuracy: float
    held_loss: float
    held_accuracy: float
    seconds: float


@dataclass(frozen=True, kw_only=True)
class FoldResult:
    """One fit, and the scores of its test.

    Attributes:
        fold: its name; empty where there is only one.
        train_clips: clips that trained.
        train_examples: these clips and their augmented copies.
        train_speakers: speakers of these clips.
        validation_examples: that chose the epoch; may be 0.
        epochs: that were run.
        kept: number of the epoch whose weights are measured.
        seconds: of all epochs.
        device: `cpu` or `cuda`.
        examples: of the test.
        accuracy: of the test.
        uar: unweighted average recall of the test.
        weighted_f1: of the test.
    """

    fold: str
    train_clips: int
    train_examples: int = key("train_rows")
    train_speakers: int
    validation_examples: int = key("validation_rows")
    epochs: int
    kept: int
    seconds: float
    device: str
    examples: int = key("rows")
    accuracy: float
    uar: float
    weighted_f1: float


@dataclass(frozen=True, kw_only=True)
class SeedResult:
    """The tests of all folds of one seed, taken together.

    Attributes:
        seed: of the first weights, the order, and what a random split draws.
        examples: that are measured.
        accuracy: share of examples that are right.
        uar: unweighted average recall.
        weighted_f1: F1 of the labels, weighted by how often they occur.
        per_label: scores of each label.
        confusion: of all examples.
        groups: scores of the groups of labels that the system names.
        corpora: scores of each corpus.
        folds: each fit.
    """

    seed: int
    examples: int = key("rows")
    accuracy: float
    uar: float
    weighted_f1: float
    per_label: tuple[LabelScore, ...]
    confusion: Confusion
    groups: Mapping[str, GroupScore]
    corpora: Mapping[str, PartScore]
    folds: tuple[FoldResult, ...]


@dataclass(frozen=True, kw_only=True)
class Cost:
    """How long a run takes.

    Attributes:
        seconds_per_epoch: as measured.
        epochs: at most, of each fold.
        folds: that the protocol has.
        device: `cpu` or `cuda`.
    """

    seconds_per_epoch: float
    epochs: int
    folds: int
    device: str

    def hours(self, folds: int) -> float:
        """Return the hours that so many folds take if all epochs are run."""
        return self.seconds_per_epoch * self.epochs * folds / 3600


@dataclass(frozen=True, kw_only=True)
class SystemResult:
    """Everything that the tables, the pages and a reader need of a system under a protocol.

    Attributes:
        system: its name.
        paper: letter of its paper.
        title: what the system is.
        protocol: of `ser_train.papers.protocols.PROTOCOLS`.
        text: how the recordings were divided.
        published: the paper's score; None where it gives none.
        metric: what that score is.
        clips: that are measured.
        speakers: of these clips.
        examples: these clips, and their augmented copies where the protocol measures copies too.
        accuracy: over the seeds.
        uar: over the seeds.
        weighted_f1: over the seeds.
        intervals: 95 % over speakers, of accuracy and UAR; empty for a single speaker.
        seeds: each seed.
        curves: epochs of the first seed's first fold.
        held: what the curves' `held_loss` is measured on.
        cost: how long it took.
        notes: what a reader of the scores must know.
        commit: of the code.
    """

    system: str = key("row")
    paper: str
    title: str
    protocol: str
    text: str
    published: float | None
    metric: Metric
    clips: int
    speakers: int
    examples: int = key("rows")
    accuracy: Spread
    uar: Spread
    weighted_f1: Spread
    intervals: Mapping[str, tuple[float, ...]]
    seeds: tuple[SeedResult, ...]
    curves: tuple[Epoch, ...]
    held: Literal["validation", "test"]
    cost: Cost
    notes: tuple[str, ...]
    commit: str

    def spread(self, metric: Metric) -> Spread:
        """Return one of the scores over the seeds."""
        spread: Spread = getattr(self, metric)
        return spread

    @property
    def score(self) -> Spread:
        """The score that stands beside the paper's."""
        return self.spread(self.metric)

    @property
    def finished_folds(self) -> int:
        """Folds that were run; `cost.folds` is how many there are."""
        return len(self.seeds[0].folds)
