"""Conditions that recordings are put under to see what a model bears: noise, telephone, rooms, level, clipping.

None is ever heard in training: the noise is ESC-10's fold 5 (Piczak 2015, https://github.com/karolpiczak/ESC-50), the
rooms have seeds of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ser_live.types import SAMPLE_RATE, FloatArray
from ser_train.augment.channel import telephone
from ser_train.augment.room import reverberate, room_bank
from ser_train.augment.sounds import ESC_TEST_FOLD
from ser_train.corpora.audio import read_recording

__all__ = [
    "AddNoise",
    "Clip",
    "Gain",
    "Reverberate",
    "Telephone",
    "as_is",
    "conditions",
    "speaking",
]

Condition = Callable[[FloatArray, int], FloatArray]

_CELL = SAMPLE_RATE // 50  # 20 ms
_MARGIN = 10 ** (-15.9 / 10)  # of ITU-T P.56
_ROOMS, _ROOM_SEED = 4, 2**32  # a recipe's seed is less
_LIVING_ROOM = (0.4, 0.6)  # seconds of reverberation
_FLATTENED = 0.1  # share of the speech's samples


def conditions(folders: Sequence[Path]) -> dict[str, Condition]:
    """Names and functions from a recording `(samples,)` at 16 kHz and its clip's seed to another, as long.

    Equal for equal seeds, and picklable. The noise is ESC-10's fold 5 where the folders hold it, or else pink, and the
    name says which.
    """
    paths = _test_noises(folders)
    noise = "noise" if paths else "pink noise"
    return {
        "clean": as_is,
        **{f"{noise} {snr_db} dB": AddNoise(snr_db=snr_db, paths=paths) for snr_db in (20, 10, 5, 0)},
        "telephone µ-law": Telephone(),
        "room": Reverberate(),
        "gain +20 dB": Gain(decibels=20.0),
        "gain -20 dB": Gain(decibels=-20.0),
        "clipping": Clip(),
    }


def as_is(samples: FloatArray, seed: int) -> FloatArray:
    """The recording itself."""
    return samples


@dataclass(frozen=True, kw_only=True)
class AddNoise:
    """Noise at a ratio to the speech, which is measured where somebody speaks.

    Attributes:
        snr_db: ratio of speech to noise, dB.
        paths: recordings of noise; pink noise if there are none.
    """

    snr_db: float
    paths: tuple[Path, ...]

    def __call__(self, samples: FloatArray, seed: int) -> FloatArray:
        """Add the noise that this seed stands for, from a random place on."""
        if not len(samples):
            return samples
        random = np.random.default_rng((seed, 0))
        recordings = _read(self.paths) or (_pink(),)
        recording = recordings[random.integers(len(recordings))]
        noise = np.resize(np.roll(recording, -int(random.integers(len(recording)))), len(samples))
        speech_power = np.mean(np.square(samples[speaking(samples)], dtype=np.float64))
        noise_power = np.mean(np.square(noise, dtype=np.float64))
        scale = np.sqrt(speech_power / max(float(noise_power) * 10 ** (self.snr_db / 10), 1e-20))
        noisy: FloatArray = (samples + scale * noise).astype(np.float32)
        return noisy


@dataclass(frozen=True, kw_only=True)
class Telephone:
    """300 to 3400 Hz, µ-law."""

    def __call__(self, samples: FloatArray, seed: int) -> FloatArray:
        """Through the line."""
        changed: FloatArray = telephone(torch.from_numpy(samples)[None], _generator(seed), share=1.0)[0].numpy()
        return changed


@dataclass(frozen=True, kw_only=True)
class Reverberate:
    """One of four simulated living rooms with a reverberation time of about half a second; the level stays."""

    def __call__(self, samples: FloatArray, seed: int) -> FloatArray:
        """Heard in the room that this seed stands for."""
        if not len(samples):
            return samples
        rooms = room_bank(_ROOMS, _ROOM_SEED, *_LIVING_ROOM)
        changed: FloatArray = reverberate(torch.from_numpy(samples)[None], rooms, _generator(seed), share=1.0)[
            0
        ].numpy()
        return changed


@dataclass(frozen=True, kw_only=True)
class Gain:
    """Another level before a 16-bit recorder: it cuts off above full scale and rounds what is quiet.

    Attributes:
        decibels: change of level.
    """

    decibels: float

    def __call__(self, samples: FloatArray, seed: int) -> FloatArray:
        """As recorded."""
        steps = np.round(samples * (10 ** (self.decibels / 20) * 32768))
        return (np.clip(steps, -32768, 32767) / 32768).astype(np.float32)


@dataclass(frozen=True, kw_only=True)
class Clip:
    """An overdriven microphone that cuts the loudest tenth of the speech's samples flat."""

    def __call__(self, samples: FloatArray, seed: int) -> FloatArray:
        """Cut flat."""
        if not len(samples):
            return samples
        level = np.quantile(np.abs(samples[speaking(samples)]), 1 - _FLATTENED)
        return np.clip(samples, -level, level).astype(np.float32)


def speaking(samples: FloatArray) -> NDArray[np.bool_]:
    """Where somebody speaks, `(samples,)`: in cells of 20 ms less than 15.9 dB under the mean of all such cells.

    The margin, and that level and activity are found together, are those of ITU-T P.56,
    https://www.itu.int/rec/T-REC-P.56.
    """
    cells = np.pad(samples, (0, -len(samples) % _CELL)).reshape(-1, _CELL)
    power = np.square(cells, dtype=np.float64).mean(axis=1)
    active = np.ones(len(power), np.bool_)
    while True:
        louder = power >= _MARGIN * power[active].mean()
        if (louder == active).all():
            return np.repeat(active, _CELL)[: len(samples)]
        active = active & louder


def _test_noises(folders: Sequence[Path]) -> tuple[Path, ...]:
    found = {path for folder in folders for path in folder.rglob("*") if ESC_TEST_FOLD.fullmatch(path.stem)}
    return tuple(sorted(found))


@cache
def _read(paths: tuple[Path, ...]) -> tuple[FloatArray, ...]:
    """Once a process: a pool's jobs carry the paths alone."""
    return tuple(noise for path in paths if len(noise := _sounding(read_recording(path))))


def _sounding(samples: FloatArray) -> FloatArray:
    """A recording without the cells that lie 60 dB or more under its loudest; short sounds are padded with silence."""
    cells = samples[: len(samples) // _CELL * _CELL].reshape(-1, _CELL)
    power = np.square(cells, dtype=np.float64).mean(axis=1)
    kept: FloatArray = cells[power > max(1e-6 * float(power.max(initial=0.0)), 1e-12)].ravel()
    return kept


@cache
def _pink() -> FloatArray:
    """Half a minute of noise whose power falls by 3 dB an octave, `(samples,)`."""
    count = 30 * SAMPLE_RATE
    spectrum = np.fft.rfft(np.random.default_rng(5).normal(size=count))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 20 * 30))  # flat under 20 Hz
    pink: FloatArray = np.fft.irfft(spectrum, count).astype(np.float32)
    return pink


def _generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
