"""The high-pass against scipy's, however it is cut, and what it takes away."""

from __future__ import annotations

import numpy as np
import pytest
from voices import voice

from ser_live import EmotionPipeline, Prediction
from ser_live.high_pass import HighPass
from ser_live.types import FloatArray

RATE = 16_000


def high_pass() -> HighPass:
    return HighPass(60.0, RATE, 80)


def gain(frequency: float) -> float:
    time = np.arange(2 * RATE) / RATE
    tone = np.sin(2 * np.pi * frequency * time).astype(np.float32)
    return float(np.sqrt(2 * np.mean(high_pass().feed(tone)[RATE:] ** 2)))


def noise(count: int, seed: int = 0) -> FloatArray:
    return np.random.default_rng(seed).normal(0.3, 0.1, count).astype(np.float32)


@pytest.mark.papers
def test_it_is_the_butterworth_filter_of_scipy() -> None:
    from scipy.signal import butter, lfilter, lfilter_zi

    numerator, denominator = butter(2, 60, "high", fs=RATE)
    signal = noise(RATE)
    expected, _ = lfilter(
        numerator, denominator, signal.astype(np.float64), zi=lfilter_zi(numerator, denominator) * signal[0]
    )
    assert np.abs(high_pass().feed(signal) - expected).max() < 1e-7


def test_the_gain_is_that_of_a_second_order_butterworth_filter() -> None:
    for frequency in (15.0, 30.0, 60.0, 120.0, 1000.0):
        assert gain(frequency) == pytest.approx((1 + (60 / frequency) ** 4) ** -0.5, rel=0.01)


def test_it_does_not_matter_how_the_signal_is_cut() -> None:
    signal = noise(80 * 60)
    whole = high_pass().feed(signal)
    for cuts in ([80], [0, 80, 80, 4000], [2400, 2480]):
        filter_ = high_pass()
        assert np.array_equal(np.concatenate([filter_.feed(piece) for piece in np.split(signal, cuts)]), whole)


def test_a_reset_one_is_a_new_one() -> None:
    filter_ = high_pass()
    filter_.feed(noise(800))
    filter_.reset()
    assert np.array_equal(filter_.feed(noise(800, seed=1)), high_pass().feed(noise(800, seed=1)))


def test_a_constant_gives_nothing_from_its_first_sample_on() -> None:
    assert np.abs(high_pass().feed(np.full(800, 0.7, np.float32))).max() < 1e-6


def test_digital_silence_after_speech_becomes_exact_zeros() -> None:
    filtered = high_pass().feed(np.concatenate([noise(800), np.zeros(RATE, np.float32)]))
    assert filtered[:900].any()
    assert not filtered[-8000:].any()


@pytest.mark.parametrize("sound", ["offset", "rumble", "hum"])
def test_a_quiet_voice_is_found_on_an_offset_on_rumble_and_on_hum(sound: str) -> None:
    speech = voice(6.0)
    speech *= 10 ** (-51 / 20) / np.sqrt(np.mean(speech**2))
    time = np.arange(len(speech)) / RATE
    below = {
        "offset": np.full(len(time), 0.07),
        "rumble": 0.02 * np.sin(2 * np.pi * 12 * time),
        "hum": 0.003 * np.sin(2 * np.pi * 50 * time),
    }[sound]

    def predictions(signal: FloatArray) -> int:
        pipeline = EmotionPipeline()
        return sum(isinstance(record, Prediction) for record in pipeline.feed(signal) + pipeline.flush())

    alone = predictions(speech)
    assert alone >= 15
    assert abs(predictions((speech + below).astype(np.float32)) - alone) <= 2
