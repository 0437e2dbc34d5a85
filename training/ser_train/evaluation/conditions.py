"""Test conditions for robustness: noise, telephone, rooms, level, clipping.

Training hears none of them: the noise is ESC-10's fold 5 (Piczak 2015, https://github.com/karolpiczak/ESC-50), the
rooms have seeds of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch

from ser_live.types import SAMPLE_RATE, FloatArray
from ser_train.augment.channel import telephone
from ser_train.augment.room import reverberate, room_bank
from ser_train.corpora.audio import read_recording
from ser_train.corpora.noise import find_esc10
from ser_train.evaluation.active_speech import speaking
from ser_train.evaluation.inference import Condition

__all__ = [
    "AddNoise",
    "Clip",
    "Gain",
    "Reverberate",
    "Telephone",
    "as_is",
    "conditions",
]

_CELL = SAMPLE_RATE // 50  # 20 ms
_ROOMS, _ROOM_SEED = 4, 2**32  # a recipe's seed is less
_LIVING_ROOM = (0.4, 0.6)  # seconds of reverberation
_FLATTENED = 0.1  # share of the speech's samples


def conditions(folders: Sequence[Path]) -> dict[str, Condition]:
    """Return the conditions by name: functions from a recording `(samples,)` at 16 kHz and a seed to one as long.

    Equal seeds give equal results, and the functions can be pickled. The noise is ESC-10's fold 5 where the folders
    hold it, else pink; the name says which.
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
    """Return the recording itself."""
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
        """Add a recording of noise, drawn with the seed, from a place drawn too."""
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
        """Return the recording as it comes through the line."""
        changed: FloatArray = telephone(torch.from_numpy(samples)[None], _generator(seed), share=1.0)[0].numpy()
        return changed


@dataclass(frozen=True, kw_only=True)
class Reverberate:
    """One of four simulated living rooms with a reverberation time of about half a second; the level stays."""

    def __call__(self, samples: FloatArray, seed: int) -> FloatArray:
        """Return the recording as it sounds in a room drawn with the seed."""
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
        """Return the recording at the new level."""
        steps = np.round(samples * (10 ** (self.decibels / 20) * 32768))
        return (np.clip(steps, -32768, 32767) / 32768).astype(np.float32)


@dataclass(frozen=True, kw_only=True)
class Clip:
    """An overdriven microphone that cuts the loudest tenth of the speech's samples flat."""

    def __call__(self, samples: FloatArray, seed: int) -> FloatArray:
        """Return the recording with its peaks cut flat."""
        if not len(samples):
            return samples
        level = np.quantile(np.abs(samples[speaking(samples)]), 1 - _FLATTENED)
        return np.clip(samples, -level, level).astype(np.float32)


def _test_noises(folders: Sequence[Path]) -> tuple[Path, ...]:
    return tuple(find_esc10(folders, "test"))


@cache
def _read(paths: tuple[Path, ...]) -> tuple[FloatArray, ...]:
    """Read the recordings, once a process: what is sent to a process holds the paths alone."""
    return tuple(noise for path in paths if len(noise := _sounding(read_recording(path))))


def _sounding(samples: FloatArray) -> FloatArray:
    """Return a recording without the cells that lie 60 dB or more under its loudest: the silence that pads it."""
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
