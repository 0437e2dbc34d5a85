# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""A model of each family: trained by the command on made recordings, exported, and heard by `ser-live`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny_system import tiny_ravdess, tiny_system
from voices import voice

pytestmark = [pytest.mark.train, pytest.mark.papers]
torch = pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

import onnx
import soundfile
from onnx import numpy_helper
from rich.console import Console
from ser_train.commands.paper import PaperRequest, run_paper
from ser_train.errors import TrainingError
from ser_train.export.to_onnx import read_contract
from ser_train.networks import build_model
from ser_train.networks.attention_encoder import EncoderSettings
from ser_train.networks.warm_start import Start, save_start

from ser_live import analyze
from ser_live.classifier import Classifier

LOG_MEL = """
[features.log_mel]
n_fft = {n_fft}
win_length = {n_fft}
hop_length = {hop}
n_mels = {bands}
f_min = 0.0
f_max = {top}
mel_scale = "htk"
floor = 1e-10
center = {center}
"""
FAMILIES = {
    "T": 'kind = "log-mel"\nsample_rate = 16000\nwindow_seconds = 2.5\npreprocessing = ["peak"]\nrange_db = 80.0\n'
    + LOG_MEL.format(n_fft=1024, hop=256, bands=16, top=8000, center="false")
    + '[model]\narchitecture = "attention-crnn"\nchannels = [2, 2]\nlstm = [4, 4]\ndense = 4\n',
    "Y": 'kind = "log-mel"\nsample_rate = 44100\nwindow_seconds = 3.0\npreprocessing = ["trim", "wiener"]\n'
    + 'normalisation = "z-score"\n'
    + LOG_MEL.format(n_fft=2048, hop=512, bands=128, top=22050, center="true")
    + '[model]\narchitecture = "local-feature-crnn"\nchannels = [2, 2, 2, 2]\nlstm = 4\n',
    "D": 'kind = "averaged"\n'
    + '[model]\narchitecture = "feature-crnn"\nchannels = [2]\nkernels = [5]\nactivations = ["relu"]\n',
    "R": 'kind = "frames"\nwindow_seconds = 1.0\n'
    + '[model]\narchitecture = "frame-crnn"\nchannels = [4, 4, 4]\nlstm = [4, 4]\ndense = 4\n',
}
RECIPE = """
paper = "{paper}"
title = "a tiny system"
published = 0.5
corpora = ["ravdess"]
labels = "eight"
choices = ["everything is tiny"]

[features]
{front}
[fit]
epochs = 1
batch = 64

[protocols.published]
kind = "clips"
text = "random over clips"
test = 0.2
validation = 0.2
"""


def _run(recipe: Path, data: Path, start: Path | None = None) -> None:
    """Run a system; results, cache and `model.onnx` go beside its recipe."""
    request = PaperRequest(
        system=str(recipe),
        data=(data,),
        protocols=("published",),
        out=recipe.parent / "results",
        export=recipe.parent / "model.onnx",
        device=torch.device("cpu"),
        cache=recipe.parent / "cache",
        start=start,
    )
    run_paper(request, Console(quiet=True))


@pytest.mark.parametrize("paper", FAMILIES)
def test_a_family_is_trained_exported_and_heard(tmp_path: Path, paper: str) -> None:
    (data := tmp_path / "data").mkdir()
    tiny_ravdess(data)
    recipe = tiny_system(tmp_path, RECIPE.format(paper=paper, front=FAMILIES[paper]))
    _run(recipe, data)
    classifier = Classifier(tmp_path / "model.onnx", "cpu")
    assert len(classifier.labels) == 8
    soundfile.write(tmp_path / "voice.wav", voice(2.0), 16_000)
    predictions = analyze(tmp_path / "voice.wav", model=classifier, vad="off")
    assert len(predictions) >= 5
    assert len({tuple(prediction.probabilities.values()) for prediction in predictions}) > 1


ENCODER = (
    'kind = "log-mel"\nsample_rate = 16000\nwindow_seconds = 1.0\nnormalisation = "peak"\nrange_db = 80.0\n'
    + LOG_MEL.format(n_fft=400, hop=160, bands=16, top=8000, center="false")
    + '[model]\narchitecture = "attention-encoder"\nwidth = 12\nheads = 2\ndense = 1\n'
)


def test_a_system_begins_with_the_weights_that_it_asks_for(tmp_path: Path) -> None:
    (data := tmp_path / "data").mkdir()
    tiny_ravdess(data)
    text = RECIPE.format(paper="T", front=ENCODER).replace("batch = 64", "batch = 64\nstart_rate = 0.0")
    plain = tiny_system(tmp_path, text)
    asking = tmp_path / "asking.toml"
    asking.write_text(plain.read_text().replace('paper = "T"', 'paper = "T"\nstart = "encoder"'))
    network = build_model(
        "attention-encoder", labels=8, n_mels=16, settings=EncoderSettings(width=12, heads=2, dense=1)
    )
    origin = {"encoder": {"name": "made"}}
    weights = {name: weight for name, weight in network.state_dict().items() if not name.startswith("output")}
    save_start(tmp_path / "encoder.weights", Start(weights=weights, speakers=[], origin=origin))
    with pytest.raises(TrainingError, match="give its weights by --start"):
        _run(asking, data)
    with pytest.raises(TrainingError, match="leave --start away"):
        _run(plain, data, tmp_path / "encoder.weights")
    _run(asking, data, tmp_path / "encoder.weights")
    assert read_contract(tmp_path / "model.onnx").training["start"] == origin
    kept = {c.name: numpy_helper.to_array(c) for c in onnx.load(tmp_path / "model.onnx").graph.initializer}
    weight = network.conv1.weight.detach().numpy()
    assert any(value.shape == weight.T.shape and np.array_equal(value, weight.T) for value in kept.values())
