"""A tiny ONNX model with a contract, and every way to break it."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from ser_live.contract import KEY, Contract, FeatureSettings, HandmadeSettings, InputSettings
from ser_live.features.handmade import AVERAGED, FRAMES, frame_count
from ser_live.features.log_mel import LogMel

SIX = ("angry", "disgust", "fear", "happy", "neutral", "sad")
RIGHT: Mapping[str, Any] = {}
"""Nothing overridden: the contract that fits the graph."""
FEATURES = FeatureSettings(
    n_fft=512,
    win_length=512,
    hop_length=256,
    n_mels=16,
    f_min=50.0,
    f_max=4000.0,
    mel_scale="htk",
    floor=1e-10,
    center=False,
)


def tiny_contract(
    *, labels: Sequence[str] = SIX, window_seconds: float = 2.5, sample_rate: int = 16_000, **fields: Any
) -> Contract:
    """The contract of a tiny model; `fields` are further fields of `Contract` or of its `input`."""
    names = {field.name for field in dataclasses.fields(InputSettings)}
    source: dict[str, Any] = {"features": FEATURES, "range_db": 80.0}
    source |= {name: fields.pop(name) for name in names & fields.keys()}
    defaults: dict[str, Any] = {
        "logits": "logits",
        "training": {"recipe": "tiny", "seed": 0},
        "scores": ({"protocol": "none", "clips": 0, "speakers": 0},),
    }
    settings = InputSettings(window_seconds=window_seconds, sample_rate=sample_rate, **source)
    return Contract(labels=tuple(labels), input=settings, **{**defaults, **fields})


def tiny_model(
    path: str | os.PathLike[str],
    *,
    labels: Sequence[str] = SIX,
    seed: int = 0,
    window_seconds: float = 2.5,
    sample_rate: int = 16_000,
    contract: Contract | Mapping[str, Any] | str | None = RIGHT,
    attention: bool = False,
    sharpness: float = 3.0,
    batch: int | str = "batch",
    frames: int | str | None = None,
    n_mels: int | None = None,
    graph_labels: int | None = None,
    external: bool = False,
) -> Path:
    """Write a model of one layer: the mean of the frames, or the one vector there is, times random weights.

    With `attention`, the mean is weighted with the softmax of the frames' own means, which is a second output.

    Args:
        path: where to write it.
        labels: of the contract.
        seed: of the weights; the logits depend on the input and on this alone.
        window_seconds: of the contract.
        sample_rate: of the contract.
        contract: in place of the right one: another `Contract`; a mapping of dotted names to values to override,
            e.g. `{"input.features.n_mels": 40, "temperature": 2.0}`; a raw text; or None for no contract at all.
        attention: give the second output.
        sharpness: scale of the weights; more makes the probabilities more unequal.
        batch: the batch axis of the graph; a number fixes it.
        frames: the frames axis of the graph; that of the contract by default.
        n_mels: the bands of the graph; those of the contract by default.
        graph_labels: the labels of the graph; as many as `labels` by default.
        external: keep the weights in a second file, `<name>.data`, beside the model.

    Returns:
        the path.
    """
    path = Path(path)
    right = tiny_contract(
        labels=labels,
        window_seconds=window_seconds,
        sample_rate=sample_rate,
        attention="attention" if attention else None,
    )
    asked = contract if isinstance(contract, Contract) else right
    *frames_there_are, bands = _input_shape(asked)
    graph = _graph(
        batch=batch,
        frames=[frames] if frames is not None else frames_there_are,
        n_mels=bands if n_mels is None else n_mels,
        labels=len(labels) if graph_labels is None else graph_labels,
        attention=attention,
        scale=sharpness,
        seed=seed,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    if contract is not None:
        text = contract if isinstance(contract, str) else asked.to_json()
        if isinstance(contract, Mapping):
            text = override(text, contract)
        helper.set_model_props(model, {KEY: text})
    if external:
        weights = path.with_name(f"{path.name}.data")
        weights.unlink(missing_ok=True)  # onnx refuses to overwrite it
        onnx.save_model(model, path, save_as_external_data=True, location=weights.name, size_threshold=0)
    else:
        onnx.save_model(model, path)
    return path


def override(text: str, changes: Mapping[str, Any]) -> str:
    """The contract's JSON with the values at some dotted names replaced; `...` deletes."""
    raw = json.loads(text)
    for name, value in changes.items():
        *parents, last = name.split(".")
        place = raw
        for parent in parents:
            place = place[parent]
        if value is ...:
            del place[last]
        else:
            place[last] = value
    return json.dumps(raw)


def _input_shape(contract: Contract) -> tuple[int, ...]:
    """Shape of the input that a contract asks for, without the batch."""
    window = round(contract.input.window_seconds * contract.input.sample_rate)
    if isinstance(contract.input.features, HandmadeSettings):
        return (AVERAGED,) if contract.input.features.kind == "averaged" else (frame_count(window), FRAMES)
    log_mel = LogMel(sample_rate=contract.input.sample_rate, **vars(contract.input.features))
    return (log_mel.frames(window), log_mel.n_mels)


def _graph(
    *, batch: int | str, frames: Sequence[int | str], n_mels: int, labels: int, attention: bool, scale: float, seed: int
) -> onnx.GraphProto:
    rng = np.random.default_rng(seed)
    weights = numpy_helper.from_array(
        rng.normal(0.0, scale, (n_mels, labels)).astype(np.float32) / np.float32(np.sqrt(n_mels)), "weights"
    )
    bias = numpy_helper.from_array(rng.normal(0.0, 0.1, labels).astype(np.float32), "bias")
    initializers = [weights, bias]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [batch, labels])]
    if attention:
        initializers.append(numpy_helper.from_array(np.array([1], np.int64), "one"))
        nodes = [
            helper.make_node("ReduceMean", ["features"], ["energy"], axes=[2], keepdims=0),
            helper.make_node("Softmax", ["energy"], ["attention"], axis=1),
            helper.make_node("Unsqueeze", ["attention", "one"], ["row"]),
            helper.make_node("MatMul", ["row", "features"], ["weighted"]),
            helper.make_node("Squeeze", ["weighted", "one"], ["mean"]),
        ]
        outputs.append(helper.make_tensor_value_info("attention", TensorProto.FLOAT, [batch, *frames]))
    elif not frames:
        nodes = [helper.make_node("Identity", ["features"], ["mean"])]
    else:
        nodes = [helper.make_node("ReduceMean", ["features"], ["mean"], axes=[1], keepdims=0)]
    nodes.append(helper.make_node("Gemm", ["mean", "weights", "bias"], ["logits"]))
    return helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [batch, *frames, n_mels])],
        outputs,
        initializers,
    )
