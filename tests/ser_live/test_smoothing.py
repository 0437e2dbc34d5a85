"""The average in closed form, and the states in their order."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from ser_live.smoothing import Smoother
from ser_live.types import State

A, B = np.array([0.9, 0.1]), np.array([0.2, 0.8])
Window = tuple[NDArray[np.float64], float, float]


def smoother(**changes: float) -> Smoother:
    usual = {"time_constant": 1.0, "warm_up": 1.0, "threshold": 0.0, "evidence": 1.0}
    return Smoother(**{**usual, **changes})


def test_the_first_window_sets_the_average() -> None:
    average, leader, _ = smoother().feed(A, new_speech=0.75, speech=0.75)
    np.testing.assert_array_equal(average, A)
    assert leader == 0


@pytest.mark.parametrize("time_constant", [0.5, 1.0, 4.0])
@pytest.mark.parametrize("step", [0.1, 0.25])
def test_a_jump_is_followed_as_an_exponential(time_constant: float, step: float) -> None:
    """After t seconds the distance that is left is exp(-t / time constant) of the first."""
    smooth = smoother(time_constant=time_constant)
    smooth.feed(A, new_speech=0.75, speech=0.75)
    for count in range(1, 20):
        average, *_ = smooth.feed(B, new_speech=step, speech=1.0)
        np.testing.assert_allclose(average, B + (A - B) * math.exp(-count * step / time_constant), rtol=1e-12)


def test_the_step_does_not_matter_to_where_it_goes() -> None:
    fine, coarse = smoother(), smoother()
    for smooth in (fine, coarse):
        smooth.feed(A, new_speech=0.75, speech=0.75)
    for _ in range(10):
        average, *_ = fine.feed(B, new_speech=0.1, speech=1.0)
    np.testing.assert_allclose(coarse.feed(B, new_speech=1.0, speech=1.0)[0], average, rtol=1e-12)


def test_an_average_of_probabilities_sums_to_one() -> None:
    rng = np.random.default_rng(0)
    smooth = smoother()
    for _ in range(50):
        average, *_ = smooth.feed(rng.dirichlet(np.ones(6)), new_speech=0.25, speech=1.0)
        assert average.sum() == pytest.approx(1.0, abs=1e-12)
        assert average.min() >= 0


def test_a_time_constant_of_0_smooths_nothing() -> None:
    smooth = smoother(time_constant=0.0)
    for probabilities in (A, B, A):
        average, leader, _ = smooth.feed(probabilities, new_speech=0.25, speech=1.0)
        np.testing.assert_array_equal(average, probabilities)
        assert leader == int(np.argmax(probabilities))


def test_what_is_fed_is_not_changed() -> None:
    first, smooth = A.copy(), smoother()
    average, *_ = smooth.feed(first, new_speech=0.75, speech=0.75)
    smooth.feed(B, new_speech=0.25, speech=1.0)
    np.testing.assert_array_equal(first, A)
    np.testing.assert_array_equal(average, A)


def states(smooth: Smoother, windows: list[Window]) -> list[State]:
    return [smooth.feed(p, new_speech=new, speech=speech)[2] for p, new, speech in windows]


def test_the_states_in_their_order() -> None:
    """Of six labels one is twice as likely as each other: more than half of the posterior once `2 ** evidence > 5`."""
    first = np.array([2.0, 1, 1, 1, 1, 1]) / 7
    windows = [(first, 0.75, 0.75), (first, 0.25, 1.0), (first, 0.25, 1.25), (first, 0.25, 1.5)]
    assert states(smoother(evidence=1.8), windows) == ["warming-up", "provisional", "provisional", "committed"]
    assert states(smoother(evidence=1.9), windows) == ["warming-up", "provisional", "committed", "committed"]
    assert states(smoother(evidence=1.9, warm_up=0.0), windows)[:2] == ["provisional", "provisional"]
    assert states(smoother(evidence=100.0), windows) == ["warming-up", "committed", "committed", "committed"]
    assert states(smoother(evidence=0.0), windows) == ["warming-up", "provisional", "provisional", "provisional"]


def test_a_rival_must_earn_its_place() -> None:
    """A second of A weighs `log 9` and a quarter of B `log 4 / 4`: the seventh of them tips the scales."""
    windows = [(A, 1.0, 1.0), *[(B, 0.25, 1.0)] * 8]
    for evidence in (1.0, 2.0):
        found = states(smoother(time_constant=0.0, evidence=evidence), windows)
        assert found == ["committed", *["provisional"] * 6, "committed", "committed"]
    assert states(smoother(time_constant=0.0, evidence=1e6), windows) == ["committed"] * 9


@pytest.mark.parametrize("evidence", [0.7, 1.0, 3.0])
def test_the_posterior_is_that_of_bayes_rule(evidence: float) -> None:
    """Five windows of three labels, each with its own probabilities and its own new speech."""
    rng = np.random.default_rng(7)
    told = []
    for _ in range(40):
        rows, seconds = rng.dirichlet(np.ones(3), 5).clip(0.01), rng.uniform(0.05, 0.2, 5)
        posterior = np.prod(rows ** (evidence * seconds[:, None]), axis=0)
        windows = [(row, float(new), 2.0) for row, new in zip(rows, seconds, strict=True)]
        found = states(smoother(time_constant=0.0, evidence=evidence), windows)[-1]
        assert found == ("committed" if posterior[rows[-1].argmax()] > posterior.sum() / 2 else "provisional")
        told.append(found)
    assert {"committed", "provisional"} == set(told)


def test_another_emotion_is_told_however_long_the_first_has_lasted() -> None:
    """The first leaves it 0.0001: `log 4 / 4` for each window, against `log 10000`."""

    def until_told(seconds: float) -> int:
        smooth = smoother(time_constant=0.0)
        states(smooth, [(A, 0.25, 1.0)] * round(seconds * 4))
        return states(smooth, [(B, 0.25, 1.0)] * 99).index("committed")

    assert until_told(1.0) < until_told(2.0) < until_told(10.0)
    assert until_told(10.0) == until_told(1000.0) == math.floor(math.log(10_000) / (math.log(4) / 4))


def test_evidence_is_counted_in_speech_not_in_windows() -> None:
    smooth, other = smoother(time_constant=0.0), smoother(time_constant=0.0)
    states(smooth, [(A, 1.0, 1.0)])
    states(other, [(A, 0.0625, 1.0)] * 16)
    assert states(smooth, [(B, 1.5, 1.0), (B, 0.125, 1.0)]) == ["provisional", "committed"]
    assert states(other, [(B, 0.0625, 1.0)] * 26) == ["provisional"] * 25 + ["committed"]


def test_a_rival_that_says_less_half_of_the_time_never_takes_over() -> None:
    found = states(smoother(time_constant=0.0), [(A, 0.25, 1.0), (B, 0.25, 1.0)] * 20)
    assert found == ["committed", "provisional"] * 20


def test_windows_that_are_not_told_of_are_heard() -> None:
    """B while `warming-up`, and A while `uncertain`: in the end A weighs more."""
    doubt = np.array([0.55, 0.45])
    smooth = smoother(time_constant=0.0, threshold=0.6)
    assert states(smooth, [(B, 0.75, 0.75), (doubt, 5.0, 1.0), (A, 0.1, 1.0), (A, 0.25, 1.0)]) == [
        *("warming-up", "uncertain", "committed", "committed")
    ]
    smooth = smoother(time_constant=0.0, threshold=0.6)
    assert states(smooth, [(B, 0.75, 0.75), (doubt, 1.0, 1.0), (A, 0.1, 1.0), (A, 0.5, 1.0)]) == [
        *("warming-up", "uncertain", "provisional", "committed")
    ]


def test_no_label_is_ever_ruled_out() -> None:
    sure, other = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    smooth = smoother(time_constant=0.0, evidence=1e6)
    assert states(smooth, [(sure, 100.0, 1.0), (other, 0.25, 1.0), (sure, 0.25, 1.0)]) == ["committed"] * 3


def test_uncertain_while_the_largest_average_is_under_the_threshold() -> None:
    first, even = np.array([0.6, 0.4]), np.array([0.5, 0.5])
    smooth = smoother(threshold=0.6, time_constant=0.0)
    windows = [(first, 0.75, 1.0), (even, 0.25, 1.0), (first, 0.25, 1.0), (np.array([0.599, 0.401]), 1.0, 1.0)]
    assert states(smooth, windows) == ["committed", "uncertain", "committed", "uncertain"]


def test_warming_up_comes_before_uncertain() -> None:
    assert states(smoother(threshold=1.0), [(A, 0.75, 0.75), (A, 0.25, 1.0)]) == ["warming-up", "uncertain"]
