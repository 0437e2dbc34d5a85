"""Log-mel against torchaudio, against filter banks worked out by hand, and against signals of known spectrum."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from voices import noise, silence, tone, voice

from ser_live.contract import FeatureSettings
from ser_live.errors import SettingsError
from ser_live.features.from_contract import make_front_end
from ser_live.features.front_end import FrontEnd
from ser_live.features.log_mel import LogMel, MelScale, Normalisation, hz_to_mel, mel_filterbank, mel_to_hz
from ser_live.types import FloatArray

STANDARD: dict[str, Any] = {
    "sample_rate": 16_000,
    "n_fft": 512,
    "win_length": 512,
    "hop_length": 256,
    "n_mels": 64,
    "f_min": 50.0,
    "f_max": 8000.0,
}


def log_mel(**changes: Any) -> LogMel:
    return LogMel(**{**STANDARD, **changes})


def made(range_db: float = 80.0) -> FrontEnd:
    values = {name: value for name, value in STANDARD.items() if name != "sample_rate"}
    settings = FeatureSettings(**values, mel_scale="htk", floor=1e-10, center=False)
    return make_front_end(settings, sample_rate=16_000, window_seconds=2.5, range_db=range_db)


# Mel


def test_known_mels() -> None:
    assert hz_to_mel(0.0) == 0.0
    assert hz_to_mel(700.0) == pytest.approx(2595 * np.log10(2))
    assert hz_to_mel(1000.0) == pytest.approx(1000.0, abs=0.02)  # the scale was made so
    assert hz_to_mel(200.0, "slaney") == pytest.approx(3.0)
    assert hz_to_mel(1000.0, "slaney") == pytest.approx(15.0)
    assert hz_to_mel(6400.0, "slaney") == pytest.approx(42.0)


@pytest.mark.parametrize("scale", ["htk", "slaney"])
def test_mel_to_hz_is_the_inverse(scale: MelScale) -> None:
    hz = np.array([0.0, 50.0, 500.0, 999.0, 1000.0, 1001.0, 4000.0, 8000.0])
    np.testing.assert_allclose(mel_to_hz(np.array([hz_to_mel(f, scale) for f in hz]), scale), hz, atol=1e-9)


# Filter banks by hand

SMALL: dict[str, Any] = {
    "sample_rate": 11_200,
    "n_fft": 32,
    "win_length": 32,
    "hop_length": 16,
    "n_mels": 2,
    "f_min": 0.0,
    "f_max": 4900.0,
}
"""Bins every 350 Hz. In HTK mel, equal steps multiply `700 + f`; from 0 to 4900 Hz, 3 steps double it each time:
the corners are 0, 700, 2100 and 4900 Hz."""


def test_htk_filters_by_hand() -> None:
    bank = mel_filterbank(sample_rate=11_200, n_fft=32, n_mels=2, f_min=0.0, f_max=4900.0)
    first = [0, 1 / 2, 1, 3 / 4, 1 / 2, 1 / 4, 0]  # up 700 Hz in 2 bins, down 1400 Hz in 4
    second = [0, 0, 0, 1 / 4, 1 / 2, 3 / 4, 1, 7 / 8, 6 / 8, 5 / 8, 4 / 8, 3 / 8, 2 / 8, 1 / 8, 0]  # up in 4, down in 8
    expected = np.zeros((17, 2))
    expected[: len(first), 0] = first
    expected[: len(second), 1] = second
    assert bank.dtype == np.float32
    np.testing.assert_allclose(bank, expected, atol=1e-6)


def test_slaney_filters_below_1_khz_by_hand() -> None:
    """There the scale is linear: corners 0, 300, 600, 900 Hz; bins every 150 Hz."""
    bank = mel_filterbank(sample_rate=2400, n_fft=16, n_mels=2, f_min=0.0, f_max=900.0, scale="slaney")
    expected = np.zeros((9, 2))
    expected[:5, 0] = [0, 1 / 2, 1, 1 / 2, 0]
    expected[2:7, 1] = [0, 1 / 2, 1, 1 / 2, 0]
    np.testing.assert_allclose(bank, expected, atol=1e-6)


def test_slaney_filters_above_1_khz_by_hand() -> None:
    """There it is logarithmic: half-way from 1000 to 4000 Hz is 2000 Hz; bins every 500 Hz."""
    bank = mel_filterbank(sample_rate=8000, n_fft=16, n_mels=1, f_min=1000.0, f_max=4000.0, scale="slaney")
    np.testing.assert_allclose(bank[:, 0], [0, 0, 0, 1 / 2, 1, 3 / 4, 1 / 2, 1 / 4, 0], atol=1e-6)


@pytest.mark.parametrize("n_mels", [1, 40, 64, 128])
@pytest.mark.parametrize("f_min", [0.0, 50.0])
def test_band_sums_are_the_product_with_the_filters(n_mels: int, f_min: float) -> None:
    """Narrow bands, of which some lie between two bins and hold none, as well as wide ones."""
    features = log_mel(n_mels=n_mels, f_min=f_min)
    assert (features.filterbank.any(axis=0).all()) == (n_mels < 128)
    power = np.square(np.random.default_rng(0).normal(size=(3, 20, 257))).astype(np.float32)
    expected = power.astype(np.float64) @ features.filterbank.astype(np.float64)
    result = features.bands(power)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, expected, rtol=1e-6)
    np.testing.assert_array_equal(features.bands(power[1, 7]), result[1, 7])


# Signals of known spectrum, through the filters worked out above


@pytest.mark.parametrize(
    ("bin_", "weights"),
    [
        (2, (1 + (1 / 2 + 3 / 4) / 4, (0 + 1 / 4) / 4)),
        (4, (1 / 2 + (3 / 4 + 1 / 4) / 4, 1 / 2 + (1 / 4 + 3 / 4) / 4)),
        (6, (0 + (1 / 4 + 0) / 4, 1 + (3 / 4 + 7 / 8) / 4)),
    ],
)
@pytest.mark.parametrize("amplitude", [1.0, 0.1])
def test_a_sine_at_a_bin_has_its_power_in_its_bands(bin_: int, weights: tuple[float, float], amplitude: float) -> None:
    """Under a Hann window of N samples a sine gives the power (A N / 4)^2 at its bin and a quarter beside it."""
    signal = tone(350.0 * bin_, 0.1, sample_rate=11_200, amplitude=amplitude)
    expected = np.log((amplitude * 32 / 4) ** 2 * np.array(weights))
    features = LogMel(**SMALL)(signal)
    np.testing.assert_allclose(features, np.broadcast_to(expected, features.shape), atol=1e-4)


@pytest.mark.parametrize(("position", "hann"), [(16, 1.0), (8, 0.5), (4, (1 - np.sqrt(0.5)) / 2)])
def test_an_impulse_has_the_power_of_the_window_in_every_bin(position: int, hann: float) -> None:
    """The filters' weights sum to 3 and 6."""
    signal = np.zeros(32, np.float32)
    signal[position] = 1.0
    np.testing.assert_allclose(LogMel(**SMALL)(signal), [np.log(hann**2 * np.array([3.0, 6.0]))], atol=1e-5)


