"""Figures of merit: unweighted average recall and calibration, by clip, with intervals over speakers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "accuracy",
    "bootstrap_loss",
    "bootstrap_uar",
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


def bootstrap_uar(
    truth: Ints, said: Ints, speakers: Sequence[str], labels: int, *, draws: int = 2000, seed: int = 0
) -> tuple[float, float]:
    """95 % interval of the unweighted average recall, drawing speakers (not clips) with replacement."""
    values = _drawn_uar(truth, said, speakers, labels, draws=draws, seed=seed)
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def bootstrap_loss(truth: Ints, before: Ints, after: Ints, speakers: Sequence[str], labels: int) -> tuple[float, float]:
    """95 % interval of what the unweighted average recall loses from one verdict on each clip to another.

    The same speakers are drawn for both, so that what they have in common does not widen it.
    """
    lost = _drawn_uar(truth, before, speakers, labels) - _drawn_uar(truth, after, speakers, labels)
    low, high = np.percentile(lost, [2.5, 97.5])
    return float(low), float(high)


def _drawn_uar(
    truth: Ints, said: Ints, speakers: Sequence[str], labels: int, *, draws: int = 2000, seed: int = 0
) -> Floats:
    """UAR of each draw of speakers, `(draws,)`; the same speakers in the same draw for the same seed."""
    names, of = np.unique(list(speakers), return_inverse=True)
    right, totals = np.zeros((2, len(names), labels))
    np.add.at(totals, (of, truth), 1)
    np.add.at(right, (of, truth), truth == said)
    # all draws at once: how often each speaker is drawn, (draws, speakers), times their counts
    drawn = np.random.default_rng(seed).integers(len(names), size=(draws, len(names)))
    cells = drawn + len(names) * np.arange(draws)[:, None]
    times = np.bincount(cells.ravel(), minlength=draws * len(names)).reshape(draws, -1).astype(float)
    occur = times @ totals
    return np.asarray(
        np.nanmean(np.divide(times @ right, occur, out=np.full_like(occur, np.nan), where=occur > 0), axis=1)
    )


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
