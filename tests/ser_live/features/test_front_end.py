"""Models of the papers, each with the front end its contract asks for, in the live pipeline."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from program import run
from tiny_model import FEATURES, tiny_contract, tiny_model
from voices import tone, voice

from ser_live import analyze
from ser_live.app.info import model_lines
from ser_live.classifier import Classifier
from ser_live.contract import Contract, FeatureSettings, HandmadeSettings
from ser_live.errors import ModelError
from ser_live.features.from_contract import front_end_of, peak, z_score
from ser_live.features.front_end import FrontEnd
from ser_live.features.log_mel import LogMel

# Kanoun et al., Yadav et al., Davies and Chen, and the frame features of the fifth
T = tiny_contract(preprocessing=("peak",))
Y = tiny_contract(
    sample_rate=44_100,
    window_seconds=3.0,
    preprocessing=("trim", "wiener"),
    normalisation="z-score",
    range_db=None,
    features=FeatureSettings(
        n_fft=2048,
        win_length=2048,
        hop_length=512,
        n_mels=128,
        f_min=0.0,
        f_max=22_050.0,
        mel_scale="htk",
        floor=1e-10,
        center=True,
    ),
)
D = tiny_contract(sample_rate=22_050, features=HandmadeSettings(kind="averaged"), normalisation="none", range_db=None)
R = tiny_contract(sample_rate=22_050, features=HandmadeSettings(kind="frames"), normalisation="z-score", range_db=None)
FAMILIES = [
    pytest.param(T, (155, 16), id="T"),
    pytest.param(Y, (259, 128), id="Y", marks=pytest.mark.papers),
    pytest.param(D, (162,), id="D", marks=pytest.mark.papers),
    pytest.param(R, (108, 33), id="R", marks=pytest.mark.papers),
]


@pytest.mark.parametrize(("contract", "shape"), FAMILIES)
def test_a_family_runs_live(tmp_path: Path, contract: Contract, shape: tuple[int, ...]) -> None:
    model = tiny_model(tmp_path / "model.onnx", contract=contract, sharpness=0.1)
    classifier = Classifier(model, "cpu")
    assert classifier.front_end.shape == shape
    for seconds in (0.0, 0.4, contract.input.window_seconds, 4.0):
        inputs = classifier.front_end(voice(seconds, sample_rate=contract.input.sample_rate))
        assert inputs.shape == shape
        assert inputs.dtype == np.float32
        assert np.isfinite(inputs).all()
    speech = voice(3.0)
    predictions = analyze((speech, 16_000), model=classifier, vad="off")
    assert len(predictions) == len(analyze((speech, 16_000), model=tiny_model(tmp_path / "plain.onnx"), vad="off"))
    assert len({max(p.probabilities.values()) for p in predictions}) > 3  # it hears what changes
    for prediction in predictions:
        assert sum(prediction.probabilities.values()) == pytest.approx(1.0, abs=1e-6)
    assert any(str(contract.input.features) in line for line in model_lines(model, "cpu"))


@pytest.mark.papers
@pytest.mark.parametrize("contract", [Y, D], ids=["Y", "D"])
def test_the_program_runs_it(tmp_path: Path, contract: Contract) -> None:
    model = tiny_model(tmp_path / "model.onnx", contract=contract, sharpness=0.1)
    soundfile.write(tmp_path / "voice.wav", voice(3.0), 16_000)
    result = run("--file", tmp_path / "voice.wav", "--model", model, "--vad", "off", "--format", "jsonl")
    assert result.code == 0
    assert sum(record["type"] == "prediction" for record in result.records) > 3


@pytest.mark.parametrize("contract", [Y, D, R], ids="YDR")
def test_without_the_extra_the_model_is_refused_before_anything_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, contract: Contract
) -> None:
    model = tiny_model(tmp_path / "model.onnx", contract=contract)
    monkeypatch.setitem(sys.modules, "librosa", None)
    with pytest.raises(ModelError, match=r"ser-live\[papers\]"):
        Classifier(model, "cpu")


def test_log_mel_alone_needs_no_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "librosa", None)
    contract = with_input(Y, preprocessing=("peak",))
    model = Classifier(tiny_model(tmp_path / "model.onnx", contract=contract, sharpness=0.1), "cpu")
    assert model(voice(1.0, sample_rate=44_100)).shape == (6,)


# What the parts do


def with_input(contract: Contract, **changes: Any) -> Contract:
    return replace(contract, input=replace(contract.input, **changes))


def test_peak_is_one_and_silence_stays() -> None:
    assert np.abs(peak(voice(1.0))).max() == pytest.approx(1.0)
    np.testing.assert_allclose(peak(voice(1.0) * np.float32(0.01)), peak(voice(1.0)), rtol=1e-5)
    assert not peak(np.zeros(10, np.float32)).any()
    assert peak(np.zeros(0, np.float32)).shape == (0,)


def test_z_score_sees_the_padding_too() -> None:
    front_end = front_end_of(replace(Y.input, preprocessing=()))
    inputs = front_end(voice(1.0, sample_rate=44_100))
    assert inputs.mean() == pytest.approx(0.0, abs=1e-4)
    assert inputs.std() == pytest.approx(1.0, abs=1e-4)
    assert inputs[-1].max() < inputs[:50].min() + 1e-3  # nothing is under digital silence
    np.testing.assert_array_equal(z_score(np.full((3, 2), 7.0, np.float32)), np.zeros((3, 2)))


def test_without_normalisation_features_are_as_they_come() -> None:
    front_end = front_end_of(tiny_contract(normalisation="none", range_db=None).input)
    signal = voice(2.5)
    np.testing.assert_array_equal(front_end(signal), LogMel(sample_rate=16_000, **vars(FEATURES))(signal))


def test_steps_come_in_the_order_of_the_contract_and_before_the_cut() -> None:
    calls = []

    def step(name: str) -> object:
        def note(samples: np.ndarray) -> np.ndarray:
            calls.append((name, len(samples)))
            return samples[1:]

        return note

    steps: Any = (step("a"), step("b"))
    front_end = FrontEnd(shape=(8,), window_samples=8, steps=steps, features=np.asarray, finish=np.asarray)
    np.testing.assert_array_equal(front_end(np.arange(12, dtype=np.float32)), np.arange(4, 12))
    assert calls == [("a", 12), ("b", 11)]


@pytest.mark.papers
def test_the_log_mel_of_yadav_is_librosas() -> None:
    """2595 log10(1 + f / 700), Hann 2048, hop 512, decibels with reference 1; ours are natural logarithms."""
    import librosa

    signal = voice(3.0, sample_rate=44_100)
    mel = librosa.feature.melspectrogram(
        y=signal, sr=44_100, n_fft=2048, hop_length=512, n_mels=128, htk=True, norm=None, pad_mode="reflect"
    )
    expected = librosa.power_to_db(mel + 1e-10, ref=1.0, amin=1e-12, top_db=None).T
    np.testing.assert_allclose(front_end_of(replace(Y.input, preprocessing=()))(signal), z_score(expected), atol=1e-2)


def test_a_frame_longer_than_the_window_is_named() -> None:
    features = replace(FEATURES, n_fft=8192, win_length=8192)
    with pytest.raises(ModelError, match=r"`input\.features\.n_fft` is 8192"):
        front_end_of(replace(Y.input, preprocessing=(), window_seconds=0.1, features=features))


def test_a_tone_is_where_it_should_be_at_another_rate() -> None:
    inputs = front_end_of(replace(Y.input, preprocessing=("peak",)))(tone(10_000.0, 3.0, sample_rate=44_100))
    middle = 129 * np.log10(1 + 10_000 / 700) / np.log10(1 + 22_050 / 700) - 1  # of 128 bands
    assert inputs.mean(axis=0).argmax() == pytest.approx(middle, abs=1)
