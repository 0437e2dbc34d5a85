"""Measure a model as users run it: the ONNX file, through `ser_live`'s own pipeline, one clip a stream."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from ser_live import EmotionPipeline, Prediction, verdict
from ser_live.classifier import Classifier
from training.corpora import Clip, six_classes
from training.metrics import accuracy, bootstrap_uar, confusion_matrix, expected_calibration_error, recalls, uar

__all__ = ["Heard", "figures", "listen", "log_opening"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What the live pipeline says of one clip.

    Attributes:
        verdict: mean probabilities `(labels,)` weighted by speech; None if it gave no prediction.
        smoothed: largest smoothed probability of each prediction past the warm-up.
    """

    verdict: NDArray[np.float64] | None
    smoothed: list[float]


def listen(model: Path, clips: Sequence[Clip], progress: Progress, workers: int = 2) -> list[Heard]:
    """Run every clip through the live pipeline with this model, on the CPU."""
    heard: list[Heard] = []
    with ProcessPoolExecutor(workers) as pool:
        jobs = pool.map(_hear, [model] * len(clips), [clip.path for clip in clips], chunksize=8)
        for done, one in enumerate(jobs, 1):
            heard.append(one)
            progress(done, len(clips))
    return heard


@cache
def _pipeline(model: Path) -> tuple[Classifier, dict[int, EmotionPipeline]]:
    return Classifier(model, "cpu"), {}


def _hear(model: Path, path: Path) -> Heard:
    classifier, pipelines = _pipeline(model)
    try:
        samples, sample_rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, RuntimeError):
        return Heard(verdict=None, smoothed=[])  # a damaged clip has no verdict, and counts as wrong
    if not np.isfinite(samples).all():
        return Heard(verdict=None, smoothed=[])
    if sample_rate not in pipelines:
        pipelines[sample_rate] = EmotionPipeline(classifier, sample_rate=sample_rate)
    pipeline = pipelines[sample_rate]
    records = pipeline.feed(samples.mean(axis=1)) + pipeline.flush()
    predictions = [record for record in records if isinstance(record, Prediction)]
    said = verdict(predictions)
    return Heard(
        verdict=None if said is None else np.array([said[label] for label in classifier.labels]),
        smoothed=[max(p.smoothed.values()) for p in predictions if p.state != "warming-up"],
    )


def figures(clips: Sequence[Clip], heard: Sequence[Heard], labels: Sequence[str], protocol: str) -> dict[str, Any]:
    """Figures by clip, each with its protocol and how many clips and speakers it stands on.

    A clip without a prediction counts as wrong.
    """
    truth = np.array([labels.index(str(six_classes(clip.label))) for clip in clips])
    said = np.array([-1 if one.verdict is None else int(one.verdict.argmax()) for one in heard])
    speakers = [clip.speaker for clip in clips]
    heard_some = said >= 0
    probabilities = np.stack([one.verdict for one in heard if one.verdict is not None])
    low, high = bootstrap_uar(truth, said, speakers, len(labels))
    matrix = confusion_matrix(truth, said, len(labels))
    return {
        "protocol": protocol,
        "clips": len(clips),
        "speakers": len(set(speakers)),
        "without_prediction": int(np.count_nonzero(~heard_some)),
        "uar": round(uar(truth, said, len(labels)), 4),
        "uar_interval": [round(low, 4), round(high, 4)],
        "accuracy": round(accuracy(truth, said), 4),
        "ece": round(expected_calibration_error(probabilities, truth[heard_some]), 4),
        "recall": {label: round(float(r), 4) for label, r in zip(labels, recalls(matrix), strict=True) if r == r},
        "confusion": {"labels": [*labels, "nothing"], "counts": matrix.tolist()},
    }


def log_opening(model: Path, sha256: str, corpora: Sequence[str], commit: str) -> int:
    """Write down, in `test-openings.jsonl` beside the model, that the test speakers are opened for it.

    Returns how often they were opened before for a model of that name.
    """
    path = model.with_name("test-openings.jsonl")
    earlier = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    row = {
        "when": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "model": model.name,
        "sha256": sha256,
        "corpora": list(corpora),
        "commit": commit,
    }
    with path.open("a") as out:
        out.write(json.dumps(row) + "\n")
    return sum(row["model"] == model.name for row in earlier)
