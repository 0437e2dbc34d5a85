"""The difference of two clocks, with known answers."""

from __future__ import annotations

import numpy as np
import pytest

from ser_live.sources.drift import Drift

RATE = 48_000
BLOCK = 2_400


def feed(drift: Drift, seconds: float, ppm: float, *, at: float = 0.0, jitter: float = 0.02, step: float = 0.0) -> None:
    """Blocks of a device that samples so much faster than it claims; after a third of the time they come later."""
    late = np.random.default_rng(0).exponential(jitter, round(seconds * RATE / BLOCK))
    for number, delay in enumerate(late):
        sampled = number * BLOCK / RATE / (1 + ppm * 1e-6)
        drift.take(at + sampled + delay + (step if number > len(late) / 3 else 0.0), BLOCK)


@pytest.mark.parametrize("ppm", [-350.0, -30.0, 0.0, 80.0, 1000.0])
def test_the_clocks_are_told_apart_through_the_jitter_of_the_blocks(ppm: float) -> None:
    drift = Drift(RATE)
    feed(drift, 3600, ppm)
    assert drift.ppm == pytest.approx(ppm, abs=3)
    assert (drift.certain is not None) == (abs(ppm) > 100)


def test_nothing_is_said_in_the_first_minutes() -> None:
    drift = Drift(RATE)
    feed(drift, 300, 5000)
    assert drift.ppm is None
    assert drift.certain is None


def test_one_step_is_no_drift() -> None:
    drift = Drift(RATE)
    feed(drift, 600, 0, step=0.15)
    assert drift.certain is None


def test_lost_sound_is_no_drift_and_the_longest_time_counts() -> None:
    drift = Drift(RATE)
    feed(drift, 1200, 200)
    drift.restart()
    assert drift.ppm == pytest.approx(200, abs=5)
    feed(drift, 400, -500, at=9000)
    assert drift.ppm == pytest.approx(200, abs=5)
    feed(Drift(RATE), 0, 0)
    drift.restart()
    feed(drift, 2400, -40, at=20_000)
    assert drift.ppm == pytest.approx(-40, abs=5)


def test_days_take_little_memory() -> None:
    drift = Drift(1_000)
    for number in range(100_000):  # 20 s a block: 23 days
        drift.take(number * 20.0, 20_000)
    assert len(drift._delays) <= 4096
    assert drift.ppm == pytest.approx(0, abs=0.1)
