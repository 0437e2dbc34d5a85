"""Measure a model as users run it: the ONNX file, through `ser_live`'s own pipeline, one clip a stream."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from ser_live import EmotionPipeline, Prediction, verdict
from ser_live.classifier import Classifier
from ser_live.resample import resample
from ser_live.types import SAMPLE_RATE, FloatArray
from ser_train.corpora import Clip
from ser_train.errors import TrainingError

__all__ = ["Condition", "Heard", "listen", "log_opening"]

Progress = Callable[[int, int], None]

Condition = Callable[[FloatArray, int], FloatArray]
"""What happens to a clip before the model hears it: samples `(samples,)` at 16 kHz and a seed, to samples."""

_MOST_PROCESSES = 16


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What the live pipeline says of one clip.

    Attributes:
        verdict: mean probabilities `(labels,)` weighted by speech; None if it gave no prediction.
        probabilities: of each prediction alone, `(predictions, labels)`.
        speech: seconds of speech in each prediction's window, `(predictions,)`.
        smoothed: largest smoothed probability of each prediction past the warm-up.
    """

    verdict: NDArray[np.float64] | None
    probabilities: NDArray[np.float64]
    speech: NDArray[np.float64]
    smoothed: list[float]


def listen(
    model: Path,
    clips: Sequence[Clip],
    progress: Progress,
    workers: int | None = None,
    condition: Condition | None = None,
) -> list[Heard]:
    """Run every clip through the live pipeline with this model, on the CPU.

    Args:
        model: an ONNX file with a contract.
        clips: what to hear.
        progress: is told how many of how many are done.
        workers: processes; as many as there are cores by default.
        condition: what is done to each clip first; its seed is made of the clip's name, the same in every run.
    """
    if not clips:
        return []
    heard: list[Heard] = []
    pool = ProcessPoolExecutor(
        min(workers or _cores(), len(clips)),
        mp_context=multiprocessing.get_context("spawn"),  # a fork beside running threads (bars, torch) can hang
        initializer=_start,
        initargs=(model, condition),
    )
    with pool:
        try:
            for done, one in enumerate(pool.map(_hear, [clip.path for clip in clips], chunksize=4), 1):
                heard.append(one)
                progress(done, len(clips))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)  # an interrupt does not wait for thousands of clips
            raise
    return heard


def _cores() -> int:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, _MOST_PROCESSES)


class _Listener:
    """One process's model, with a pipeline for every sample rate."""

    def __init__(self, model: Path, condition: Condition | None) -> None:
        self.classifier = Classifier(model, "cpu")
        self.condition = condition
        self._pipelines: dict[int, EmotionPipeline] = {}

    def __call__(self, path: Path) -> Heard:
        samples, sample_rate = _read(path)
        if self.condition is not None and len(samples):
            seed = zlib.crc32(path.stem.encode())
            samples, sample_rate = self.condition(resample(samples, sample_rate), seed), SAMPLE_RATE
        if sample_rate not in self._pipelines:
            self._pipelines[sample_rate] = EmotionPipeline(self.classifier, sample_rate=sample_rate)
        pipeline = self._pipelines[sample_rate]
        records = pipeline.feed(samples) + pipeline.flush()
        predictions = [record for record in records if isinstance(record, Prediction)]
        labels = self.classifier.labels
        said = verdict(predictions)
        rows = [[p.probabilities[label] for label in labels] for p in predictions]
        return Heard(
            verdict=None if said is None else np.array([said[label] for label in labels]),
            probabilities=np.array(rows, np.float64).reshape(-1, len(labels)),
            speech=np.array([p.speech_seconds for p in predictions], np.float64),
            smoothed=[max(p.smoothed.values()) for p in predictions if p.state != "warming-up"],
        )


_listeners: list[_Listener] = []  # of this process: one, once `_start` ran


def _start(model: Path, condition: Condition | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is interrupted, and ends its children
    _listeners[:] = [_Listener(model, condition)]


def _hear(path: Path) -> Heard:
    return _listeners[0](path)


def _read(path: Path) -> tuple[FloatArray, int]:
    """Mean of the channels and their rate; nothing of a damaged clip, which then has no verdict and counts as wrong."""
    nothing = np.zeros(0, np.float32), SAMPLE_RATE
    try:
        samples, sample_rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, RuntimeError):
        return nothing
    return (samples.mean(axis=1), sample_rate) if np.isfinite(samples).all() else nothing


def log_opening(model: Path, sha256: str, corpora: Sequence[str], commit: str) -> int:
    """Write down, in `test-openings.jsonl` beside the model, that the test speakers are opened for it.

    Returns how often they were opened before for a model of that name.

    Raises:
        TrainingError: if that cannot be written: what is not written down is not opened.
    """
    path = model.with_name("test-openings.jsonl")
    row = {
        "when": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "model": model.name,
        "sha256": sha256,
        "corpora": list(corpora),
        "commit": commit,
    }
    try:
        earlier = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        with path.open("a") as out:
            out.write(json.dumps(row) + "\n")
        return sum(before["model"] == model.name for before in earlier)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(
            f"{path}, where openings of the test speakers are written down, cannot be read and written ({error!r}): "
            "copy the model to a folder of your own, or mend the file"
        ) from None
