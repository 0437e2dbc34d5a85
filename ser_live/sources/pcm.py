"""Samples as WAV files write them, to float32."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

import numpy as np

from ser_live.types import FloatArray

__all__ = ["Encoding", "decode", "find_encoding"]

Kind = Literal["integer", "float", "a-law", "mu-law"]
_KINDS: Final[dict[int, tuple[Kind, tuple[int, ...]]]] = {
    1: ("integer", (1, 2, 3, 4)),
    3: ("float", (4, 8)),
    6: ("a-law", (1,)),
    7: ("mu-law", (1,)),
}


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """How one sample is written: its kind and its bytes."""

    kind: Kind
    width: int


def find_encoding(tag: int, bits: int) -> Encoding | None:
    """Return the encoding with that WAVE format tag and bits a sample, None for one that is not known here."""
    width = (bits + 7) // 8
    kind, widths = _KINDS.get(tag, ("integer", ()))
    return Encoding(kind=kind, width=width) if width in widths else None


def decode(data: bytes, encoding: Encoding, channels: int) -> FloatArray:
    r"""Decode whole frames; integers are divided by their full scale, as libsndfile does.

    Returns:
        float32 `(frames, channels)`.

    Example:
        >>> decode(b"\x00\x80", Encoding(kind="integer", width=2), 1).tolist()
        [[-1.0]]
    """
    if encoding.kind == "float":
        with np.errstate(
            over="ignore", invalid="ignore"
        ):  # a double beyond float32 becomes infinite, which is refused later
            samples = np.frombuffer(data, f"<f{encoding.width}").astype(np.float32)
    elif encoding.kind == "integer":
        samples = _integers(data, encoding.width)
    else:
        samples = _law(encoding.kind)[np.frombuffer(data, np.uint8)]
    return samples.reshape(-1, channels)


def _integers(data: bytes, width: int) -> FloatArray:
    if width == 1:  # the one width without a sign
        return (np.frombuffer(data, np.uint8).astype(np.float32) - np.float32(128)) / np.float32(128)
    if width == 3:
        wide = np.zeros((len(data) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        return wide.reshape(-1).view("<i4").astype(np.float32) / np.float32(2**31)
    return np.frombuffer(data, f"<i{width}").astype(np.float32) / np.float32(2 ** (8 * width - 1))


@cache
def _law(kind: Kind) -> FloatArray:
    """Return the 256 values of ITU-T G.711, `(256,)` in [-1, 1]."""
    code = np.arange(256)
    code = code ^ 0x55 if kind == "a-law" else code ^ 0xFF
    exponent, mantissa = code >> 4 & 7, code & 15
    if kind == "a-law":
        size = np.where(exponent == 0, 2 * mantissa + 1, (2 * mantissa + 33) << np.maximum(exponent, 1) - 1) * 8
        positive = code & 0x80 != 0
    else:
        size = (((2 * mantissa + 33) << exponent) - 33) * 4
        positive = code & 0x80 == 0
    return (np.where(positive, size, -size) / 32768).astype(np.float32)
