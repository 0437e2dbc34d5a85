# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""Scores of the papers' systems, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = pytest.mark.train
pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

from ser_train.papers.metrics import (
    GroupScore,
    Spread,
    confusion,
    group_scores,
    intervals,
    label_scores,
    part_score,
    spread,
)

LABELS = ("angry", "happy", "sad")
TRUTH = np.array([0, 0, 0, 0, 1, 1, 2, 2])
PREDICTED = np.array([0, 0, 0, 1, 1, 1, 0, 1])


def test_scores_are_those_worked_out_by_hand() -> None:
    score = part_score(TRUTH, PREDICTED, len(LABELS))
    assert score.examples == 8
    assert score.accuracy == 5 / 8
    assert score.uar == pytest.approx((3 / 4 + 1 + 0) / 3)
    assert score.weighted_f1 == pytest.approx((4 * 6 / 8 + 2 * 4 / 6 + 2 * 0) / 8)
    assert confusion(TRUTH, PREDICTED, LABELS).counts == ((3, 1, 0), (0, 2, 0), (1, 1, 0))


def test_scores_of_labels_are_those_worked_out_by_hand() -> None:
    angry, happy, sad = label_scores(TRUTH, PREDICTED, LABELS)
    assert (angry.precision, angry.recall, angry.f1, angry.examples) == (3 / 4, 3 / 4, 0.75, 4)
    assert (happy.precision, happy.recall) == (0.5, 1.0)
    assert (sad.precision, sad.recall, sad.f1) == (None, 0.0, 0.0)


def test_a_label_that_does_not_occur_has_no_recall_and_is_left_out_of_the_mean() -> None:
    truth, predicted = np.array([0, 1]), np.array([0, 2])
    assert label_scores(truth, predicted, LABELS)[2].recall is None
    assert part_score(truth, predicted, len(LABELS)).uar == 0.5


def test_groups_of_labels_have_their_own_accuracy() -> None:
    scores = group_scores(TRUTH, PREDICTED, LABELS, {"strong": ("angry", "sad"), "others": ("happy",)})
    assert scores == {
        "strong": GroupScore(examples=6, accuracy=0.5),
        "others": GroupScore(examples=2, accuracy=1.0),
    }
    assert group_scores(TRUTH[:4], PREDICTED[:4], LABELS, {"others": ("happy",)}) == {}


def test_one_seed_has_no_deviation() -> None:
    assert spread([0.5]) == Spread(mean=0.5, deviation=None)
    two = spread([0.5, 0.7])
    assert two.mean == pytest.approx(0.6)
    assert two.deviation == pytest.approx(0.1 * 2**0.5)


def test_intervals_are_over_speakers_and_a_single_one_has_none() -> None:
    speakers = ["ann"] * 4 + ["bob"] * 4  # three of four right, two of four
    ends = intervals(TRUTH, PREDICTED, speakers, len(LABELS))
    assert ends["accuracy"] == (0.5, 0.75)
    assert ends["uar"] == (0.5, 0.75)  # bob alone: 1 and 0 of happy and sad; ann alone: 0.75 of angry
    assert intervals(TRUTH, PREDICTED, ["ann"] * 8, len(LABELS)) == {}
