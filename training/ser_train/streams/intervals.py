"""95 % intervals by drawing speakers, not moments, with replacement."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import numpy as np

__all__ = ["finite", "interval", "quantile"]

T = TypeVar("T")

_DRAWS = 500


def interval(
    groups: Mapping[str, Sequence[T]], statistic: Callable[[Sequence[T]], float]
) -> tuple[float | None, float | None] | None:
    """Interval of a statistic of all groups' values; an infinite end is None; no interval of a single group."""
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
    """The smallest value that at least this share does not exceed; infinite values are values like others.

    >>> quantile([1.0, math.inf, 2.0, 3.0], 0.5)
    2.0
    """
    return sorted(values)[max(math.ceil(share * len(values) - 1e-9), 1) - 1]


def finite(value: float) -> float | None:
    """Rounded for JSON, which has no infinity."""
    return round(value, 4) if math.isfinite(value) else None