def test_a_constant_stays_below_the_second_bin() -> None:
    """Powers (N/2)^2 at 0 Hz, where the filters are 0, and (N/4)^2 = 64 at 350 Hz, where the first is 1/2."""
    features = LogMel(**SMALL)(np.ones(32, np.float32))
    np.testing.assert_allclose(features, [[np.log(32.0), np.log(1e-10)]], atol=1e-3)


@pytest.mark.parametrize("floor", [1e-10, 1e-3])
def test_silence_is_the_floor(floor: float) -> None:
    features = log_mel(floor=floor)(silence(0.5))
    np.testing.assert_allclose(features, np.log(floor), rtol=1e-6)


def test_a_short_window_is_centred_in_the_transform() -> None:
    """A periodic Hann window of 4 is 0, 1/2, 1, 1/2; in a transform of 8 two zeros stand on each side."""
    window = LogMel(**{**SMALL, "n_fft": 8, "win_length": 4}).window
    np.testing.assert_allclose(window, [0, 0, 0, 0.5, 1, 0.5, 0, 0], atol=1e-7)


def test_a_centred_frame_has_its_sample_in_the_middle() -> None:
    signal = np.zeros(160, np.float32)
    signal[48] = 1.0  # of frame 3
    features = LogMel(**{**SMALL, "center": True})(signal)
    np.testing.assert_allclose(features[3], np.log([3.0, 6.0]), atol=1e-5)
    np.testing.assert_allclose(features[[0, 1, 5]], np.log(1e-10), atol=1e-5)


def test_centring_pads_by_reflection() -> None:
    """A constant goes on beyond its ends; padded with zeros it would not."""
    features = LogMel(**{**SMALL, "center": True})(np.ones(160, np.float32))
    np.testing.assert_allclose(features[:, 0], np.log(32.0), atol=1e-3)


# Against the reference library


