"""Decode, resample and cut every clip to its speech once, with the live path's own code.

The speech of all clips stands in one memory-mapped file of 16-bit samples, beside an index. The cache's name is a
digest of every recording's content and of the code that cuts it: if either changes, a new cache is made.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

import ser_live.resample
import ser_live.vad
from ser_live.resample import resample
from ser_live.types import FloatArray
from ser_live.vad import CELL, SpeechDetector
from ser_train.corpora import Clip
from ser_train.corpora.audio import RecordingError, read_clip
from ser_train.corpora.digests import Digests
from ser_train.errors import TrainingError
from ser_train.files import write_whole

__all__ = ["SpeechCache", "build_cache", "cut_speech"]

Progress = Callable[[int, int], None]
"""Called with the clips done and the clips there are."""


def cut_speech(samples: FloatArray, sample_rate: int) -> FloatArray:
    """Return the speech of a recording `(samples,)` at 16 kHz, without its pauses, as the live path does."""
    signal = resample(samples, sample_rate)
    detector = _detector()
    decisions = np.concatenate([detector.feed(signal), detector.flush()])
    return cast(FloatArray, signal[np.repeat(decisions, CELL)[: len(signal)]])


@cache
def _detector() -> SpeechDetector:
    """Make one detector a process: opening it costs more than a clip does, and `flush` leaves it as new."""
    return SpeechDetector("both")


@dataclass(frozen=True, kw_only=True)
class SpeechCache:
    """Speech of many clips.

    Attributes:
        clips: those that hold speech.
        bounds: where the speech of each starts and ends in `samples`, `(clips, 2)`.
        samples: 16-bit samples of all, memory-mapped.
        faulty: clips that hold no speech or could not be decoded, with the reason.
    """

    clips: list[Clip]
    bounds: NDArray[np.int64]
    samples: NDArray[np.int16]
    faulty: dict[str, str]

    def speech(self, index: int, start: int = 0, end: int | None = None) -> FloatArray:
        """Return the speech of one clip, or its samples from `start` to `end`, `(samples,)` in [-1, 1]."""
        first, last = self.bounds[index].tolist()
        piece = self.samples[first + start : last if end is None else min(last, first + end)]
        return piece.astype(np.float32) / np.float32(32768)


def build_cache(clips: Sequence[Clip], folder: Path, progress: Progress, workers: int | None = None) -> SpeechCache:
    """Open the cache of these clips; cut them first if it is not there yet.

    Raises:
        TrainingError: if the folder cannot be written, or no clip holds speech.
    """
    path = folder / f"speech-{_digest(clips)}"
    try:
        if not path.with_suffix(".json").exists():
            folder.mkdir(parents=True, exist_ok=True)
            _write(clips, path, progress, workers or os.cpu_count() or 1)
        index = json.loads(path.with_suffix(".json").read_text())
    except OSError as error:
        raise TrainingError(
            f"the cache {path} cannot be written: {error.strerror or error}: make room, or choose another --cache"
        ) from None
    lengths = np.array(index["lengths"], np.int64)
    ends = np.cumsum(lengths)
    kept = [i for i, length in enumerate(lengths) if length]
    if not kept:
        reasons = Counter(index["faulty"].values()).most_common(3)
        why = "; ".join(f"{count:,} {reason}" for reason, count in reasons)
        raise TrainingError(f"none of the {len(clips):,} clips holds speech ({why}): look at the recordings")
    return SpeechCache(
        clips=[clips[i] for i in kept],
        bounds=np.stack([ends - lengths, ends], axis=1)[kept],
        samples=np.memmap(path.with_suffix(".i16"), np.int16, mode="r"),
        faulty=index["faulty"],
    )


def _digest(clips: Sequence[Clip]) -> str:
    """Compute the digest of the recordings, of the stretches of them, and of the code that cuts them."""
    digest = hashlib.sha256()
    for module in (ser_live.vad, ser_live.resample):
        digest.update(Path(str(module.__file__)).read_bytes())
    digests = Digests()
    for clip in clips:
        digest.update(clip.name.encode() + b"\0" + digests.clip(clip))
    return digest.hexdigest()[:16]


def _write(clips: Sequence[Clip], path: Path, progress: Progress, workers: int) -> None:
    """Cut all clips in parallel processes; the index is written last, and whole."""
    lengths: list[int] = []
    faulty: dict[str, str] = {}
    with ProcessPoolExecutor(workers) as pool, path.with_suffix(".i16").open("wb") as out:
        for done, (clip, (speech, fault)) in enumerate(zip(clips, pool.map(_cut, clips, chunksize=16), strict=True), 1):
            out.write(speech.tobytes())
            lengths.append(len(speech))
            if fault:
                faulty[clip.name] = fault
            progress(done, len(clips))
    write_whole(path.with_suffix(".json"), json.dumps({"lengths": lengths, "faulty": faulty}), "the cache")


def _cut(clip: Clip) -> tuple[NDArray[np.int16], str]:
    """Return the speech of one clip as 16-bit samples, and what is wrong with it (empty where nothing is)."""
    try:
        speech = cut_speech(*read_clip(clip))
    except RecordingError as error:
        return np.zeros(0, np.int16), error.reason
    pcm = np.clip(np.round(speech * 32768), -32768, 32767).astype(np.int16)
    return pcm, "" if len(pcm) else "holds no speech"
