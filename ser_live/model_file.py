"""Read an ONNX file from anybody: what would make onnxruntime read other files is refused before it sees a byte.

The file is a message in the wire format of Protocol Buffers, https://protobuf.dev/programming-guides/encoding/, whose
fields https://github.com/onnx/onnx/blob/main/onnx/onnx.proto numbers.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ser_live.errors import ModelError

__all__ = ["read_model"]

_MOST_BYTES = 1_000_000_000  # the largest speech encoders have less; onnxruntime itself takes 2 GB
_MOST_DEEP = 64  # graphs within graphs
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5  # wire types; the others (groups) no ONNX file has
_EXTERNAL_DATA, _DATA_LOCATION = 13, 14  # of a TensorProto
_PARTS: Final[dict[str, dict[int, str]]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
"""Messages that may hold a tensor: the number of each such field, and what is in it."""


def read_model(path: Path) -> bytes:
    """Read a model whole.

    Raises:
        ModelError: for what is no file, is too large, is no ONNX, or keeps its weights in other files.
    """
    try:
        there = path.stat()
        if not stat.S_ISREG(there.st_mode) and not stat.S_ISDIR(there.st_mode):  # it may never end
            raise ModelError(f"the model {path} is no regular file: copy it to one")
        if there.st_size > _MOST_BYTES:
            raise ModelError(
                f"the model {path} has {there.st_size / 1e9:.1f} GB, at most {_MOST_BYTES / 1e9:.0f} GB are loaded: "
                "is it an ONNX file that ser-train wrote?"
            )
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        raise ModelError(f"there is no model at {path}: give the path of an ONNX file that ser-train wrote") from None
    except (OSError, ValueError) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"the model {path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if not data:
        raise ModelError(f"the model {path} is empty: copy or export it again")
    try:
        external = _has_external_data(data)
    except _MalformedError as problem:
        raise ModelError(f"{path} is not an ONNX model that can be run: {problem}") from None
    if external:  # onnxruntime would look for it in the current directory, or anywhere
        raise ModelError(f"the model {path} keeps its weights in a second file: export it as one file")
    return data


class _MalformedError(Exception):
    """The bytes are no message of the wire format."""


def _has_external_data(data: bytes) -> bool:
    """Whether any tensor of a model says that its data is elsewhere, in whatever order its fields come."""
    left = [("model", memoryview(data), 0)]
    while left:
        kind, message, depth = left.pop()
        if depth > _MOST_DEEP:
            raise _MalformedError("its graphs are nested too deeply")
        for number, value in _fields(message):
            if kind == "tensor" and number == _EXTERNAL_DATA:
                return True
            if kind == "tensor" and number == _DATA_LOCATION and value != 0:
                return True
            part = _PARTS[kind].get(number)
            if part is not None and isinstance(value, memoryview):
                left.append((part, value, depth + 1))
    return False


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Give the number and the value of each field: bytes, or a whole number."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        wire, number = key & 7, key >> 3
        if key >= 2**32 or not number:
            raise _MalformedError("it holds a field without a number")
        if wire == _VARINT:
            whole, at = _varint(message, at)
            yield number, whole
            continue
        if wire == _BYTES:
            length, at = _varint(message, at)
        elif wire in (_FIXED64, _FIXED32):
            length = 8 if wire == _FIXED64 else 4
        else:
            raise _MalformedError("it is not in the format of ONNX")
        if length > len(message) - at:
            raise _MalformedError("it ends too early: copy or export it again")
        yield number, message[at : at + length] if wire == _BYTES else 0
        at += length


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """Return a whole number of 7 bits a byte, and where it ends."""
    value = 0
    for place in range(10):
        if at + place >= len(message):
            raise _MalformedError("it ends too early: copy or export it again")
        byte = message[at + place]
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return value, at + place + 1
    raise _MalformedError("it is not in the format of ONNX")
