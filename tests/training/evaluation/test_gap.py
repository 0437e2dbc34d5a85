"""The gap between groups: which groups count, and its interval against a bootstrap over speakers."""

from __future__ import annotations

import numpy as np
import pytest
from ser_train.evaluation.gap import difference_interval, gap
from ser_train.evaluation.scores import GroupScore


def _group(value: str, uar: float, ends: tuple[float, float] | None, kind: str = "sex") -> GroupScore:
    return GroupScore(
        group=kind, value=value, clips=9, speakers=3 if ends else 1, uar=uar, uar_interval=ends, accuracy=uar
    )


def test_the_largest_minus_the_smallest_of_groups_that_have_an_interval() -> None:
    groups = [
        _group("a", 0.7, (0.6, 0.8)),
        _group("b", 0.5, (0.45, 0.55)),
        _group("c", 0.6, (0.5, 0.7)),
        _group("alone", 0.1, None),
        _group("not stated", 0.2, (0.1, 0.3)),
        _group("other", 0.9, (0.8, 1.0), "age"),
    ]
    found = gap(groups, "sex")
    assert found is not None
    assert (found.best.value, found.worst.value) == ("a", "b")
    assert found.size == pytest.approx(0.2)
    assert found.ends == pytest.approx((0.2 - 0.0125**0.5, 0.2 + 0.0125**0.5))


def test_one_group_has_no_gap() -> None:
    assert gap([_group("a", 0.7, (0.6, 0.8)), _group("alone", 0.1, None)], "sex") is None


def test_the_interval_is_that_of_drawing_the_speakers_of_both_groups() -> None:
    random = np.random.default_rng(0)
    first, second = random.normal(0.73, 0.08, 9), random.normal(0.65, 0.09, 16)
    draws = [values[random.integers(len(values), size=(20_000, len(values)))].mean(1) for values in (first, second)]
    ends = [tuple(np.percentile(values, [2.5, 97.5]).tolist()) for values in draws]
    drawn = np.percentile(draws[0] - draws[1], [2.5, 97.5])
    assert difference_interval(first.mean(), ends[0], second.mean(), ends[1]) == pytest.approx(drawn, abs=0.003)
