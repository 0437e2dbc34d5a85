"""What to mix training windows with: noise and rooms.

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
from ser_train.augment import Augmentation, Sounds
from ser_train.augment.noise import coloured_noise
from ser_train.augment.room import room_bank
from ser_train.corpora.audio import read_recording

__all__ = ["BACKGROUNDS", "ESC_TEST_FOLD", "ESC_TRAINING_FOLDS", "load_noises", "load_sounds"]

_LENGTH = 5 * SAMPLE_RATE  # of every piece
_LONGEST = 60 * SAMPLE_RATE  # of one recording
_ROOMS = 100
ESC_TRAINING_FOLDS = re.compile(r"[1-4]-\d+(-[A-Z])?(-\d+)?")
"""Names of ESC-10's folds 1 to 4, which training hears."""
ESC_TEST_FOLD = re.compile(r"5-\d+(-[A-Z])?(-\d+)?")
"""Names of ESC-10's fold 5, which it never does."""
BACKGROUNDS = frozenset(
    {"doing_the_dishes", "dude_miaowing", "exercise_bike", "pink_noise", "running_tap", "white_noise"}
)
"""Names of the Speech Commands backgrounds."""


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
    for path in sorted({path for folder in folders for path in folder.rglob("*")}):
        if not (ESC_TRAINING_FOLDS.fullmatch(path.stem) or path.stem in BACKGROUNDS):
            continue
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
