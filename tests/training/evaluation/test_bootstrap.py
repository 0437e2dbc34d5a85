"""Intervals over speakers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from ser_train.evaluation.bootstrap import bootstrap_loss, bootstrap_uar
from ser_train.evaluation.metrics import confusion_matrix, recalls


def test_interval_is_over_speakers() -> None:
    truth = np.tile([0, 1], 50)
    said = np.where(np.arange(100) < 50, truth, 1 - truth)  # one speaker all right, the other all wrong
    low, high = bootstrap_uar(truth, said, ["a"] * 50 + ["b"] * 50, 2)
    assert (low, high) == (0.0, 1.0)
    assert bootstrap_uar(truth, truth, ["a"] * 50 + ["b"] * 50, 2) == (1.0, 1.0)


def test_the_interval_of_a_loss_draws_the_same_speakers_for_both() -> None:
    truth = np.tile([0, 1], 100)
    speakers = [name for name in "abcd" for _ in range(50)]
    before = np.where(np.arange(200) < 100, truth, 1 - truth)  # two speakers all right, two all wrong
    after = before.copy()
    after[::50], after[1::50] = 1 - after[::50], 1 - after[1::50]  # of each a clip of each label turns over
    low, high = bootstrap_loss(truth, before, after, speakers, 2)
    assert pytest.approx(low) == -0.04
    assert pytest.approx(high) == 0.04  # of one speaker 1 in 25; each UAR alone spans 0 to 1
    assert bootstrap_loss(truth, before, before, speakers, 2) == (0.0, 0.0)


def _slow_bootstrap(truth: Any, said: Any, speakers: Sequence[str], labels: int, draws: int, seed: int) -> Any:
    """One draw after the other, as it is defined."""
    names = sorted(set(speakers))
    of = np.array([names.index(speaker) for speaker in speakers])
    own = [confusion_matrix(truth[of == i], said[of == i], labels) for i in range(len(names))]
    random = np.random.default_rng(seed)
    drawn = [random.integers(len(names), size=len(names)) for _ in range(draws)]
    return np.percentile([np.nanmean(recalls(sum(own[i] for i in draw))) for draw in drawn], [2.5, 97.5]).tolist()


@pytest.mark.parametrize(("speakers", "labels", "seed"), [(10, 6, 0), (23, 9, 5), (3, 2, 1)])
def test_the_interval_equals_its_definition(speakers: int, labels: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    truth = random.integers(labels, size=200)
    said = np.where(random.random(200) < 0.5, truth, random.integers(-1, labels, size=200))
    names = [f"s{n}" for n in random.integers(speakers, size=200)]
    expected = _slow_bootstrap(truth, said, names, labels, 200, seed)
    assert list(bootstrap_uar(truth, said, names, labels, draws=200, seed=seed)) == expected
