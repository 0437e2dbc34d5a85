# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""Augmented copies do to a tone what their papers say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from voices import tone

pytestmark = pytest.mark.train
pytest.importorskip("torch", reason="this test needs `ser-live[train]`")
pytest.importorskip("librosa", reason="this test needs `ser-live[train]`")

from ser_train.papers.augmentation import Copy, make_copy

RATE = 16_000


def _peak_hz(samples: np.ndarray) -> float:
    return float(np.abs(np.fft.rfft(samples)).argmax() * RATE / len(samples))


def _copied(samples: Any, kind: Any, amount: float, seed: int = 0, *, drawn: bool = False) -> np.ndarray:
    copy = Copy(kind=kind, amount=amount, drawn=drawn)
    return make_copy(samples, RATE, copy, np.random.default_rng(seed))


def test_a_stretch_of_less_than_one_lengthens_and_keeps_the_pitch() -> None:
    longer = _copied(tone(440, 1.0), "stretch", 0.8)
    assert len(longer) == pytest.approx(RATE / 0.8, abs=2)
    assert _peak_hz(longer) == pytest.approx(440, abs=5)


def test_a_pitch_of_twelve_semitones_doubles_and_keeps_the_length() -> None:
    higher = _copied(tone(440, 1.0), "pitch", 12)
    assert len(higher) == RATE
    assert _peak_hz(higher) == pytest.approx(880, abs=5)


def test_noise_is_a_share_of_the_peak_at_most() -> None:
    clip = 0.5 * tone(440, 1.0, amplitude=1.0)
    added = [_copied(clip, "noise", 0.1, seed) - clip for seed in range(5)]
    assert all(0 < noise.std() < 0.1 * np.abs(clip).max() for noise in added)
    assert not _copied(np.zeros(100, np.float32), "noise", 0.1).any()


def test_what_is_drawn_differs_from_seed_to_seed_within_its_limits() -> None:
    lengths = {len(_copied(tone(440, 1.0), "stretch", 1.25, seed, drawn=True)) for seed in range(6)}
    assert len(lengths) > 1
    assert min(lengths) >= RATE / 1.25 - 2
    assert max(lengths) <= RATE * 1.25 + 2
