"""Streams without a known emotion: meetings, and noise, music-like tones and digital silence, where nobody speaks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ser_live.types import SAMPLE_RATE
from ser_train.corpora.audio import read_recording
from ser_train.corpora.meetings import find_meetings
from ser_train.data.quiet_sounds import music, noise_paths, noise_recordings
from ser_train.streams.stream import Stream

__all__ = ["meetings", "quiet_streams"]

_MOST_NOISES = 40  # recordings of five seconds
_MUSIC_SECONDS, _SILENCE_SECONDS = 60.0, 30.0


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
