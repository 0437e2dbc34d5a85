# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""Export: equal to torch or not at all, the contract inside, and the int8 variant with figures of its own."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import soundfile
from made_results import clip
from onnx import numpy_helper
from rich.console import Console
from tiny_model import FEATURES, SIX, tiny_contract, tiny_model
from voices import voice

pytestmark = pytest.mark.train
torch: Any = pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

from ser_train.commands.export_int8 import export_int8
from ser_train.corpora import Clip
from ser_train.errors import TrainingError
from ser_train.export.calibration import fit_temperature
from ser_train.export.contract import contract_of, read_contract, rewrite_contract, write_with_contract
from ser_train.export.int8 import int8_path, model_inputs, quantise
from ser_train.export.to_onnx import export
from ser_train.networks.crnn import AttentionCRNN, CRNNSettings
from ser_train.splits import Split

from ser_live import analyze
from ser_live.classifier import Classifier, softmax
from ser_live.contract import TEMPERATURES

RATE = 16_000
CONTRACT = tiny_contract(attention="attention", training={"corpora": [], "seed": 7}, abstention=0.25)


@pytest.fixture(scope="module")
def network() -> Any:
    """A small attention CRNN with fresh weights, for the tiny contract's features."""
    torch.manual_seed(0)
    settings = CRNNSettings(channels=(8, 16), lstm=(32, 16))
    return AttentionCRNN(labels=6, n_mels=FEATURES.n_mels, settings=settings).eval()


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Clip]:
    """Six clips of two speakers."""
    folder = tmp_path_factory.mktemp("clips")
    made = []
    for n, label in enumerate(SIX):
        path = folder / f"{label}.wav"
        soundfile.write(path, voice(1.5, seed=n, pitch=90 + 30 * n), RATE)
        made.append(clip(label, f"s{n % 2}", path=path))
    return made


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory, clips: list[Clip]) -> Any:
    """Real inputs of the live pipeline, `(windows, frames, n_mels)`."""
    return model_inputs(tiny_model(tmp_path_factory.mktemp("m") / "m.onnx"), clips)


def write(graph: onnx.ModelProto, path: Path) -> Path:
    write_with_contract(graph, contract_of(graph), path)
    return path


def split(train: list[Clip], validation: list[Clip]) -> Split:
    return Split(name="", sides={"train": train, "validation": validation, "test": []}, protocol="six made clips")


@pytest.fixture
def model(network: Any, windows: Any, tmp_path: Path) -> Path:
    """The network, exported."""
    return write(export(network, CONTRACT, torch.from_numpy(windows)), tmp_path / "m.onnx")


def test_temperature_finds_the_true_one() -> None:
    generator = torch.Generator().manual_seed(0)
    calibrated = torch.randn(20_000, 6, generator=generator) * 2
    truth = torch.multinomial(calibrated.softmax(1), 1, generator=generator)[:, 0]
    alone, second = torch.arange(20_000), torch.ones(20_000)
    assert fit_temperature(calibrated * 2.5, truth, alone, second) == pytest.approx(2.5, rel=0.05)


def test_the_temperature_of_logits_that_tell_nothing_can_be_stated() -> None:
    generator = torch.Generator().manual_seed(0)
    logits, truth = torch.randn(300, 6, generator=generator), torch.randint(6, (300,), generator=generator)
    temperature = fit_temperature(logits, truth, torch.arange(300), torch.ones(300))
    assert TEMPERATURES[0] <= temperature <= TEMPERATURES[1]
    assert temperature > 10


def test_temperature_is_that_of_the_clips_verdicts() -> None:
    """Two windows of 1 and 3 s that contradict each other: sharper windows make a verdict as sure as it is right."""
    logits = torch.tensor([[4.0, 0.0], [0.0, 4.0]]).repeat(400, 1)
    clips = torch.arange(800) // 2
    truth = (torch.arange(400) % 10 < 7).long()[clips]  # the longer window is right in 7 of 10 clips
    seconds = torch.tensor([1.0, 3.0]).repeat(400)
    said = torch.softmax(logits / fit_temperature(logits, truth, clips, seconds), 1)
    verdict = 0.25 * said[0, 1] + 0.75 * said[1, 1]
    assert float(verdict) == pytest.approx(0.7, abs=1e-3)


