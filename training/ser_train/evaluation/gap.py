"""The gap between groups of speakers: the largest unweighted average recall minus the smallest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ser_train.evaluation.headline import Interval
from ser_train.evaluation.scores import GroupScore

__all__ = ["Gap", "difference_interval", "gap"]


@dataclass(frozen=True, kw_only=True)
class Gap:
    """The gap of one kind of group.

    Attributes:
        best: the group with the largest recall, of those with two speakers or more; one has no interval.
        worst: the one with the smallest.
        size: of the gap, 0 to 1.
        ends: its 95 % interval.
    """

    best: GroupScore
    worst: GroupScore
    size: float
    ends: Interval


def gap(groups: Sequence[GroupScore], kind: str) -> Gap | None:
    """Return the gap over groups of one kind; None where fewer than two have an interval.

    Args:
        groups: of one corpus and side.
        kind: `sex`, `age` or `ethnicity`; speakers of whom it is not stated count for nothing.
    """
    stated = [score for score in groups if score.group == kind and score.value != "not stated"]
    known = sorted((score for score in stated if score.uar_interval), key=lambda score: score.uar)
    if len(known) < 2:
        return None
    worst, best = known[0], known[-1]
    assert worst.uar_interval is not None
    assert best.uar_interval is not None
    return Gap(
        best=best,
        worst=worst,
        size=best.uar - worst.uar,
        ends=difference_interval(best.uar, best.uar_interval, worst.uar, worst.uar_interval),
    )


def difference_interval(first: float, first_ends: Interval, second: float, second_ends: Interval) -> Interval:
    """Return the 95 % interval of `first - second` from those of two values of different speakers.

    Zou and Donner 2008, "Construction of confidence limits about effect measures: a general approach",
    https://doi.org/10.1002/sim.3095

    >>> low, high = difference_interval(0.7, (0.67, 0.73), 0.6, (0.56, 0.64))
    >>> round(low, 3), round(high, 3)
    (0.05, 0.15)
    """
    size = first - second
    down = math.hypot(first - first_ends[0], second_ends[1] - second)
    up = math.hypot(first_ends[1] - first, second - second_ends[0])
    return size - down, size + up
