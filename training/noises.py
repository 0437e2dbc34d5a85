"""Noise to train with: ESC-10 folds 1-4 and the Speech Commands backgrounds where present, coloured noise always.

ESC-10: Piczak 2015, https://github.com/karolpiczak/ESC-50 (CC BY 3.0); fold 5 is kept for tests.
Speech Commands: Warden 2018, https://arxiv.org/abs/1804.03209 (CC BY 4.0).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ser_live.types import SAMPLE_RATE, FloatArray
from training.audio import read_recording
from training.augment import coloured_noise

__all__ = ["load_noises"]

_SECONDS = 5
_LONGEST = 60 * SAMPLE_RATE  # of one recording
_ESC = re.compile(r"[1-4]-\d+(-[A-Z])?(-\d+)?")
_BACKGROUNDS = frozenset(
    {"doing_the_dishes", "dude_miaowing", "exercise_bike", "pink_noise", "running_tap", "white_noise"}
)


def load_noises(folders: Sequence[Path], seed: int) -> tuple[Tensor, int]:
    """Five-second pieces `(pieces, samples)` at 16 kHz, the recorded first, and how many those are."""
    length = _SECONDS * SAMPLE_RATE
    pieces: list[FloatArray] = []
    for path in sorted({path for folder in folders for path in folder.rglob("*")}):
        if not (_ESC.fullmatch(path.stem) or path.stem in _BACKGROUNDS):
            continue
        signal = read_recording(path)[:_LONGEST]
        for start in range(0, max(1, len(signal) - length + 1), length):
            piece = signal[start : start + length]
            piece = np.pad(piece, (0, length - len(piece)))
            if np.mean(np.square(piece)) > 1e-8:  # digital silence can be brought to no level
                pieces.append(piece)
    generator = torch.Generator().manual_seed(seed)
    coloured = coloured_noise(max(len(pieces), 100), length, generator)
    recorded = torch.from_numpy(np.stack(pieces)) if pieces else coloured[:0]
    return torch.cat([recorded, coloured]), len(pieces)
