"""Augmented copies of a clip, made before its features, as the papers do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

import numpy as np

from ser_live.types import FloatArray
from training.settings import positive

__all__ = ["Copy", "make_copy"]


@dataclass(frozen=True, kw_only=True)
class Copy:
    """One copy of a clip.

    Attributes:
        kind: `noise` (white, its deviation a random share, up to `amount`, of the clip's peak), `stretch` (librosa's
            rate: 0.8 lengthens), `pitch` (semitones up), `speed-pitch` (frequencies times `amount`, length kept).
        amount: see `kind`.
        drawn: draw the amount anew for each clip: `stretch` from 1 / amount to amount, `pitch` from -amount to amount.
    """

    kind: Literal["noise", "stretch", "pitch", "speed-pitch"]
    amount: float
    drawn: bool = False

    def __post_init__(self) -> None:
        positive(self, "amount")


def make_copy(samples: FloatArray, sample_rate: int, copy: Copy, generator: np.random.Generator) -> FloatArray:
    """The copy of a clip `(samples,)`; a stretched one has another length.

    Davies, Chen 2024, "Data Augmentation"; Yadav et al. 2023, section 4.3.
    """
    import librosa

    if copy.kind == "noise":
        loudness = copy.amount * generator.uniform() * float(np.abs(samples).max(initial=0.0))
        return cast(FloatArray, (samples + loudness * generator.standard_normal(len(samples))).astype(np.float32))
    amount = copy.amount
    if copy.kind == "stretch":
        rate = amount ** generator.uniform(-1, 1) if copy.drawn else amount
        changed = librosa.effects.time_stretch(samples, rate=rate)
    else:
        steps = amount if copy.kind == "pitch" else 12 * float(np.log2(amount))
        steps *= generator.uniform(-1, 1) if copy.drawn else 1
        changed = librosa.effects.pitch_shift(samples, sr=sample_rate, n_steps=steps)
    return cast(FloatArray, changed.astype(np.float32))
