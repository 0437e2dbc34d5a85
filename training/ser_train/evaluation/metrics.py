"""Figures of merit: unweighted average recall and calibration."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "accuracy",
    "confusion_matrix",
    "expected_calibration_error",
    "recalls",
    "uar",
]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def confusion_matrix(truth: Ints, said: Ints, labels: int) -> Ints:
    """Counts `(labels, labels + 1)`: rows are the truth, columns what was said, the last one `nothing` (-1)."""
    matrix = np.zeros((labels, labels + 1), np.int64)
    np.add.at(matrix, (truth, np.where(said < 0, labels, said)), 1)
    return matrix


def recalls(matrix: Ints) -> Floats:
    """Recall of each label that occurs, NaN of the others."""
    totals = matrix.sum(axis=1)
    right = np.diagonal(matrix)
    return np.asarray(np.divide(right, totals, out=np.full(len(matrix), np.nan), where=totals > 0))


def uar(truth: Ints, said: Ints, labels: int) -> float:
    """Unweighted average recall: the mean recall of the labels that occur; a clip without a verdict (-1) is wrong."""
    return float(np.nanmean(recalls(confusion_matrix(truth, said, labels))))


def accuracy(truth: Ints, said: Ints) -> float:
    """Share of clips that are right."""
    return float(np.mean(truth == said))


def expected_calibration_error(probabilities: Floats, truth: Ints, bins: int = 15) -> float:
    """Mean gap between confidence and accuracy over equal-width bins, weighted by their counts.

    Guo et al. 2017, https://arxiv.org/abs/1706.04599. Probabilities `(n, labels)`.
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(right[which == b].mean() - confidence[which == b].mean()) * np.mean(which == b)
        for b in range(bins)
        if (which == b).any()
    ]
    return float(sum(gaps))
