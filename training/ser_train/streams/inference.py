"""Run a stream through the live pipeline once, and keep what any smoothing of it could be made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ser_live import EmotionPipeline, Event, Prediction
from ser_live.classifier import Classifier
from ser_live.session import HOLD_SECONDS
from ser_live.types import SAMPLE_RATE
from ser_train.streams.stream import Stream

__all__ = ["StreamPredictions", "Utterance", "predict_streams"]

_BLOCK = SAMPLE_RATE * 8 // 100  # samples that the program takes at a time


@dataclass(frozen=True, kw_only=True)
class Utterance:
    """Predictions of one utterance.

    Attributes:
        predictions: in order.
        over: when it was known to be over, in seconds of the stream: its end, and the pause after it.
    """

    predictions: tuple[Prediction, ...]
    over: float


@dataclass(frozen=True, kw_only=True)
class StreamPredictions:
    """Predictions of the live path on a stream.

    Attributes:
        stream: that it was run on.
        utterances: in order.
        audible: `(start, end)`, in seconds, of the stretches in which the screen may show a label: speech, and 0.5 s
            after it.
    """

    stream: Stream
    utterances: tuple[Utterance, ...]
    audible: tuple[tuple[float, float], ...]


def predict_streams(
    classifier: Classifier, streams: Sequence[Stream], progress: Callable[[int, int], None]
) -> list[StreamPredictions]:
    """Run each stream through the pipeline at its shipped settings; `progress` takes how many of how many are done."""
    pipeline = EmotionPipeline(classifier)
    predictions = []
    for done, stream in enumerate(streams, 1):
        predictions.append(_predict(pipeline, stream))
        progress(done, len(streams))
    return predictions


def _predict(pipeline: EmotionPipeline, stream: Stream) -> StreamPredictions:
    records: list[Prediction | Event] = []
    speaking: list[bool] = []
    for start in range(0, len(stream.samples), _BLOCK):
        records += pipeline.feed(stream.samples[start : start + _BLOCK])
        speaking.append(pipeline.speaking)
    records += pipeline.flush()
    return StreamPredictions(
        stream=stream,
        utterances=_utterances(records, pipeline.settings.max_pause),
        audible=_audible(np.array(speaking), stream.seconds),
    )


def _utterances(records: Sequence[Prediction | Event], pause: float) -> tuple[Utterance, ...]:
    utterances: list[Utterance] = []
    predictions: list[Prediction] = []
    for record in records:
        if isinstance(record, Prediction):
            predictions.append(record)
        elif record.kind == "speech" and record.end is not None:
            utterances.append(Utterance(predictions=tuple(predictions), over=record.end + pause))
            predictions = []
    return tuple(utterances)


def _audible(speaking: NDArray[np.bool_], seconds: float) -> tuple[tuple[float, float], ...]:
    """Join the blocks that ended in speech, each held for half a second, to stretches."""
    stretches: list[tuple[float, float]] = []
    length = _BLOCK / SAMPLE_RATE
    for block in np.flatnonzero(speaking):
        start, end = float(block * length), float((block + 1) * length + HOLD_SECONDS)
        if stretches and start <= stretches[-1][1]:
            start = stretches.pop()[0]
        stretches.append((start, min(end, seconds)))
    return tuple(stretches)
