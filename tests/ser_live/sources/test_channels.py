"""From the channels of a source to the one that is listened to."""

from __future__ import annotations

import numpy as np
import pytest

from ser_live.errors import SettingsError
from ser_live.sources import check_channels, select_channels
from ser_live.types import FloatArray


@pytest.fixture
def block() -> FloatArray:
    """Three channels of constants 0.1, 0.3 and -0.7."""
    return np.tile(np.array([0.1, 0.3, -0.7], np.float32), (100, 1))


@pytest.mark.parametrize(
    ("choice", "expected"), [("left", 0.1), ("right", 0.3), ("1", 0.1), ("2", 0.3), ("3", -0.7), ("mix", -0.1)]
)
def test_choice(block: FloatArray, choice: str, expected: float) -> None:
    check_channels(choice, 3)
    mono = select_channels(block, choice)
    assert mono.shape == (100,)
    assert mono.dtype == np.float32
    assert mono.flags.c_contiguous
    assert mono == pytest.approx(expected, abs=1e-7)


def test_one_channel_is_itself() -> None:
    signal = np.random.default_rng(0).uniform(-1, 1, (50, 1)).astype(np.float32)
    for choice in ("mix", "left", "1"):
        check_channels(choice, 1)
        assert np.array_equal(select_channels(signal, choice), signal[:, 0])


def test_the_block_is_left_as_it_is(block: FloatArray) -> None:
    before = block.copy()
    mono = select_channels(block, "mix")
    mono[:] = 9
    assert np.array_equal(block, before)


@pytest.mark.parametrize("channels", [1, 2, 3, 9, 33])
def test_the_mix_does_not_depend_on_the_cut(channels: int) -> None:
    signal = np.random.default_rng(0).uniform(-1, 1, (1000, channels)).astype(np.float32)
    whole = select_channels(signal, "mix")
    assert whole == pytest.approx(signal.astype(np.float64).mean(axis=1), abs=1e-6)
    for size in (1, 7, 160, 509):
        parts = [select_channels(signal[at : at + size], "mix") for at in range(0, 1000, size)]
        assert np.array_equal(np.concatenate(parts), whole)
    assert np.array_equal(select_channels(np.asfortranarray(signal), "mix"), whole)
    assert select_channels(signal[:0], "mix").shape == (0,)


def test_what_is_not_finite_is_passed_on() -> None:
    signal = np.array([[np.nan, 0], [np.inf, -np.inf], [3e38, 3e38], [0.5, 0.5]], np.float32)
    assert np.isfinite(select_channels(signal, "mix")).tolist() == [False, False, False, True]
    assert np.isfinite(select_channels(signal, "right")).tolist() == [True, False, True, True]


@pytest.mark.parametrize(
    ("choice", "channels", "sentence"),
    [
        ("right", 1, "--channels right does not fit: the source has 1 channel, choose mix, left or 1"),
        ("3", 2, "--channels 3 does not fit: the source has 2 channels, choose mix, left, right or 1 to 2"),
        ("0", 2, "--channels 0 does not fit: the source has 2 channels"),
        ("-1", 2, "--channels takes mix, left, right, split or a number from 1, not '-1'"),
        ("middle", 2, "--channels takes mix, left, right, split or a number from 1, not 'middle'"),
        ("", 2, "not ''"),
        ("²", 2, "not '²'"),
        ("split", 2, "not 'split'"),  # one lane cannot be several
        pytest.param("9" * 5000, 2, "not '9999", id="5,000 digits"),
    ],
)
def test_refused_in_one_sentence(choice: str, channels: int, sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        check_channels(choice, channels)
    assert sentence in str(caught.value)
    with pytest.raises(SettingsError):
        select_channels(np.zeros((5, channels), np.float32), choice)
