"""Augmented copies of a clip, made before its features, as the papers do."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal, cast

import numpy as np
import torch

from ser_live.types import SAMPLE_RATE, FloatArray
from ser_train.augment import Augmentation, Sounds, augment_samples
from ser_train.augment.room import room_bank
from ser_train.augment.sounds import load_noises
from ser_train.errors import TrainingError
from ser_train.settings import positive

__all__ = ["Copy", "copy_code", "make_copy"]


@dataclass(frozen=True, kw_only=True)
class Copy:
    """One copy of a clip.

    Attributes:
        kind: `noise` (white, its deviation a random share, up to `amount`, of the clip's peak), `stretch` (librosa's
            rate: 0.8 lengthens), `pitch` (semitones up), `recording` (speed, at most `amount` as a share either way,
            room, band, coloured noise and telephone, each drawn as the live trainer's default recipe does; at 16 kHz).
        amount: see `kind`.
        drawn: whether each clip draws its amount: `stretch` from 1 / amount to amount, `pitch` from -amount to amount.
    """

    kind: Literal["noise", "stretch", "pitch", "recording"]
    amount: float
    drawn: bool = False

    def __post_init__(self) -> None:
        positive(self, "amount")


def make_copy(samples: FloatArray, sample_rate: int, copy: Copy, generator: np.random.Generator) -> FloatArray:
    """Return a copy of a clip `(samples,)`; a stretched one has another length.

    Davies, Chen 2024, "Data Augmentation"; Yadav et al. 2023, section 4.3.
    """
    return cast(FloatArray, _KINDS[copy.kind](samples, sample_rate, copy, generator).astype(np.float32))


def copy_code(copy: Copy) -> str:
    """Return the source of the function that makes a copy: when it changes, copies are made anew."""
    return inspect.getsource(_KINDS[copy.kind])


def _noise(samples: FloatArray, sample_rate: int, copy: Copy, generator: np.random.Generator) -> FloatArray:
    loudness = copy.amount * generator.uniform() * float(np.abs(samples).max(initial=0.0))
    return cast(FloatArray, samples + loudness * generator.standard_normal(len(samples)))


def _stretch(samples: FloatArray, sample_rate: int, copy: Copy, generator: np.random.Generator) -> FloatArray:
    import librosa

    rate = copy.amount ** generator.uniform(-1, 1) if copy.drawn else copy.amount
    return cast(FloatArray, librosa.effects.time_stretch(samples, rate=rate))


def _pitch(samples: FloatArray, sample_rate: int, copy: Copy, generator: np.random.Generator) -> FloatArray:
    import librosa

    steps = copy.amount * generator.uniform(-1, 1) if copy.drawn else copy.amount
    return cast(FloatArray, librosa.effects.pitch_shift(samples, sr=sample_rate, n_steps=steps))


def _recorded(samples: FloatArray, sample_rate: int, copy: Copy, generator: np.random.Generator) -> FloatArray:
    """Return the clip at another speed, in another room, through another microphone."""
    if sample_rate != SAMPLE_RATE:
        raise TrainingError(f"copies of kind `recording` need a sample_rate of {SAMPLE_RATE}, not {sample_rate}")
    drawn = torch.Generator().manual_seed(int(generator.integers(2**62)))
    settings, sounds = _recording(copy.amount)
    window = torch.zeros(1, round(len(samples) * (1 + copy.amount)) + 1)
    window[0, : len(samples)] = torch.from_numpy(samples)
    changed, lengths = augment_samples(window, torch.tensor([len(samples)]), sounds, settings, drawn)
    return changed[0, : int(lengths[0])].numpy()


@cache
def _recording(speed: float) -> tuple[Augmentation, Sounds]:
    """Shares and ranges of the live trainer's `default` recipe, and its simulated rooms and coloured noise."""
    settings = Augmentation(noise=0.4, snr_db=(5.0, 30.0), band=0.5, room=0.25, telephone=0.15, speed=speed)
    noises, recorded = load_noises((), 0)
    return settings, Sounds(noises=noises, recorded=recorded, rooms=room_bank(100, 0))


_KINDS: dict[str, Callable[[FloatArray, int, Copy, np.random.Generator], FloatArray]] = {
    "noise": _noise,
    "stretch": _stretch,
    "pitch": _pitch,
    "recording": _recorded,
}
