"""The pipeline on silence, loud and quiet signals, kinds of numbers, and real speech."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from records import events, listen, predictions
from voices import noise, silence, tone, voice

from ser_live.classifier import Classifier
from ser_live.errors import NonFiniteSampleError, SettingsError
from ser_live.pipeline import EmotionPipeline
from ser_live.types import FloatArray


@pytest.mark.parametrize("signal", [silence(3.0), noise(3.0), tone(1000, 3.0), silence(0.0), silence(1 / 16_000)])
def test_no_speech_no_records(tiny: Classifier, signal: FloatArray) -> None:
    assert listen(tiny, signal) == []


@pytest.mark.parametrize("hertz", [120, 160, 220, 300, 440])
def test_a_tone_that_sets_in_shows_no_emotion(tiny: Classifier, hertz: int) -> None:
    """Silero takes its first moments for a vowel: enough for the last window of an utterance, for no other."""
    found = predictions(listen(tiny, tone(hertz, 3.0)))
    assert len(found) <= 1
    assert all(prediction.state == "warming-up" for prediction in found)


def test_full_scale_and_clipped_speech(tiny: Classifier) -> None:
    for gain in (2.0, 20.0):
        found = predictions(listen(tiny, np.clip(voice(2.0) * np.float32(gain), -1, 1)))
        assert len(found) >= 5
        assert all(np.isfinite(list(p.probabilities.values())).all() for p in found)


def test_samples_beyond_all_reason_still_give_probabilities(tiny: Classifier) -> None:
    """Their squares would be infinite."""
    for p in predictions(listen(tiny, voice(2.0) * np.float32(1e38), vad="off")):
        assert sum(p.probabilities.values()) == pytest.approx(1.0, abs=1e-6)


def test_a_constant_offset_changes_little(tiny: Classifier, talk: FloatArray) -> None:
    plain, offset = predictions(listen(tiny, talk)), predictions(listen(tiny, talk + np.float32(0.1)))
    assert abs(len(plain) - len(offset)) <= 1
    for a, b in zip(plain, offset, strict=False):
        assert abs(a.start - b.start) <= 0.1
        assert np.abs(np.subtract([*a.probabilities.values()], [*b.probabilities.values()])).max() < 0.05


@pytest.mark.parametrize("decibel", [-20, 6])
def test_the_level_changes_little(tiny: Classifier, talk: FloatArray, decibel: int) -> None:
    plain, other = (
        predictions(listen(tiny, signal, vad="off")) for signal in (talk, talk * np.float32(10 ** (decibel / 20)))
    )
    assert len(plain) == 14
    for a, b in zip(plain, other, strict=True):
        np.testing.assert_allclose([*a.probabilities.values()], [*b.probabilities.values()], atol=2e-3)


@pytest.mark.parametrize("decibel", [-30, -20, -10, 6])
def test_quieter_speech_is_found_as_well(tiny: Classifier, talk: FloatArray, decibel: int) -> None:
    plain, other = (predictions(listen(tiny, s)) for s in (talk, talk * np.float32(10 ** (decibel / 20))))
    assert abs(len(plain) - len(other)) <= 1
    assert abs(plain[0].start - other[0].start) <= 0.1


def test_kinds_of_numbers(tiny: Classifier, talk: FloatArray) -> None:
    whole = (talk * 32768).astype(np.int16)
    exact = whole.astype(np.float32) / 32768
    records = listen(tiny, exact)
    assert predictions(records)
    assert listen(tiny, whole) == records
    assert listen(tiny, exact.astype(np.float64)) == records
    assert listen(tiny, exact[::-1][::-1]) == records


def test_what_is_fed_is_not_changed(tiny: Classifier) -> None:
    signal = voice(1.5)
    listen(tiny, signal)
    np.testing.assert_array_equal(signal, voice(1.5))


def test_a_buffer_may_be_used_again(tiny: Classifier, talk: FloatArray) -> None:
    """As a sound card's driver does: what was fed must have been copied."""
    pipeline, buffer, records = EmotionPipeline(tiny), np.empty(100, np.float32), []
    for start in range(0, len(talk), 100):
        buffer[:] = talk[start : start + 100]
        records += pipeline.feed(buffer)
        buffer[:] = np.nan
    assert records + pipeline.flush() == listen(tiny, talk)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((100, 2), np.float32), "one channel .* not 2 axes"),
        (np.float32(0.5), "not 0 axes"),
        (np.zeros(100, np.int32), "int32"),
        (np.zeros(100, np.uint8), "uint8"),
        (np.zeros(100, np.bool_), "bool"),
        (np.zeros(100, np.complex64), "complex64"),
        (np.array(["a"]), "<U1"),
    ],
)
def test_what_is_no_mono_signal_is_refused_and_nothing_taken(tiny: Classifier, array: Any, message: str) -> None:
    pipeline = EmotionPipeline(tiny)
    before = pipeline.feed(voice(1.0))
    with pytest.raises(SettingsError, match=message):
        pipeline.feed(array)
    assert before + pipeline.feed(voice(1.0)) + pipeline.flush() == listen(tiny, np.tile(voice(1.0), 2))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("index", [0, 3, 699])
def test_a_sample_that_is_no_number_is_named_and_nothing_taken(tiny: Classifier, value: float, index: int) -> None:
    signal = voice(2.0, sample_rate=8000)
    spoilt = signal[10_007:10_707].copy()
    spoilt[index] = value
    spoilt[index + 1 :] = np.nan
    pipeline = EmotionPipeline(tiny, sample_rate=8000)
    records = pipeline.feed(signal[:10_007])
    with pytest.raises(NonFiniteSampleError) as caught:
        pipeline.feed(spoilt)
    assert caught.value.index == index
    assert f"at {(10_007 + index) / 8000:.3f} s" in str(caught.value)
    assert records + pipeline.feed(signal[10_007:]) + pipeline.flush() == listen(tiny, signal, 8000)


def test_a_double_beyond_float32_is_no_number(tiny: Classifier) -> None:
    with pytest.raises(NonFiniteSampleError) as caught:
        EmotionPipeline(tiny).feed(np.array([0.0, 1e300]))
    assert caught.value.index == 1


@pytest.mark.corpora
def test_acted_clips_get_predictions(tiny: Classifier, corpora: Path) -> None:
    """Of CREMA-D, half of whose clips hold less than 1.62 s of speech. Measured: 58 of 60."""
    paths = sorted((corpora / "cremad" / "AudioWAV").iterdir())[::250]
    assert len(paths) == 30
    heard = 0
    for path in paths:
        samples, rate = soundfile.read(path, dtype="float32")
        records = listen(tiny, samples, rate)
        heard += bool(predictions(records))
        assert all(p.end <= p.available <= round(len(samples) / rate, 6) for p in predictions(records))
    assert heard >= 27


@pytest.mark.corpora
def test_a_meeting(tiny: Classifier, corpora: Path) -> None:
    """Half a minute, in which people speak for 15.5 s: about a prediction for every 0.25 s of it."""
    samples, rate = soundfile.read(corpora / "meetings" / "dev01.flac", dtype="float32")
    records = listen(tiny, samples, rate)
    spoken = sum(event.fields.get("speech_seconds", 0.0) for event in events(records, "speech"))
    assert 11 <= spoken <= 18.5
    utterances = len(events(records, "speech")) // 2
    assert utterances >= 2
    # an utterance's first prediction comes after 0.75 s, or at its end from 0.3 s on
    assert spoken / 0.25 - 3 * utterances <= len(predictions(records)) <= spoken / 0.25
