# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""Verdicts against listeners' votes."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from made_results import THREE, A, S, clip, predicted
from tiny_model import SIX

pytestmark = pytest.mark.train
pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

from ser_train.evaluation.clip_scores import score_clips
from ser_train.evaluation.listeners import score_against_listeners, votes


def test_perceived_labels_are_the_most_voted_and_ties_are_right_either_way() -> None:
    clips = [
        clip("angry", "a", perceived=(("angry", 0.4), ("happy", 0.6))),
        clip("happy", "b", perceived=(("angry", 0.5), ("happy", 0.5))),
        clip("sad", "b", perceived=(("sad", 1.0),)),
        clip("sad", "c"),
    ]
    found = score_against_listeners(clips, [predicted(A), predicted(A), predicted(S), predicted(A)], THREE)
    assert found is not None
    assert (found.clips, found.speakers, found.ties) == (3, 2, 1)
    assert found.accuracy == pytest.approx(2 / 3, abs=1e-4)  # of the first, most heard happiness
    assert found.uar == pytest.approx((0 + 1 + 1) / 3, abs=1e-4)
    assert found.one_listener_uar == pytest.approx((0.4 + 0.5 + 1.0) / 3, abs=1e-4)


def test_divergence_from_the_votes_is_nothing_where_the_verdict_is_the_votes() -> None:
    asked = [clip("angry", speaker, perceived=(("angry", 0.8), ("happy", 0.1), ("sad", 0.1))) for speaker in "ab"]
    found = score_against_listeners(asked, [predicted(A), predicted(A)], THREE)
    assert found is not None
    entropy = -(0.8 * math.log(0.8) + 0.2 * math.log(0.1))
    assert found.kl == pytest.approx(0, abs=1e-4)
    assert found.cross_entropy == pytest.approx(entropy, abs=1e-4)


def test_votes_for_words_the_model_has_not_are_left_out() -> None:
    asked = clip("angry", perceived=(("angry", 0.3), ("disgust", 0.6), ("sad", 0.1)))
    shares = votes(asked, THREE)
    assert shares is not None
    np.testing.assert_allclose(shares, [0.75, 0, 0.25])
    assert votes(clip("angry", perceived=(("disgust", 1.0),)), THREE) is None
    assert score_against_listeners([clip("angry")], [predicted(A)], THREE) is None


def test_the_human_ceiling_stands_beside_crema_d_in_six_labels_only() -> None:
    six = (0.5, *[0.1] * 5)
    cremad = [clip("angry", corpus="cremad"), clip("sad", "b", corpus="cremad")]
    human = score_clips(cremad, [predicted(six), predicted(six)], SIX, "").human
    assert human is not None
    assert human.uar == 0.407
    assert score_clips(cremad, [predicted(A), predicted(S)], THREE, "").human is None
    assert score_clips([clip("angry"), cremad[1]], [predicted(six), predicted(six)], SIX, "").human is None


def test_listeners_of_crema_d_reach_the_ceiling_that_is_stated(corpora: Path) -> None:
    from ser_train.corpora import find_clips
    from ser_train.splits.public import PUBLIC

    clips = [c for c in find_clips([corpora / "cremad"], ["cremad"]) if PUBLIC[c.speaker] == "validation"]
    found = score_against_listeners(clips, [predicted(labels=6)] * len(clips), SIX)
    assert found is not None
    assert found.one_listener_uar == pytest.approx(0.407, abs=0.05)
