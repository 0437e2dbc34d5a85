"""Whole recordings: from a path, from an array, and one verdict for a clip."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
from voices import silence, voice

import ser_live
from ser_live import EmotionPipeline, Prediction, analyze, verdict
from ser_live.classifier import Classifier
from ser_live.errors import ModelError, NonFiniteSampleError, SettingsError, SourceError

RATE = 16_000


def prediction(speech_seconds: float, **probabilities: float) -> Prediction:
    return Prediction(
        start=0.0,
        end=1.0,
        available=1.0,
        speech_seconds=speech_seconds,
        probabilities=probabilities,
        smoothed=probabilities,
        label="sad",
        state="provisional",
    )


def test_an_array_gives_what_the_pipeline_gives(tiny: Classifier) -> None:
    samples = voice(3)
    pipeline = EmotionPipeline(tiny, sample_rate=RATE, step=0.5)
    records = pipeline.feed(samples) + pipeline.flush()
    found = analyze((samples, RATE), model=tiny, step=0.5)
    assert found == [record for record in records if isinstance(record, Prediction)]
    assert len(found) > 4


@pytest.mark.parametrize("rate", [8_000, 44_100])
def test_a_file_gives_what_its_samples_give(rate: int, tiny: Classifier, tmp_path: Path) -> None:
    samples = np.stack([voice(2, sample_rate=rate), silence(2, sample_rate=rate)], axis=1)
    path = tmp_path / "talk.wav"
    soundfile.write(path, samples, rate, subtype="FLOAT")
    for channels in ("mix", "left"):
        found = analyze(path, model=tiny, channels=channels)
        assert found
        assert found == analyze(str(path), model=tiny, channels=channels)
        assert found == analyze((samples, rate), model=tiny, channels=channels)
    assert analyze(path, model=tiny, channels="right") == []


def test_sixteen_bits_are_the_same_as_their_floats(tiny: Classifier) -> None:
    samples = np.round(voice(2) * 32768).astype(np.int16)
    floats = samples.astype(np.float32) / 32768
    assert analyze((samples, RATE), model=tiny) == analyze((floats, RATE), model=tiny)
    assert analyze((floats.astype(np.float64), RATE), model=tiny) == analyze((floats, RATE), model=tiny)


def test_a_path_to_the_model_and_the_device(tiny_path: Path) -> None:
    assert analyze((voice(1), RATE), model=tiny_path, device="cpu")


def test_a_file_that_is_cut_short_warns(tiny: Classifier, tmp_path: Path) -> None:
    path = tmp_path / "cut.wav"
    soundfile.write(path, voice(3), RATE)
    path.write_bytes(path.read_bytes()[:50_000])
    with pytest.warns(UserWarning, match="promises 3"):
        assert analyze(path, model=tiny)


def test_channels_that_cancel_are_told_and_heard(tiny: Classifier, tmp_path: Path) -> None:
    talk = voice(3)
    signal = np.stack([talk, -talk], axis=1)
    soundfile.write(tmp_path / "x.wav", signal, RATE, subtype="FLOAT")
    for source in (tmp_path / "x.wav", (signal, RATE)):
        with pytest.warns(UserWarning, match="opposite phase") as told:
            assert analyze(source, model=tiny)
        assert len(told) == 1
        assert told[0].filename == __file__


def test_errors_are_stated(tiny: Classifier, tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        analyze(tmp_path / "missing.wav", model=tiny)
    with pytest.raises(ModelError):
        analyze((silence(1), RATE), model=tmp_path / "missing.onnx")
    with pytest.raises(NonFiniteSampleError):
        analyze((np.full(9, np.nan), RATE), model=tiny)
    for samples in (np.zeros((2, 2, 2)), np.zeros((2, 16_000)), np.zeros(9, np.int64), np.float32(1)):
        with pytest.raises(SettingsError, match="samples must be"):
            analyze((samples, RATE), model=tiny)
    with pytest.raises(SettingsError, match="channel"):
        analyze((silence(1), RATE), model=tiny, channels="right")
    with pytest.raises(SettingsError, match="step"):
        analyze((silence(1), RATE), model=tiny, step=0)
    with pytest.raises(SettingsError, match="pace"):
        analyze((silence(1), RATE), model=tiny, pace=1)


def test_the_verdict_is_weighted_by_speech() -> None:
    found = verdict([prediction(1.0, sad=0.9, happy=0.1), prediction(3.0, sad=0.1, happy=0.9)])
    assert found == pytest.approx({"sad": 0.3, "happy": 0.7})
    assert verdict([]) is None


def test_the_package_offers_both() -> None:
    assert ser_live.analyze is analyze
    assert ser_live.verdict is verdict
    with pytest.raises(AttributeError):
        _ = ser_live.nothing


def espeak(path: Path) -> Path:
    words = "I have been waiting for two weeks, and nobody could tell me where my parcel is."
    try:
        subprocess.run(["espeak-ng", "-w", path, words], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("espeak-ng is not installed")
    return path


def test_speech_is_found_in_a_synthetic_voice(tiny: Classifier, tmp_path: Path) -> None:
    found = analyze(espeak(tmp_path / "talk.wav"), model=tiny)
    assert len(found) > 8
    assert sum((verdict(found) or {}).values()) == pytest.approx(1)


@pytest.mark.corpora
@pytest.mark.parametrize(
    "clip", ["cremad/AudioWAV/1001_DFA_ANG_XX", "ravdess/Actor_01/03-01-01-01-01-01-01", "emodb/wav/03a01Fa"]
)
def test_speech_is_found_in_real_voices(clip: str, tiny: Classifier, corpora: Path) -> None:
    (path,) = corpora.glob(f"{clip}.*")
    found = analyze(path, model=tiny)
    assert found
    assert found[-1].speech_seconds > 0.5
    assert found[-1].end < soundfile.info(path).duration
