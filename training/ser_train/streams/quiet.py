"""Streams without a known emotion: meetings, and noise, music-like tones and digital silence, where nobody speaks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from ser_live.types import SAMPLE_RATE, FloatArray
from ser_train.corpora.audio import read_recording
from ser_train.corpora.meetings import find_meetings
from ser_train.corpora.noise import find_esc10
from ser_train.streams.stream import Stream

__all__ = ["meetings", "music", "noise_paths", "noise_recordings", "quiet_streams"]

_MOST_NOISES = 40  # recordings of five seconds
_MUSIC_SECONDS, _SILENCE_SECONDS = 60.0, 30.0
_LEVEL = 0.1  # root mean square of noise and music: -20 dBFS


def noise_paths(folders: Sequence[Path], side: str) -> list[Path]:
    """Return ESC-10 below these folders, by name: folds 1 to 4 for `validation`, fold 5 for `test`."""
    return sorted(find_esc10(folders, side), key=lambda path: path.name)


def noise_recordings(paths: Sequence[Path]) -> list[FloatArray]:
    """Return those that are not digital silence, each `(samples,)` at 16 kHz, all of one level."""
    return [_levelled(noise) for path in paths if np.any(noise := _read(path))]


def quiet_streams(folders: Sequence[Path], side: str, seed: int) -> list[Stream]:
    """Return streams in which nobody speaks: noise where the folders hold it, tones, digital silence.

    Args:
        folders: where noise may lie.
        side: `validation` or `test`.
        seed: of the choice of noise and of the tones.
    """
    random = np.random.default_rng((seed, 6))
    paths = noise_paths(folders, side)
    order = random.permutation(len(paths))
    noises = noise_recordings([paths[i] for i in sorted(order[: _MOST_NOISES if side == "validation" else None])])
    silence = np.zeros(round(_SILENCE_SECONDS * SAMPLE_RATE), np.float32)
    streams = [Stream(name="noise", kind="silence", samples=np.concatenate(noises))] if noises else []
    return [
        *streams,
        Stream(name="music-like tones", kind="silence", samples=music(_MUSIC_SECONDS, random)),
        Stream(name="digital silence", kind="silence", samples=silence),
    ]


def meetings(folders: Sequence[Path], side: str) -> list[Stream]:
    """Return the real meetings of a side, `validation` or `test`: recordings beside an RTTM, by name."""
    paths = {path.stem: path for path in find_meetings(folders, side)}
    return [Stream(name=name, kind="meetings", samples=read_recording(paths[name])) for name in sorted(paths)]


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
