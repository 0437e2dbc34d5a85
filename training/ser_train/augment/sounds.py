"""What to mix training windows with: noise and rooms."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ser_live.types import SAMPLE_RATE, FloatArray
from ser_train.augment import Augmentation, Sounds
from ser_train.augment.noise import coloured_noise
from ser_train.augment.room import room_bank
from ser_train.corpora.audio import read_recording
from ser_train.corpora.noise import find_backgrounds, find_esc10

__all__ = ["load_noises", "load_sounds"]

_LENGTH = 5 * SAMPLE_RATE  # of every piece
_LONGEST = 60 * SAMPLE_RATE  # of one recording
_ROOMS = 100


def load_sounds(folders: Sequence[Path], settings: Augmentation, seed: int) -> Sounds:
    """Load what these settings need.

    Args:
        folders: where noise may lie: ESC-10 (folds 1-4) and the Speech Commands backgrounds.
        settings: rooms are simulated if these ask for them.
        seed: of what is drawn.

    Raises:
        TrainingError: if a recording cannot be decoded.
    """
    noises, recorded = load_noises(folders, seed)
    return Sounds(
        noises=noises,
        recorded=recorded,
        rooms=room_bank(_ROOMS, seed) if settings.room else torch.zeros(0, 1),
    )


def load_noises(folders: Sequence[Path], seed: int) -> tuple[Tensor, int]:
    """Return five-second pieces `(pieces, samples)` at 16 kHz, the recorded first, and how many of them are recorded.

    ESC-10 folds 1-4 and the Speech Commands backgrounds where present, coloured noise always.
    """
    pieces: list[FloatArray] = []
    for path in sorted([*find_esc10(folders, "train"), *find_backgrounds(folders)]):
        signal = read_recording(path)[:_LONGEST]
        for start in range(0, max(1, len(signal) - _LENGTH + 1), _LENGTH):
            piece = signal[start : start + _LENGTH]
            piece = np.pad(piece, (0, _LENGTH - len(piece)))
            if np.mean(np.square(piece)) > 1e-8:  # digital silence can be brought to no level
                pieces.append(piece)
    generator = torch.Generator().manual_seed(seed)
    coloured = coloured_noise(max(len(pieces), 100), _LENGTH, generator)
    recorded = torch.from_numpy(np.stack(pieces)) if pieces else coloured[:0]
    return torch.cat([recorded, coloured]), len(pieces)
