"""Hand-made features and filters do to a signal what their papers say."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from voices import silence, tone, voice

from ser_live.errors import ModelError
from ser_live.features import handmade

RATE = 22_050


@pytest.mark.papers
def test_averaged_features_are_those_of_librosa_one_by_one() -> None:
    import librosa

    signal = voice(1.0, sample_rate=RATE)
    expected = (
        librosa.feature.zero_crossing_rate(y=signal),
        librosa.feature.chroma_stft(S=np.abs(librosa.stft(signal)), sr=RATE),
        librosa.feature.mfcc(y=signal, sr=RATE, n_mfcc=20),
        librosa.feature.rms(y=signal),
        librosa.feature.melspectrogram(y=signal, sr=RATE),
    )
    features = handmade.averaged(signal, RATE)
    assert features.shape == (handmade.AVERAGED,)
    assert features.dtype == np.float32
    np.testing.assert_allclose(features, np.concatenate([part.mean(axis=1) for part in expected]), rtol=1e-4, atol=1e-6)


@pytest.mark.papers
def test_a_tone_shows_in_the_features_it_should() -> None:
    features = handmade.averaged(tone(440.0, 1.0, sample_rate=RATE), RATE)
    assert features[0] == pytest.approx(2 * 440 / RATE, rel=0.05)  # it crosses zero twice a period
    assert int(features[1:13].argmax()) == 9  # A, counted from C
    frames = handmade.frames(tone(440.0, 1.0, sample_rate=RATE), RATE)
    assert frames.shape == (1 + RATE // handmade.HOP, handmade.FRAMES)
    assert int(frames[10, 21:].argmax()) == 9


@pytest.mark.papers
@pytest.mark.parametrize("samples", [0, 1, 2047, 2048, 5000])
def test_silence_of_any_length_has_finite_features(samples: int) -> None:
    signal = np.zeros(samples, np.float32)
    assert np.isfinite(handmade.averaged(signal, RATE)).all()
    frames = handmade.frames(signal, RATE)
    assert frames.shape == (handmade.frame_count(samples), handmade.FRAMES)
    assert np.isfinite(frames).all()
    np.testing.assert_array_equal(handmade.wiener(signal), signal)
    assert not handmade.trim(signal).any()


@pytest.mark.papers
def test_trim_cuts_the_ends_and_not_the_middle() -> None:
    pause = silence(0.5, sample_rate=RATE)
    speech = np.concatenate([tone(300.0, 0.5, sample_rate=RATE), pause, tone(300.0, 0.5, sample_rate=RATE)])
    trimmed = handmade.trim(np.concatenate([pause, speech, pause]))
    assert len(speech) <= len(trimmed) < len(speech) + 0.2 * RATE


@pytest.mark.papers
def test_wiener_takes_noise_away_and_leaves_the_tone() -> None:
    clean = tone(200.0, 1.0, sample_rate=44_100)
    noise = np.random.default_rng(0).normal(0, 0.02, len(clean)).astype(np.float32)
    filtered = handmade.wiener(clean + noise)
    assert filtered.dtype == np.float32
    assert np.std(filtered - clean) < 0.8 * np.std(noise)


@pytest.mark.parametrize("module", ["librosa", "scipy.signal"])
def test_without_the_extra_one_sentence_names_it(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ModelError, match=r'pip install "ser-live\[papers\]"') as caught:
        handmade.wiener(voice(0.1))
    assert "\n" not in str(caught.value)