def test_inputs_are_those_of_the_live_path(clips: list[Clip], windows: Any) -> None:
    model = Classifier(tiny_model(clips[0].path.with_name("again.onnx")), "cpu")
    assert windows.shape[1:] == model.front_end.shape
    assert windows.shape[-1] == FEATURES.n_mels
    predictions = [p for one in clips for p in analyze(one.path, model=model)]
    assert len(windows) == len(predictions) >= len(clips)
    for row, prediction in zip(softmax(model.logits(windows).astype(np.float64)), predictions, strict=True):
        np.testing.assert_allclose(row, list(prediction.probabilities.values()), atol=1e-5)


def test_the_file_equals_torch_in_every_output_and_carries_its_contract(
    network: Any, windows: Any, model: Path
) -> None:
    classifier = Classifier(model, "cpu")
    with torch.no_grad():
        logits, attention = network(torch.from_numpy(windows))
    np.testing.assert_allclose(classifier.logits(windows), logits.numpy(), atol=1e-4)
    weights = classifier.attention(windows)
    assert weights is not None
    np.testing.assert_allclose(weights, attention.numpy(), atol=1e-4)
    assert classifier.contract == read_contract(model) == CONTRACT


def test_a_network_without_attention_has_one_output(network: Any, windows: Any, tmp_path: Path) -> None:
    class Plain(torch.nn.Module):  # type: ignore[misc] # torch is not imported for the type checker
        def __init__(self) -> None:
            super().__init__()
            self.inner = network

        def forward(self, features: Any) -> Any:
            return self.inner(features)[0], None

    write(export(Plain(), tiny_contract(), torch.from_numpy(windows)), tmp_path / "plain.onnx")
    assert [output.name for output in onnx.load(tmp_path / "plain.onnx").graph.output] == ["logits"]
    assert Classifier(tmp_path / "plain.onnx", "cpu").attention(windows) is None


