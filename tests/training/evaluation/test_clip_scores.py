# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""Scores of clips: known answers by clip, window, label, speaker, group and listener."""

from __future__ import annotations

import pytest
from made_results import CLIPS, PREDICTIONS, THREE, A, H, S, clip, made_scores, predicted

pytestmark = pytest.mark.train
pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

from ser_train.evaluation.clip_scores import age_band, score_clips
from ser_train.evaluation.headline import LabelScore, ReliabilityBin
from ser_train.evaluation.scores import CoverageScore
from ser_train.reporting.evaluation_tables import weak_points


# By clip and by window
def test_figures_by_clip_have_the_values_worked_by_hand() -> None:
    found = made_scores()
    assert (found.clips, found.speakers, found.without_prediction) == (6, 3, 1)
    assert found.uar == pytest.approx((1 + 0.5 + 0.5) / 3, abs=1e-4)
    assert found.accuracy == pytest.approx(4 / 6, abs=1e-4)
    assert found.confusion.counts == ((2, 0, 0, 0), (1, 1, 0, 0), (0, 0, 1, 1))
    by_label = {one.label: (one.precision, one.recall, one.f1) for one in found.per_label}
    assert by_label == {"angry": (0.6667, 1.0, 0.8), "happy": (1.0, 0.5, 0.6667), "sad": (1.0, 0.5, 0.6667)}
    assert found.macro_f1 == pytest.approx((0.8 + 2 / 3 + 2 / 3) / 3, abs=1e-4)
    assert found.uar_interval is not None
    low, high = found.uar_interval
    assert 0 <= low <= found.uar <= high <= 1


def test_a_label_that_is_never_said_has_no_precision_and_one_that_never_occurs_no_recall() -> None:
    found = score_clips([clip("angry"), clip("happy", "b")], [predicted(A), predicted(A)], THREE, "")
    by_label = {one.label: one for one in found.per_label}
    assert by_label["happy"] == LabelScore(label="happy", count=1, precision=None, recall=0, f1=0)
    assert by_label["sad"].recall is None
    assert found.recall == {"angry": 1.0, "happy": 0.0}
    assert (found.uar, found.macro_f1) == (0.5, pytest.approx((2 / 3 + 0) / 2, abs=1e-4))


def test_figures_by_window_count_every_prediction() -> None:
    windows = made_scores().windows
    assert windows is not None
    assert (windows.windows, windows.clips, windows.speakers) == (8, 5, 2)
    assert windows.confusion.counts == ((3, 1, 0, 0), (1, 1, 0, 0), (0, 0, 2, 0))
    assert windows.uar == pytest.approx((3 / 4 + 1 / 2 + 1) / 3, abs=1e-4)
    assert windows.per_label[0].count == 4


def test_calibration_error_is_the_gap_between_confidence_and_accuracy() -> None:
    found = score_clips([clip("angry"), clip("happy", "b")], [predicted(A), predicted(A)], THREE, "")
    assert found.ece == pytest.approx(0.8 - 0.5)
    assert found.reliability == (ReliabilityBin(count=2, confidence=0.8, accuracy=0.5),)


def test_accuracy_by_coverage_drops_the_least_confident_first() -> None:
    coverage = {one.coverage: one for one in made_scores().coverage}
    assert coverage[1.0] == CoverageScore(coverage=1.0, clips=6, confidence=0.0, accuracy=round(4 / 6, 4))
    # confidences: 0.8 right, 0.6 right (mean of three windows), 0.8 wrong, 0.7 right, 0.6 right, nothing
    assert (coverage[0.8].clips, coverage[0.8].accuracy) == (5, 0.8)
    assert (coverage[0.5].clips, coverage[0.5].accuracy) == (3, pytest.approx(2 / 3, abs=1e-4))
    assert coverage[0.5].confidence == pytest.approx(0.7)


def test_a_clip_of_calm_counts_as_neutral_for_a_model_without_calm() -> None:
    labels = ("neutral", "surprise")
    clips = [clip("calm"), clip("neutral", "b"), clip("surprise", "b")]
    said = [predicted((0.9, 0.1)), predicted((0.6, 0.4)), predicted((0.2, 0.8))]
    assert score_clips(clips, said, labels, "").confusion.counts == ((2, 0, 0), (0, 1, 0))


# By speaker and group
def test_speakers_stand_with_the_worst_first() -> None:
    rows = made_scores().by_speaker
    assert [(one.speaker, one.clips, one.uar) for one in rows] == [
        ("c", 1, 0.0),
        ("a", 3, 0.6667),
        ("b", 2, 1.0),
    ]
    assert any("Worst of 3 speakers, with UAR and clips: c (0.000; 1)" in point for point in weak_points(made_scores()))


@pytest.mark.parametrize(
    ("age", "band"),
    [(18, "under 30"), (29, "under 30"), (30, "30 to 44"), (44, "30 to 44"), (45, "45 to 59"), (60, "60 and over")],
)
def test_age_bands_have_their_borders(age: int, band: str) -> None:
    assert age_band(age) == band


def test_groups_say_how_many_clips_and_speakers_they_stand_on() -> None:
    rows = {(one.group, one.value): one for one in made_scores().groups}
    assert set(rows) == {
        *(("sex", "male"), ("sex", "female"), ("sex", "not stated")),
        *(("age", "under 30"), ("age", "30 to 44"), ("age", "not stated")),
        *(("ethnicity", "X"), ("ethnicity", "not stated")),
    }
    women = rows["sex", "female"]
    assert (women.clips, women.speakers, women.uar, women.uar_interval) == (2, 1, 1.0, None)
    rest = rows["ethnicity", "not stated"]
    assert (rest.clips, rest.speakers) == (3, 2)
    assert rest.uar_interval == (0.0, 1.0)  # one speaker is always right, the other never


def test_a_corpus_that_states_no_group_has_no_group_rows() -> None:
    assert score_clips([clip("angry"), clip("sad", "b")], [predicted(A), predicted(S)], THREE, "").groups == ()


def test_made_results_are_what_they_say() -> None:
    assert len(CLIPS) == len(PREDICTIONS)
    for probabilities in (A, H, S):
        assert sum(probabilities) == pytest.approx(1)
