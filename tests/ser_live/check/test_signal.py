"""What samples say of the way that they came, on made signals whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from ser_live.check.signal import cell_powers, clipping, levels, offset, pair, zero_share
from ser_live.check.spectrum import band_edge, hum
from ser_live.resample import resample
from ser_live.types import FloatArray

RATE = 48_000


def noise(seconds: float, level: float, rate: int = RATE, seed: int = 0) -> FloatArray:
    """White noise of that level in dBFS."""
    values = np.random.default_rng(seed).standard_normal(round(seconds * rate))
    return np.asarray(values * 10 ** (level / 20), np.float32)


def tone(frequency: float, seconds: float, level: float, rate: int = RATE) -> FloatArray:
    """A sine of that level in dBFS."""
    times = np.arange(round(seconds * rate)) / rate
    return np.asarray(np.sqrt(2) * 10 ** (level / 20) * np.sin(2 * np.pi * frequency * times), np.float32)


def glide(seconds: float, level: float, rate: int = RATE) -> FloatArray:
    """A voice's stand-in: the harmonics of a pitch that moves from 95 to 180 Hz and back every second."""
    times = np.arange(round(seconds * rate)) / rate
    phase = 2 * np.pi * np.cumsum(137.5 - 42.5 * np.cos(2 * np.pi * times)) / rate
    sound = np.sum([np.sin(k * phase) / k for k in range(1, rate // 2 // 180)], axis=0)
    return np.asarray(sound / np.sqrt(np.mean(sound**2)) * 10 ** (level / 20), np.float32)


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 48_000])
@pytest.mark.parametrize("level", [-70.0, -40.0, -10.0])
def test_the_noise_floor_is_the_level_of_the_noise(rate: int, level: float) -> None:
    measured = levels(noise(3, level, rate), rate)
    assert measured.noise == pytest.approx(level, abs=0.5)
    assert (measured.speech, measured.ratio) == (None, None)


def test_speech_is_measured_where_it_is_and_noise_where_it_is_not() -> None:
    samples = noise(4, -60)
    samples[RATE : 3 * RATE] += glide(2, -20)
    speech = np.zeros(400, np.bool_)
    speech[100:300] = True
    measured = levels(samples, RATE, speech)
    assert measured.noise == pytest.approx(-60, abs=0.5)
    assert measured.speech == pytest.approx(-20, abs=0.2)
    assert measured.ratio == pytest.approx(40, abs=0.7)


def test_where_all_is_speech_its_pauses_are_the_noise() -> None:
    samples = noise(2, -60)
    for start in range(0, 2 * RATE, RATE // 2):
        samples[start : start + RATE * 2 // 5] += glide(0.4, -20)
    assert levels(samples, RATE, np.ones(200, np.bool_)).noise == pytest.approx(-60, abs=2)


def test_an_offset_is_no_noise() -> None:
    samples = noise(3, -60) + np.float32(0.2)
    assert offset(samples) == pytest.approx(0.2, abs=1e-4)
    assert levels(samples, RATE).noise == pytest.approx(-60, abs=0.5)
    assert levels(samples, RATE).peak == pytest.approx(20 * np.log10(0.2), abs=0.5)


@pytest.mark.parametrize("frames", [0, 1, 479, 480])
def test_next_to_nothing_is_measured_without_an_error(frames: int) -> None:
    samples = np.full(frames, 0.25, np.float32)
    assert len(cell_powers(samples, RATE)) == frames // 480
    assert levels(samples, RATE).speech is None
    assert clipping(samples[:3]).share == 0
    assert (offset(samples), hum(samples, RATE), band_edge(samples, RATE)) == (0.25 if frames else 0.0, None, None)
    assert pair(samples, samples).correlation == 0


def test_zeros() -> None:
    assert zero_share(np.zeros(0, np.float32)) == 1
    assert zero_share(np.zeros((9, 2), np.float32)) == 1
    assert zero_share(np.array([0, 1, 0, 1e-9], np.float32)) == 0.5
    assert levels(np.zeros(RATE, np.float32), RATE).noise == -200


@pytest.mark.parametrize("limit", [1.0, 0.5])
@pytest.mark.parametrize("bits", [16, 24])
def test_clipping_at_full_scale_and_below(limit: float, bits: int) -> None:
    loud = np.clip(2 * limit * tone(310, 2, -3.0103), -limit, limit)
    samples = np.asarray(np.round(loud * 2 ** (bits - 1)) / 2 ** (bits - 1), np.float32)
    found = clipping(samples)
    # a sine of twice the limit is beyond it for two thirds of the time
    assert found.share == pytest.approx(2 / 3, abs=0.01)
    assert found.level == pytest.approx(limit, abs=1e-3)


@pytest.mark.parametrize("frequency", [50, 110, 440])
@pytest.mark.parametrize("level", [-4.0, -12.0])
def test_a_sine_that_reaches_no_limit_is_not_clipped(frequency: float, level: float) -> None:
    samples = np.asarray(np.round(tone(frequency, 2, level) * 32767) / 32768, np.float32)
    assert clipping(samples).share < 1e-3
    assert clipping(tone(frequency, 2, level)).share == 0


def test_faint_sound_is_not_clipped_by_its_rounding() -> None:
    samples = np.asarray(np.round(tone(310, 1, -80) * 32768) / 32768, np.float32)
    assert clipping(samples).share == 0


@pytest.mark.parametrize("mains", [50, 60])
@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_hum_is_found_beneath_a_voice(mains: int, rate: int) -> None:
    samples = noise(6, -70, rate) + glide(6, -25, rate)
    assert hum(samples, rate) is None
    samples += tone(mains, 6, -45, rate) + tone(3 * mains, 6, -50, rate)
    found = hum(samples, rate)
    assert found is not None
    assert (found.mains, found.lines[0]) == (mains, mains)


def test_the_level_of_hum_is_that_of_its_lines() -> None:
    lines = tone(50, 4, -50) + tone(100, 4, -50)
    found = hum(noise(4, -80) + lines, RATE)
    assert found is not None
    assert found.level == pytest.approx(-47, abs=0.5)
    assert found.lines == (50, 100)


@pytest.mark.parametrize("frequency", [55, 130, 300])
def test_a_tone_that_is_no_multiple_of_the_mains_is_no_hum(frequency: float) -> None:
    assert hum(noise(4, -70) + tone(frequency, 4, -40), RATE) is None


@pytest.mark.parametrize("narrow", [8_000, 16_000, 24_000])
@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_a_narrow_band_in_a_wide_rate_is_seen(narrow: int, rate: int) -> None:
    samples = resample(noise(3, -60, narrow) + glide(3, -25, narrow), narrow, rate)
    assert band_edge(samples, rate) == pytest.approx(narrow / 2, rel=0.06)
    in_16_bits = np.asarray(np.round(samples * 32768 + noise(3, 0, rate) * 0.3) / 32768, np.float32)
    assert band_edge(in_16_bits, rate) == pytest.approx(narrow / 2, rel=0.06)


@pytest.mark.parametrize("rate", [8_000, 16_000, 48_000])
def test_a_full_band_reaches_half_the_rate(rate: int) -> None:
    assert band_edge(noise(3, -40, rate), rate) == rate / 2
    falling = np.cumsum(noise(3, -60, rate)).astype(np.float32)  # 6 dB an octave, as a voice falls
    assert band_edge(falling, rate) == rate / 2
    assert band_edge(np.zeros(rate, np.float32), rate) is None


def test_two_channels() -> None:
    left, other = noise(2, -20), noise(2, -20, seed=1)
    assert pair(left, left).correlation == pytest.approx(1)
    assert pair(left, left).mix_loss == pytest.approx(0, abs=0.01)
    assert pair(left, -left).correlation == pytest.approx(-1)
    assert pair(left, -left).mix_loss > 100
    assert pair(left, other).correlation == pytest.approx(0, abs=0.02)
    assert pair(left, other).mix_loss == pytest.approx(3, abs=0.1)
    silent = pair(left, np.zeros_like(left))
    assert (silent.correlation, silent.mix_loss) == (0, pytest.approx(6.02, abs=0.01))
    assert pair(left, left / 10).balance == pytest.approx(20, abs=0.01)
