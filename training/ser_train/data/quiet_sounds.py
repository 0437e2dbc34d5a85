"""Sounds in which nobody speaks, of one level: recordings of noise, and chords that are music to a detector."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from ser_live.types import SAMPLE_RATE, FloatArray
from ser_train.corpora.audio import read_recording
from ser_train.corpora.noise import find_esc10

__all__ = ["music", "noise_paths", "noise_recordings"]

_LEVEL = 0.1  # root mean square: -20 dBFS


def noise_paths(folders: Sequence[Path], side: str) -> list[Path]:
    """Return ESC-10 below these folders, by name: folds 1 to 4 for `validation`, fold 5 for `test`."""
    return sorted(find_esc10(folders, side), key=lambda path: path.name)


def noise_recordings(paths: Sequence[Path]) -> list[FloatArray]:
    """Return those that are not digital silence, each `(samples,)` at 16 kHz, all of one level."""
    return [_levelled(noise) for path in paths if np.any(noise := _read(path))]


def music(seconds: float, random: np.random.Generator) -> FloatArray:
    """Return chords of half a second to two seconds, three notes with six partials each, with vibrato: `(samples,)`."""
    pieces: list[FloatArray] = []
    count = 0
    while count < seconds * SAMPLE_RATE:
        length = round(float(random.uniform(0.5, 2.0)) * SAMPLE_RATE)
        time = np.arange(length) / SAMPLE_RATE
        root = float(random.uniform(110.0, 330.0))
        vibrato = 1 + 0.01 * np.sin(2 * np.pi * random.uniform(4.0, 7.0) * time)
        phases = 2 * np.pi * root * np.cumsum(vibrato) / SAMPLE_RATE
        third = (1.2, 1.25)[int(random.integers(2))]  # minor, major
        chord = sum(np.sin(ratio * k * phases) / k for ratio in (1.0, third, 1.5) for k in range(1, 7))
        envelope = np.minimum(time / 0.02, 1.0) * np.exp(-time / 1.0) * np.minimum((time[-1] - time) / 0.02, 1.0)
        pieces.append((chord * envelope).astype(np.float32))
        count += length
    return _levelled(np.concatenate(pieces)[: round(seconds * SAMPLE_RATE)])


def _levelled(samples: FloatArray) -> FloatArray:
    levelled: FloatArray = np.clip(samples * (_LEVEL / float(np.sqrt(np.mean(np.square(samples))))), -1, 1)
    return levelled.astype(np.float32)


@cache
def _read(path: Path) -> FloatArray:
    return read_recording(path)