@pytest.mark.parametrize("what", ["logits", "attention"])
def test_a_broken_graph_is_not_written(
    what: str, network: Any, windows: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exporter's graph is changed by 0.001 behind its back; the whole of torch's is 1e-4 at most away."""
    load = onnx.load

    def broken(path: Any) -> Any:
        graph = load(path)
        graph.graph.initializer.append(numpy_helper.from_array(np.array(1e-3, np.float32), "shift"))
        (output,) = [node for node in graph.graph.node if what in node.output]
        output.output[list(output.output).index(what)] = "right"
        for node in graph.graph.node:  # what goes on inside stays right
            node.input[:] = ["right" if name == what else name for name in node.input]
        graph.graph.node.append(onnx.helper.make_node("Add", ["right", "shift"], [what]))
        return graph

    monkeypatch.setattr("ser_train.export.to_onnx.onnx.load", broken)
    with pytest.raises(TrainingError, match=f"differs from the trained one by 1.0e-03 in its {what}"):
        export(network, CONTRACT, torch.from_numpy(windows))
    assert list(tmp_path.iterdir()) == []


def test_a_changed_contract_leaves_the_graph_alone(model: Path) -> None:
    before = onnx.load(model).graph.SerializeToString()
    changed = rewrite_contract(model, temperature=2.0)
    assert changed.temperature == read_contract(model).temperature == 2.0
    assert onnx.load(model).graph.SerializeToString() == before


# int8


def test_int8_is_smaller_and_close(model: Path, windows: Any) -> None:
    variant = int8_path(model)
    assert variant == model.with_name("m.int8.onnx")
    write(quantise(model, windows), variant)
    kinds = {node.op_type for node in onnx.load(variant).graph.node}
    assert "DynamicQuantizeLSTM" in kinds
    assert "DequantizeLinear" in kinds  # of the convolutions, whose ranges were calibrated
    one, other = (Classifier(path, "cpu") for path in (model, variant))
    spread = one.logits(windows).std()
    assert np.abs(one.logits(windows) - other.logits(windows)).max() < 0.5 * spread
    said = other.contract.training["quantised"]
    assert said["of"] == "m.onnx"
    assert said["sha256"] == one.sha256
    assert said["bytes_of_float"] == model.stat().st_size
    assert said["windows"] == len(windows)
    assert 0.8 <= said["agreement"] <= 1
    assert said["milliseconds"] > 0
    assert ("times as fast" in said["what"]) == (said["milliseconds"] < said["milliseconds_of_float"])
    assert other.contract.scores == ()
    assert (other.contract.labels, other.contract.abstention) == (SIX, 0.25)


def test_products_stay_in_float_where_the_labels_do_not_agree(
    model: Path, windows: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def whole(agreement: float) -> int:
        monkeypatch.setattr("ser_train.export.int8.AGREEMENT", agreement)
        write(quantise(model, windows), tmp_path / "whole.onnx")
        nodes = onnx.load(tmp_path / "whole.onnx").graph.node
        return sum(node.op_type in ("MatMulInteger", "DynamicQuantizeLSTM") for node in nodes)

    assert whole(0.0) - whole(2.0) == 2


def test_int8_has_its_own_figures_and_card(model: Path, clips: list[Clip]) -> None:
    rewrite_contract(model, scores=({"side": "validation", "corpus": "pooled", "uar": 0.123},))
    model.with_suffix(".history.json").write_text("the curves")
    console = Console(file=io.StringIO(), width=300)
    variant = model.with_name("small.onnx")
    export_int8(model, variant, split(clips[:3], clips), console)
    (made, pooled) = read_contract(variant).scores
    assert (made["corpus"], pooled["corpus"]) == ("made", "pooled")
    assert pooled["clips"] == 6
    assert pooled["uar"] != 0.123
    assert pooled["protocol"].startswith("validation side of six made clips; ")
    card = variant.with_suffix(".md").read_text()
    assert "Quantised to int8 from m.onnx" in card
    assert "ms a window beside" in card
    assert f"UAR on validation {pooled['uar']:.3f} beside 0.123" in card
    assert variant.with_suffix(".history.json").read_text() == "the curves"
    assert variant.with_suffix(".html").exists()
    with pytest.raises(TrainingError, match="is quantised to int8 already"):
        export_int8(variant, model, split(clips, clips), console)
    with pytest.raises(TrainingError, match="is the model itself"):
        export_int8(model, model, split(clips, clips), console)


def test_int8_that_says_other_labels_is_told(model: Path, clips: list[Clip], monkeypatch: pytest.MonkeyPatch) -> None:
    for wanted in (0.0, 2.0):
        monkeypatch.setattr("ser_train.commands.export_int8.AGREEMENT", wanted)
        told = io.StringIO()
        export_int8(model, int8_path(model), split(clips[:3], clips), Console(file=told))
        assert ("of the labels agree with the model in float" in told.getvalue()) == (wanted > 1)


def test_int8_needs_speech_to_calibrate_on(model: Path, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "quiet.wav", np.zeros(RATE, np.float32), RATE)
    with pytest.raises(TrainingError, match="no speech was found in the clips to calibrate"):
        model_inputs(model, [clip("angry", path=tmp_path / "quiet.wav")])


def test_a_graph_that_cannot_be_quantised_is_told_in_a_sentence(
    model: Path, windows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any, **options: Any) -> None:
        raise ValueError("no such\noperator")

    monkeypatch.setattr("ser_train.export.int8.quantize_dynamic", fail)
    with pytest.raises(TrainingError, match=r"cannot quantise .*no such operator: use the model in float"):
        quantise(model, windows)
    assert not int8_path(model).exists()
