"""What must happen to a signal: tones below the new Nyquist survive unchanged, tones above vanish."""

from __future__ import annotations

import numpy as np
import pytest
from voices import tone

from ser_live.errors import SettingsError
from ser_live.resample import Resampler, resample
from ser_live.types import FloatArray

RATES = (8000, 11_025, 12_345, 22_050, 44_100, 48_000, 96_000)


def middle(samples: FloatArray) -> FloatArray:
    """Away from both ends, where the signal meets the silence around it."""
    return samples[800:-800]


def fit_tone(samples: FloatArray, hz: float) -> tuple[complex, float]:
    """Least squares of a tone of that frequency at 16 kHz, from sample 800 on: `a` of `Im(a exp(i w t))`, and the rest.

    The rest is the root mean square of what is left when the tone is taken away.
    """
    angle = 2 * np.pi * hz * (800 + np.arange(len(samples))) / 16_000
    basis = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    (sine, cosine), *_ = np.linalg.lstsq(basis, samples.astype(np.float64), rcond=None)
    rest = samples - basis @ [sine, cosine]
    return complex(sine, cosine), float(np.sqrt(np.mean(rest**2)))


def test_the_fit_itself_finds_amplitude_phase_and_rest() -> None:
    time = (800 + np.arange(4000)) / 16_000
    signal = 0.3 * np.sin(2 * np.pi * 440 * time + 0.5) + 0.01 * np.sin(2 * np.pi * 1000 * time)
    found, rest = fit_tone(signal.astype(np.float32), 440)
    assert abs(found) == pytest.approx(0.3, abs=1e-5)
    assert np.angle(found) == pytest.approx(0.5, abs=1e-4)
    assert rest == pytest.approx(0.01 / np.sqrt(2), rel=1e-2)


@pytest.mark.parametrize("rate", RATES)
def test_a_tone_keeps_frequency_amplitude_and_phase(rate: int) -> None:
    resampled = resample(tone(440, 1.0, sample_rate=rate, amplitude=0.5), rate)
    assert len(resampled) == 16_000
    found, rest = fit_tone(middle(resampled), 440)  # another frequency would be left over as rest
    assert abs(found) == pytest.approx(0.5, abs=5e-4)
    assert np.angle(found) == pytest.approx(0.0, abs=1e-3)  # 1e-3 rad = 0.4 us: no delay
    assert rest < 1e-4


@pytest.mark.parametrize("hz", [10_000, 16_000, 20_000])
def test_a_tone_above_the_new_nyquist_vanishes(hz: int) -> None:
    resampled = middle(resample(tone(hz, 1.0, sample_rate=48_000, amplitude=1.0), 48_000))
    loudness = np.sqrt(np.mean(resampled.astype(np.float64) ** 2)) / np.sqrt(0.5)
    assert 20 * np.log10(loudness) < -80


def test_a_tone_just_below_the_new_nyquist_survives() -> None:
    found, _ = fit_tone(middle(resample(tone(7000, 1.0, sample_rate=48_000), 48_000)), 7000)
    assert abs(found) == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize("rate", RATES)
def test_a_constant_is_preserved(rate: int) -> None:
    np.testing.assert_allclose(middle(resample(np.full(rate, 0.25, np.float32), rate)), 0.25, atol=1e-5)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("count", [0, 1, 2, 3, 100, 1001, 30_007])
def test_the_length_is_the_nearest_whole_number(rate: int, count: int) -> None:
    assert abs(len(resample(np.zeros(count, np.float32), rate)) - count * 16_000 / rate) <= 0.5


def test_the_right_rate_passes_through_untouched() -> None:
    signal = tone(440, 0.1)
    np.testing.assert_array_equal(resample(signal, 16_000), signal)


def test_the_other_way_gives_the_rate_of_a_model() -> None:
    assert len(resample(tone(440, 1.0), 16_000, 8000)) == 8000


def test_a_stream_gives_its_samples_as_it_goes() -> None:
    resampler = Resampler(48_000)
    ready = resampler.feed(tone(440, 1.0, sample_rate=48_000))
    assert 15_000 < len(ready) <= 16_000
    assert ready.dtype == np.float32
    assert len(ready) + len(resampler.flush()) == 16_000


@pytest.mark.parametrize("rate", [0, -16_000])
def test_a_rate_that_is_none_is_refused(rate: int) -> None:
    with pytest.raises(SettingsError, match="positive"):
        Resampler(rate)
    with pytest.raises(SettingsError, match="positive"):
        Resampler(16_000, rate)