@pytest.mark.train
@pytest.mark.parametrize("center", [False, True])
@pytest.mark.parametrize("scale", ["htk", "slaney"])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"n_fft": 1024, "win_length": 400, "hop_length": 160, "n_mels": 40, "f_min": 0.0, "f_max": 7600.0},
        {"sample_rate": 8000, "n_fft": 256, "win_length": 200, "hop_length": 80, "n_mels": 23, "f_max": 4000.0},
    ],
    ids=["standard", "short-window", "8-khz"],
)
def test_equal_to_torchaudio(changes: dict[str, Any], scale: MelScale, center: bool) -> None:
    import torch
    import torchaudio

    ours = log_mel(mel_scale=scale, center=center, **changes)
    theirs = torchaudio.transforms.MelSpectrogram(
        sample_rate=ours.sample_rate,
        n_fft=ours.n_fft,
        win_length=ours.win_length,
        hop_length=ours.hop_length,
        n_mels=ours.n_mels,
        f_min=ours.f_min,
        f_max=ours.f_max,
        power=2.0,
        norm=None,
        mel_scale=scale,
        center=center,
        pad_mode="reflect",
    )
    rng = np.random.default_rng(0)
    fade = np.linspace(-2, 0, 20_011)  # two decades of level
    signal = (voice(2.0)[:20_011] * 10**fade + 1e-3 * rng.normal(size=20_011)).astype(np.float32)
    expected = np.log(theirs(torch.from_numpy(signal)).numpy().T + ours.floor)
    features = ours(signal)
    assert features.shape == expected.shape
    np.testing.assert_allclose(features, expected, atol=1e-3)


# Shapes and settings


@pytest.mark.parametrize("center", [False, True])
@pytest.mark.parametrize(("n_fft", "hop"), [(64, 16), (64, 20), (63, 20), (64, 100)])
def test_frames_foretells_the_shape(n_fft: int, hop: int, center: bool) -> None:
    features = LogMel(**{**SMALL, "n_fft": n_fft, "win_length": n_fft, "hop_length": hop, "center": center})
    for count in [0, 1, 31, 32, 33, 62, 63, 64, 65, 79, 80, 83, 84, 85, 100, 1000]:
        assert features(np.zeros(count, np.float32)).shape == (features.frames(count), 2)


@pytest.mark.parametrize(
    ("count", "plain", "centred"), [(0, 0, 1), (511, 0, 2), (512, 1, 3), (767, 1, 3), (768, 2, 4), (40_000, 155, 157)]
)
def test_frames_by_hand(count: int, plain: int, centred: int) -> None:
    """Of 512 samples every 256; in 40 000 samples 1 + floor(39 488 / 256), centred 1 + floor(40 000 / 256)."""
    assert log_mel().frames(count) == plain
    assert log_mel(center=True).frames(count) == centred


@pytest.mark.parametrize("center", [False, True])
def test_a_batch_gives_what_each_gives(center: bool) -> None:
    features = log_mel(center=center)
    batch = np.stack([voice(0.5, seed=1), noise(0.5), silence(0.5)])
    result = features(batch)
    assert result.shape == (3, features.frames(8000), 64)
    assert result.dtype == np.float32
    for one, row in zip(batch, result, strict=True):
        np.testing.assert_array_equal(row, features(one))


def test_features_are_float32_whatever_comes_in() -> None:
    signal = voice(0.2)
    np.testing.assert_array_equal(log_mel()(signal.astype(np.float64)), log_mel()(signal))
    assert log_mel()(signal.astype(np.float64)).dtype == np.float32
    assert log_mel()(np.zeros(10, np.float32)).dtype == np.float32


def test_a_frame_depends_on_its_own_samples_alone() -> None:
    signal = voice(0.5)
    np.testing.assert_array_equal(log_mel()(signal[2560 : 2560 + 1024]), log_mel()(signal)[10:13])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"win_length": 0}, "win_length"),
        ({"win_length": 513}, r"win_length .* n_fft \(512\), not 513"),
        ({"n_fft": 0, "win_length": 0}, "win_length"),
        ({"hop_length": 0}, "hop_length"),
        ({"n_mels": 0}, "n_mels"),
        ({"f_min": -1.0}, "f_min"),
        ({"f_min": 8000.0}, "f_min"),
        ({"f_max": 8001.0}, "f_max <= 8000 Hz"),
        ({"sample_rate": 8000}, "f_max <= 4000 Hz"),
        ({"f_min": float("nan")}, "f_min"),
        ({"mel_scale": "bark"}, "htk or slaney, not 'bark'"),
        ({"floor": 0.0}, "floor"),
        ({"floor": float("nan")}, "floor"),
    ],
)
def test_settings_that_contradict_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        log_mel(**changes)


# Normalisation


def speech() -> FloatArray:
    """As from a microphone: a voice at about -26 dB over some noise."""
    return (0.1 * voice(2.5) + noise(2.5, level=1e-4)).astype(np.float32)


def test_a_window_has_mean_0_and_deviation_1() -> None:
    normalised = Normalisation(range_db=60.0)(log_mel()(speech()))
    assert normalised.dtype == np.float32
    assert normalised.mean() == pytest.approx(0.0, abs=1e-4)
    assert normalised.std() == pytest.approx(1.0, abs=1e-4)


