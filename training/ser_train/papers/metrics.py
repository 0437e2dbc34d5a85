"""Scores of a network's predictions: those that the papers report, and the unweighted average recall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ser_train.evaluation.bootstrap import bootstrap_uar
from ser_train.evaluation.metrics import Ints, accuracy, confusion_matrix, label_metrics, uar
from ser_train.records import key

__all__ = [
    "METRICS",
    "Confusion",
    "GroupScore",
    "LabelScore",
    "Metric",
    "PartScore",
    "Spread",
    "confusion",
    "group_scores",
    "intervals",
    "label_scores",
    "part_score",
    "spread",
]

Metric = Literal["accuracy", "uar", "weighted_f1"]

METRICS: dict[Metric, str] = {"accuracy": "accuracy", "uar": "UAR", "weighted_f1": "weighted F1"}
"""The scores that stand beside the papers', and what they are called."""


@dataclass(frozen=True, kw_only=True)
class LabelScore:
    """Scores of one label.

    Attributes:
        label: its name.
        precision: None where the label was never predicted.
        recall: None where the label does not occur.
        f1: None where the label does not occur.
        examples: how many have the label.
    """

    label: str
    precision: float | None
    recall: float | None
    f1: float | None
    examples: int = key("rows")


@dataclass(frozen=True, kw_only=True)
class Confusion:
    """Counts of examples `(labels, labels)`: a row for each label that was intended, a column for each predicted."""

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, kw_only=True)
class GroupScore:
    """Accuracy over the examples of some labels."""

    examples: int = key("rows")
    accuracy: float


@dataclass(frozen=True, kw_only=True)
class PartScore:
    """Scores of some examples: of a corpus, a fold or a seed.

    Attributes:
        examples: how many.
        accuracy: share that is right.
        uar: unweighted average recall.
        weighted_f1: F1 of the labels, weighted by how often they occur.
    """

    examples: int = key("rows")
    accuracy: float
    uar: float
    weighted_f1: float


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Mean over the seeds, and standard deviation; None of a single seed."""

    mean: float
    deviation: float | None


def part_score(truth: Ints, predicted: Ints, labels: int) -> PartScore:
    """Return the scores of examples.

    Args:
        truth: index of each example's label, `(examples,)`.
        predicted: index of the label that the network gave it, `(examples,)`.
        labels: how many there are.
    """
    scores = label_metrics(_counts(truth, predicted, labels))
    support = np.array([score.count for score in scores])
    return PartScore(
        examples=len(truth),
        accuracy=accuracy(truth, predicted),
        uar=uar(truth, predicted, labels),
        weighted_f1=float(np.array([score.f1 for score in scores]) @ support / support.sum()),
    )


def label_scores(truth: Ints, predicted: Ints, labels: Sequence[str]) -> tuple[LabelScore, ...]:
    """Return precision, recall and F1 of each label; indices `(examples,)` as for `part_score`."""
    scores = label_metrics(_counts(truth, predicted, len(labels)))
    return tuple(
        LabelScore(
            label=label,
            precision=score.precision,
            recall=score.recall,
            f1=score.f1 if score.count else None,
            examples=score.count,
        )
        for label, score in zip(labels, scores, strict=True)
    )


def confusion(truth: Ints, predicted: Ints, labels: Sequence[str]) -> Confusion:
    """Return the confusion matrix; indices `(examples,)` as for `part_score`."""
    counts = _counts(truth, predicted, len(labels))
    return Confusion(labels=tuple(labels), counts=tuple(tuple(row) for row in counts.tolist()))


def group_scores(
    truth: Ints, predicted: Ints, labels: Sequence[str], groups: Mapping[str, Sequence[str]]
) -> dict[str, GroupScore]:
    """Return the accuracy over the examples of some labels, for each group that has any."""
    scores = {}
    for name, members in groups.items():
        inside = np.isin(truth, [labels.index(label) for label in members])
        if inside.any():
            scores[name] = GroupScore(examples=int(inside.sum()), accuracy=accuracy(truth[inside], predicted[inside]))
    return scores


def intervals(truth: Ints, predicted: Ints, speakers: Sequence[str], labels: int) -> dict[str, tuple[float, ...]]:
    """Return 95 % bootstrap intervals over speakers of accuracy and UAR; none for a single speaker.

    Args:
        truth: index of each example's label, `(examples,)`; those of several seeds one behind the other give the
            interval of their mean.
        predicted: index of the label that the network gave it, `(examples,)`.
        speakers: of each example.
        labels: how many there are.
    """
    if len(set(speakers)) < 2:
        return {}
    # accuracy is the recall of one label that every example has
    ends = {
        "accuracy": bootstrap_uar(np.zeros_like(truth), np.where(truth == predicted, 0, -1), speakers, 1),
        "uar": bootstrap_uar(truth, predicted, speakers, labels),
    }
    return {name: (round(low, 4), round(high, 4)) for name, (low, high) in ends.items()}


def spread(values: Sequence[float]) -> Spread:
    """Return mean and standard deviation of the seeds' scores."""
    return Spread(mean=float(np.mean(values)), deviation=float(np.std(values, ddof=1)) if len(values) > 1 else None)


def _counts(truth: Ints, predicted: Ints, labels: int) -> Ints:
    return confusion_matrix(truth, predicted, labels)[:, :-1]
