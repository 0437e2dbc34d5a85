"""The average in closed form, and the states in their order."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ser_live.smoothing import Smoother
from ser_live.types import State

A, B = np.array([0.9, 0.1]), np.array([0.2, 0.8])


def smoother(**changes: float) -> Smoother:
    return Smoother(**{"time_constant": 1.0, "warm_up": 1.0, "threshold": 0.0, "commit": 0.5, **changes})


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


def states(smooth: Smoother, windows: list[tuple[np.ndarray, float, float]]) -> list[State]:
    return [smooth.feed(p, new_speech=new, speech=speech)[2] for p, new, speech in windows]


def test_the_states_in_their_order() -> None:
    """A leads by 0.8, which sums up to 0.2, 0.4 and 0.6 after a quarter of a second each."""
    windows = [(A, 0.75, 0.75), (A, 0.25, 1.0), (A, 0.25, 1.25), (A, 0.25, 1.5)]
    assert states(smoother(), windows) == ["warming-up", "provisional", "provisional", "committed"]
    assert states(smoother(commit=0.4), windows) == ["warming-up", "provisional", "committed", "committed"]
    assert states(smoother(warm_up=0.0), windows) == ["committed"] * 4  # 0.75 x 0.8
    assert states(smoother(commit=0.0), windows) == ["warming-up", "committed", "committed", "committed"]


def test_a_rival_must_earn_its_place() -> None:
    """Without smoothing B leads A by 0.6 from its first window on: 0.15, 0.3, 0.45, 0.6."""
    windows = [(A, 0.75, 1.0), *[(B, 0.25, 1.0)] * 4]
    expected = ["committed", "provisional", "provisional", "provisional", "committed"]
    assert states(smoother(time_constant=0.0), windows) == expected
    assert states(smoother(time_constant=0.0, commit=0.3), windows)[:3] == ["committed", "provisional", "committed"]
    assert states(smoother(time_constant=0.0, commit=0.0), windows) == ["committed"] * 5


def test_what_the_rival_loses_is_taken_off_its_lead_but_never_goes_under_zero() -> None:
    smooth = smoother(time_constant=0.0)
    states(smooth, [(A, 100.0, 1.0)])  # however long A has led
    assert states(smooth, [(B, 0.5, 1.0), (A, 0.25, 1.0), (B, 0.5, 1.0), (B, 0.25, 1.0)]) == [
        "provisional",  # 0.3
        "committed",  # 0.1, and A leads
        "provisional",  # 0.4
        "committed",  # 0.55
    ]


def test_leads_are_counted_in_speech_not_in_windows() -> None:
    windows = [(A, 0.0, 1.0), *[(A, 0.0625, 1.0)] * 10]
    assert states(smoother(), windows) == ["provisional"] * 10 + ["committed"]
    assert states(smoother(), [(A, 0.0, 1.0), (A, 0.625, 1.0)]) == ["provisional", "committed"]


def test_a_rival_that_leads_half_of_the_time_never_takes_over() -> None:
    found = states(smoother(time_constant=0.0), [(A, 0.25, 1.0), (B, 0.25, 1.0)] * 20)
    assert set(found[1::2]) == {"provisional"}
    assert found[-2] == "committed"  # the first one, in the long run


def test_of_two_rivals_the_one_that_leads_takes_over() -> None:
    """Both gain on the held one; the second has gained more, but the first leads when it has gained enough."""
    held, one, two = np.array([0.8, 0.1, 0.1]), np.array([0.1, 0.5, 0.4]), np.array([0.1, 0.4, 0.5])
    smooth = smoother(time_constant=0.0, commit=1.0)
    assert states(smooth, [(held, 2.0, 1.0), (two, 2.0, 1.0), (one, 1.0, 1.0)]) == [
        "committed",
        "provisional",
        "committed",
    ]


def test_warming_up_and_abstaining_hold_nothing() -> None:
    """What leads while a record is `warming-up` or `uncertain` is not held: A is, the first that may be shown."""
    even = np.array([0.45, 0.55])
    smooth = smoother(time_constant=0.0, threshold=0.6)
    assert states(smooth, [(B, 0.75, 0.75), (even, 5.0, 1.0), (A, 0.75, 1.0), (A, 0.25, 1.0)]) == [
        *("warming-up", "uncertain", "committed", "committed")
    ]


def test_uncertain_while_the_largest_average_is_under_the_threshold() -> None:
    """The lead of 0.2, 0, 0.2 and 0.198 sums up to 0.15, 0.15, 0.2 and more, abstaining or not."""
    first, even = np.array([0.6, 0.4]), np.array([0.5, 0.5])
    smooth = smoother(threshold=0.6, time_constant=0.0, commit=0.2)
    windows = [(first, 0.75, 1.0), (even, 0.25, 1.0), (first, 0.25, 1.0), (np.array([0.599, 0.401]), 1.0, 1.0)]
    assert states(smooth, windows) == ["provisional", "uncertain", "committed", "uncertain"]


def test_warming_up_comes_before_uncertain() -> None:
    assert states(smoother(threshold=1.0), [(A, 0.75, 0.75), (A, 0.25, 1.0)]) == ["warming-up", "uncertain"]