def test_little_variety_is_brought_to_deviation_1_as_well() -> None:
    np.testing.assert_allclose(Normalisation(range_db=80.0)(np.array([[5.01, 4.99]], np.float32)), [[1, -1]], atol=1e-3)


@pytest.mark.parametrize("decibel", [-20, -6, 6, 20])
def test_the_level_does_not_matter(decibel: int) -> None:
    front_end = made(range_db=60.0)
    louder = speech() * np.float32(10 ** (decibel / 20))
    np.testing.assert_allclose(front_end(louder), front_end(speech()), atol=1e-3)


def test_only_the_range_below_the_peak_is_kept() -> None:
    """20 dB of power are ln(100): of 0, -2, -10 the last is raised to -ln(100), then mean and deviation go."""
    kept = np.array([0.0, -2.0, -np.log(100.0)])
    expected = (kept - kept.mean()) / kept.std()
    features = np.array([[0.0, -2.0, -10.0]], np.float32)
    np.testing.assert_allclose(Normalisation(range_db=20.0)(features), [expected], atol=1e-6)
    np.testing.assert_allclose(Normalisation(range_db=20.0)(features + 7), [expected], atol=1e-6)


def test_by_peak_the_range_becomes_0_to_1() -> None:
    """20 dB of power are ln(100): half of them below the peak is 0.5, what lies lower than all of them 0."""
    features = np.array([[0.0, -np.log(10.0), -10.0]], np.float32)
    by_peak = Normalisation(range_db=20.0, method="peak")
    np.testing.assert_allclose(by_peak(features), [[1.0, 0.5, 0.0]], atol=1e-6)
    np.testing.assert_allclose(by_peak(features + 7), [[1.0, 0.5, 0.0]], atol=1e-6)


def test_digital_silence_around_speech_weighs_no_more_than_the_range() -> None:
    """A frame of digital zeros lies at the line, not at the floor of the logarithm."""
    signal = speech()
    signal[20_000:] = 0.0
    normalised = Normalisation(range_db=40.0)(log_mel()(signal))
    features = log_mel()(signal)
    scale = np.std(np.maximum(features, features.max() - 4 * np.log(10)))
    assert normalised.max() - normalised.min() == pytest.approx(4 * np.log(10) / scale, rel=1e-4)


@pytest.mark.parametrize("frames", [1, 100, 155, 500])
def test_a_window_of_zeros_becomes_a_constant_near_0(frames: int) -> None:
    """The mean of equal numbers is off by a last bit of float32 at most: 2e-6, over the least deviation 1e-5."""
    features = log_mel()(np.zeros(512 + 256 * (frames - 1), np.float32))
    normalised = Normalisation(range_db=80.0)(features)
    assert np.ptp(normalised) == 0.0
    assert np.abs(normalised).max() < 0.2


def test_no_frames_are_no_frames() -> None:
    assert Normalisation(range_db=80.0)(np.zeros((0, 64), np.float32)).shape == (0, 64)


def test_each_window_of_a_batch_is_normalised_by_itself() -> None:
    features = log_mel()(np.stack([speech(), noise(2.5, level=1e-3)]))
    normalise = Normalisation(range_db=80.0)
    for one, row in zip(features, normalise(features), strict=True):
        np.testing.assert_allclose(row, normalise(one), atol=1e-5)


@pytest.mark.parametrize("range_db", [0.0, -80.0, float("nan")])
def test_a_range_that_is_none_is_refused(range_db: float) -> None:
    with pytest.raises(SettingsError, match="range_db"):
        Normalisation(range_db=range_db)


# The front end


@pytest.fixture
def front_end() -> FrontEnd:
    return made()


@pytest.mark.parametrize(("count", "frames"), [(0, 0), (511, 0), (512, 1), (12_000, 45), (39_999, 155), (40_000, 155)])
def test_short_speech_is_padded_on_the_right_with_zeros(front_end: FrontEnd, count: int, frames: int) -> None:
    result = front_end(speech()[:count])
    assert result.shape == front_end.shape == (155, 64)
    assert result.dtype == np.float32
    assert np.all(result[frames:] == 0.0)
    np.testing.assert_array_equal(result[:frames], Normalisation(range_db=80.0)(log_mel()(speech()[:count])))


def test_long_speech_keeps_its_end(front_end: FrontEnd) -> None:
    signal = voice(3.0)
    np.testing.assert_array_equal(front_end(signal), front_end(signal[-40_000:]))
    assert not np.array_equal(front_end(signal), front_end(signal[:40_000]))


def test_a_batch_of_one_length(front_end: FrontEnd) -> None:
    batch = np.stack([voice(1.0, seed=1), voice(1.0, seed=2)])
    result = front_end(batch)
    assert result.shape == (2, 155, 64)
    for one, row in zip(batch, result, strict=True):
        np.testing.assert_allclose(row, front_end(one), atol=1e-5)
