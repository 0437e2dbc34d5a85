"""95 % intervals by drawing speakers, not clips or moments, with replacement."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from ser_train.evaluation.metrics import Floats, Ints

__all__ = ["bootstrap_loss", "bootstrap_uar", "finite", "interval", "quantile"]

T = TypeVar("T")

_DRAWS = 500


def interval(
    groups: Mapping[str, Sequence[T]], statistic: Callable[[Sequence[T]], float]
) -> tuple[float | None, float | None] | None:
    """Return the interval of a statistic of all groups' values; an infinite end is None; None for a single group."""
    names = sorted(groups)
    if len(names) < 2:
        return None
    random = np.random.default_rng(0)
    values = []
    for _ in range(_DRAWS):
        drawn = [value for i in random.integers(len(names), size=len(names)) for value in groups[names[i]]]
        if drawn:
            values.append(statistic(drawn))
    return finite(quantile(values, 0.025)), finite(quantile(values, 0.975))


def quantile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least this share does not exceed; infinite values are values like others.

    >>> quantile([1.0, math.inf, 2.0, 3.0], 0.5)
    2.0
    """
    return sorted(values)[max(math.ceil(share * len(values) - 1e-9), 1) - 1]


def finite(value: float) -> float | None:
    """Return a value rounded for JSON, which has no infinity: None for that."""
    return round(value, 4) if math.isfinite(value) else None


def bootstrap_uar(
    truth: Ints, predicted: Ints, speakers: Sequence[str], labels: int, *, draws: int = 2000, seed: int = 0
) -> tuple[float, float]:
    """Return the 95 % interval of the unweighted average recall, drawing speakers (not clips) with replacement."""
    values = _drawn_uar(truth, predicted, speakers, labels, draws=draws, seed=seed)
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def bootstrap_loss(truth: Ints, before: Ints, after: Ints, speakers: Sequence[str], labels: int) -> tuple[float, float]:
    """Return the 95 % interval of the recall lost from the predictions `before` to those `after`, of the same clips.

    The same speakers are drawn for both, so that what they have in common does not widen it.
    """
    lost = _drawn_uar(truth, before, speakers, labels) - _drawn_uar(truth, after, speakers, labels)
    low, high = np.percentile(lost, [2.5, 97.5])
    return float(low), float(high)


def _drawn_uar(
    truth: Ints, predicted: Ints, speakers: Sequence[str], labels: int, *, draws: int = 2000, seed: int = 0
) -> Floats:
    """Return the recall of each draw of speakers, `(draws,)`; equal seeds draw the same speakers."""
    names, of = np.unique(list(speakers), return_inverse=True)
    right, totals = np.zeros((2, len(names), labels))
    np.add.at(totals, (of, truth), 1)
    np.add.at(right, (of, truth), truth == predicted)
    # all draws at once: how often each speaker is drawn, (draws, speakers), times their counts
    drawn = np.random.default_rng(seed).integers(len(names), size=(draws, len(names)))
    cells = drawn + len(names) * np.arange(draws)[:, None]
    times = np.bincount(cells.ravel(), minlength=draws * len(names)).reshape(draws, -1).astype(float)
    occur = times @ totals
    return np.asarray(
        np.nanmean(np.divide(times @ right, occur, out=np.full_like(occur, np.nan), where=occur > 0), axis=1)
    )
