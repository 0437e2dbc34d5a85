"""The speech encoder of Smart Turn v3: Whisper tiny's, which was taught to hear ends of turns.

Smart Turn v3.2 (Daily, BSD-2-Clause, https://github.com/pipecat-ai/smart-turn) is Whisper tiny's encoder (OpenAI, MIT,
https://github.com/openai/whisper), fitted further to tell from the voice whether somebody has finished speaking, and
stored quantised to int8. It comes as one ONNX file inside the wheel of `pipecat-ai`. It was taught words and ends of
turns, no emotions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import GraphProto, numpy_helper

__all__ = ["ORIGIN", "encoder_of"]

ORIGIN: Final = {
    "name": "smart-turn-v3.2",
    "title": "the speech encoder of Smart Turn v3.2 (Daily), made of Whisper tiny's (OpenAI)",
    "licence": "BSD-2-Clause, Whisper's MIT",
    "url": "https://github.com/pipecat-ai/smart-turn",
}
"""What a contract says of it."""

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

Weights = dict[str, NDArray[np.float32]]


def encoder_of(data: bytes) -> Weights:
    """Return the weights of the encoder in the bytes of `smart-turn-v3.2-cpu.onnx`, in float, by their names here."""
    return _encoder(onnx.load_from_string(data).graph)


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
