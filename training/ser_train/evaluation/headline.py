"""Scores of clips, of windows and of folds alike: recall, F1 and calibration, of all labels and of each.

Field names and order are those of the JSON files; `ser_train.records` writes and reads them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ser_train.evaluation.bootstrap import bootstrap_uar
from ser_train.evaluation.metrics import (
    Floats,
    Ints,
    accuracy,
    calibration_bins,
    confusion_matrix,
    expected_calibration_error,
    label_metrics,
    uar,
)
from ser_train.records import key

__all__ = [
    "Confusion",
    "Headline",
    "Interval",
    "LabelScore",
    "ReliabilityBin",
    "WindowLabelScore",
    "headline",
    "uar_interval",
]

Interval = tuple[float, float]
"""Both ends of a 95 % interval, drawn over speakers."""


@dataclass(frozen=True, kw_only=True)
class LabelScore:
    """Precision, recall and F1 of one label.

    Attributes:
        label: its word.
        count: clips that carry it.
        precision: None for a label that was never predicted.
        recall: None for a label that does not occur.
        f1: harmonic mean of both.
    """

    label: str
    count: int = key("clips")
    precision: float | None
    recall: float | None
    f1: float


@dataclass(frozen=True, kw_only=True)
class WindowLabelScore(LabelScore):
    """The same of windows."""

    count: int = key("windows")


@dataclass(frozen=True, kw_only=True)
class Confusion:
    """A confusion matrix.

    Attributes:
        labels: of the columns; the last one is `nothing`, for clips without a prediction.
        counts: a row for each label but the last.
    """

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, kw_only=True)
class ReliabilityBin:
    """Predictions of about the same confidence: how many, their mean confidence and their accuracy."""

    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, kw_only=True)
class Headline:
    """What is measured of clips, of windows and of folds alike.

    Attributes:
        clips: how many.
        speakers: how many.
        uar: unweighted average recall.
        uar_interval: None for one speaker, who tells nothing about others.
        accuracy: share of clips that are right.
        macro_f1: mean F1 of the labels that occur.
        ece: expected calibration error; None without any prediction.
        recall: of each label that occurs.
        per_label: of every label.
        confusion: counts.
        reliability: the bins of the calibration error.
    """

    clips: int
    speakers: int
    uar: float
    uar_interval: Interval | None
    accuracy: float
    macro_f1: float
    ece: float | None
    recall: Mapping[str, float]
    per_label: tuple[LabelScore, ...]
    confusion: Confusion
    reliability: tuple[ReliabilityBin, ...]


def headline(
    truth: Ints, predicted: Ints, probabilities: Floats, speakers: Sequence[str], labels: Sequence[str]
) -> Headline:
    """Score predictions against their true labels.

    Args:
        truth: positions of labels, `(n,)`.
        predicted: the same, -1 where nothing was predicted, `(n,)`.
        probabilities: of those with a prediction, in their order, `(with a prediction, labels)`.
        speakers: of each, `(n,)`.
        labels: their names.
    """
    matrix = confusion_matrix(truth, predicted, len(labels))
    per_label = tuple(
        LabelScore(
            label=label,
            count=metrics.count,
            precision=_rounded(metrics.precision),
            recall=_rounded(metrics.recall),
            f1=round(metrics.f1, 4),
        )
        for label, metrics in zip(labels, label_metrics(matrix), strict=True)
    )
    occurring = [score for score in per_label if score.count]
    answered = truth[predicted >= 0]
    return Headline(
        clips=len(truth),
        speakers=len(set(speakers)),
        uar=round(uar(truth, predicted, len(labels)), 4),
        uar_interval=uar_interval(truth, predicted, speakers, len(labels)),
        accuracy=round(accuracy(truth, predicted), 4),
        macro_f1=round(float(np.mean([score.f1 for score in occurring])), 4),
        ece=round(expected_calibration_error(probabilities, answered), 4) if len(answered) else None,
        recall={score.label: score.recall for score in occurring if score.recall is not None},
        per_label=per_label,
        confusion=Confusion(labels=(*labels, "nothing"), counts=tuple(tuple(row) for row in matrix.tolist())),
        reliability=tuple(
            ReliabilityBin(count=b.count, confidence=round(b.confidence, 4), accuracy=round(b.accuracy, 4))
            for b in calibration_bins(probabilities, answered)
        ),
    )


def uar_interval(truth: Ints, predicted: Ints, speakers: Sequence[str], labels: int) -> Interval | None:
    """Return the 95 % interval of the unweighted average recall over speakers; None for one speaker."""
    if len(set(speakers)) < 2:
        return None
    low, high = bootstrap_uar(truth, predicted, speakers, labels)
    return round(low, 4), round(high, 4)


def _rounded(value: float | None) -> float | None:
    """Return a share with the four decimals that results keep."""
    return None if value is None else round(value, 4)
