"""Metrics: recall of each label, unweighted average recall, F1 and calibration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "CalibrationBin",
    "Floats",
    "Ints",
    "LabelMetrics",
    "accuracy",
    "calibration_bins",
    "confusion_matrix",
    "expected_calibration_error",
    "label_metrics",
    "recalls",
    "uar",
]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def confusion_matrix(truth: Ints, predicted: Ints, labels: int) -> Ints:
    """Return counts `(labels, labels + 1)`: a row for each true label, a column for each prediction, none (-1) last."""
    matrix = np.zeros((labels, labels + 1), np.int64)
    np.add.at(matrix, (truth, np.where(predicted < 0, labels, predicted)), 1)
    return matrix


def recalls(matrix: Ints) -> Floats:
    """Return the recall of each label that occurs, NaN of the others."""
    totals = matrix.sum(axis=1)
    right = np.diagonal(matrix)
    return np.asarray(np.divide(right, totals, out=np.full(len(matrix), np.nan), where=totals > 0))


@dataclass(frozen=True, kw_only=True)
class LabelMetrics:
    """Metrics of one label.

    Attributes:
        count: how often it occurs.
        precision: None for a label that was never predicted.
        recall: None for one that does not occur.
        f1: 2 TP / (2 TP + FP + FN); 0 where neither.
    """

    count: int
    precision: float | None
    recall: float | None
    f1: float


def label_metrics(matrix: Ints) -> list[LabelMetrics]:
    """Return the metrics of each label from a confusion matrix `(labels, labels)` or `(labels, labels + 1)`."""
    right, occurs, predicted = np.diagonal(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    return [
        LabelMetrics(
            count=int(occurs[i]),
            precision=float(right[i] / predicted[i]) if predicted[i] else None,
            recall=float(right[i] / occurs[i]) if occurs[i] else None,
            f1=float(2 * right[i] / max(1, occurs[i] + predicted[i])),
        )
        for i in range(len(matrix))
    ]


def uar(truth: Ints, predicted: Ints, labels: int) -> float:
    """Return the unweighted average recall, the mean over the labels that occur; no prediction (-1) is wrong."""
    return float(np.nanmean(recalls(confusion_matrix(truth, predicted, labels))))


def accuracy(truth: Ints, predicted: Ints) -> float:
    """Return the share that is right."""
    return float(np.mean(truth == predicted))


@dataclass(frozen=True, kw_only=True)
class CalibrationBin:
    """Predictions of about the same confidence: how many, their mean confidence, and how many of them are right."""

    count: int
    confidence: float
    accuracy: float


def calibration_bins(probabilities: Floats, truth: Ints, bins: int = 15) -> list[CalibrationBin]:
    """Return the bins of equal width that hold any of the predictions `(n, labels)`, by rising confidence."""
    if not len(truth):
        return []
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    return [
        CalibrationBin(
            count=int(inside.sum()), confidence=float(confidence[inside].mean()), accuracy=float(right[inside].mean())
        )
        for b in range(bins)
        if (inside := which == b).any()
    ]


def expected_calibration_error(probabilities: Floats, truth: Ints, bins: int = 15) -> float:
    """Return the mean gap between confidence and accuracy over the bins, weighted by their counts.

    Guo et al. 2017, https://arxiv.org/abs/1706.04599. Probabilities `(n, labels)`.
    """
    parts = calibration_bins(probabilities, truth, bins)
    return float(sum(abs(part.accuracy - part.confidence) * (part.count / len(truth)) for part in parts))
