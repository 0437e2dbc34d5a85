"""Let a model hear clips as users run it: the ONNX file, through `ser_live`'s own pipeline, one clip a stream."""

from __future__ import annotations

import multiprocessing
import os
import signal
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ser_live import EmotionPipeline, Prediction, verdict
from ser_live.classifier import Classifier
from ser_live.resample import resample
from ser_live.types import SAMPLE_RATE, FloatArray
from ser_train.corpora import Clip
from ser_train.corpora.audio import RecordingError, read_clip

__all__ = ["ClipPredictions", "Condition", "predict_clips", "restrict_predictions", "restriction"]

Progress = Callable[[int, int], None]

Condition = Callable[[FloatArray, int], FloatArray]
"""What happens to a clip before the model hears it: samples `(samples,)` at 16 kHz and a seed, to samples."""

_MOST_PROCESSES = 16


@dataclass(frozen=True, kw_only=True)
class ClipPredictions:
    """What the live pipeline predicts of one clip.

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

    @property
    def position(self) -> int:
        """Position of the verdict's label; -1 without a verdict."""
        return -1 if self.verdict is None else int(self.verdict.argmax())


def predict_clips(
    model: Path,
    clips: Sequence[Clip],
    progress: Progress,
    workers: int | None = None,
    condition: Condition | None = None,
) -> list[ClipPredictions]:
    """Run every clip through the live pipeline with this model, on the CPU.

    Args:
        model: an ONNX file with a contract.
        clips: to hear.
        progress: is given how many of how many are done.
        workers: processes; as many as there are cores by default.
        condition: changes each clip first; its seed is made of the clip's name, the same in every run.
    """
    if not clips:
        return []
    predictions: list[ClipPredictions] = []
    pool = ProcessPoolExecutor(
        min(workers or _cores(), len(clips)),
        mp_context=multiprocessing.get_context("spawn"),  # a fork beside running threads (bars, torch) can hang
        initializer=_start,
        initargs=(model, condition),
    )
    with pool:
        try:
            for done, result in enumerate(pool.map(_predict, clips, chunksize=4), 1):
                predictions.append(result)
                progress(done, len(clips))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)  # an interrupt does not wait for thousands of clips
            raise
    return predictions


def _cores() -> int:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, _MOST_PROCESSES)


class _Predictor:
    """One process's model, with a pipeline for every sample rate."""

    def __init__(self, model: Path, condition: Condition | None) -> None:
        self.classifier = Classifier(model, "cpu")
        self.condition = condition
        self._pipelines: dict[int, EmotionPipeline] = {}

    def __call__(self, clip: Clip) -> ClipPredictions:
        samples, sample_rate = _read(clip)
        if self.condition is not None and len(samples):
            seed = zlib.crc32(f"{clip.path.stem}{clip.excerpt}".encode())
            samples, sample_rate = self.condition(resample(samples, sample_rate), seed), SAMPLE_RATE
        if sample_rate not in self._pipelines:
            self._pipelines[sample_rate] = EmotionPipeline(self.classifier, sample_rate=sample_rate)
        pipeline = self._pipelines[sample_rate]
        records = pipeline.feed(samples) + pipeline.flush()
        predictions = [record for record in records if isinstance(record, Prediction)]
        labels = self.classifier.labels
        mean = verdict(predictions)
        rows = [[p.probabilities[label] for label in labels] for p in predictions]
        return ClipPredictions(
            verdict=None if mean is None else np.array([mean[label] for label in labels]),
            probabilities=np.array(rows, np.float64).reshape(-1, len(labels)),
            speech=np.array([p.speech_seconds for p in predictions], np.float64),
            smoothed=[max(p.smoothed.values()) for p in predictions if p.state != "warming-up"],
        )


_predictors: list[_Predictor] = []  # of this process: one, once `_start` ran


def _start(model: Path, condition: Condition | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is interrupted, and ends its children
    _predictors[:] = [_Predictor(model, condition)]


def _predict(clip: Clip) -> ClipPredictions:
    return _predictors[0](clip)


def _read(clip: Clip) -> tuple[FloatArray, int]:
    """Return a clip's samples and their rate; no samples of a damaged one, which then counts as wrong."""
    try:
        return read_clip(clip)
    except RecordingError:
        return np.zeros(0, np.float32), SAMPLE_RATE


def restrict_predictions(
    predictions: Sequence[ClipPredictions], labels: Sequence[str], kept: Sequence[str]
) -> list[ClipPredictions]:
    """Restrict predictions to some of the model's labels.

    In each window the other labels are dropped and the rest scaled to sum to 1, equal where all of them are 0; then the
    verdicts are averaged anew. The smoothed probabilities, of which only the largest are known, are left out.

    Args:
        predictions: of each clip.
        labels: of the model.
        kept: some of them, in the same order.
    """
    if tuple(kept) == tuple(labels):
        return list(predictions)
    columns = [list(labels).index(label) for label in kept]
    restricted = []
    for prediction in predictions:
        rows = prediction.probabilities[:, columns]
        sums = rows.sum(axis=1, keepdims=True)
        rows = np.divide(rows, sums, out=np.full_like(rows, 1 / len(kept)), where=sums > 0)
        mean = None if prediction.verdict is None else prediction.speech @ rows / prediction.speech.sum()
        restricted.append(replace(prediction, verdict=mean, probabilities=rows, smoothed=[]))
    return restricted


def restriction(labels: Sequence[str], kept: Sequence[str]) -> str:
    """Return the end of a protocol's sentence that says so; empty where every label is kept.

    >>> restriction(("angry", "sad"), ("angry", "sad"))
    ''
    """
    if len(kept) == len(labels):
        return ""
    how = "in each window the others dropped, the rest scaled to sum to 1"
    return f"; probabilities of {len(labels)} labels restricted to {', '.join(kept)} ({how})"
