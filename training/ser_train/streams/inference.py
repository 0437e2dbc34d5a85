"""Hear a stream through the live pipeline once, and keep what any smoothing of it could be made of."""

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

__all__ = ["HeardStream", "Utterance", "hear_streams"]

_BLOCK = SAMPLE_RATE * 8 // 100  # what the program hears at a time


@dataclass(frozen=True, kw_only=True)
class Utterance:
    """What was said of one utterance.

    Attributes:
        predictions: in order.
        over: when it was over: its end, and the pause that told so.
    """

    predictions: tuple[Prediction, ...]
    over: float


@dataclass(frozen=True, kw_only=True)
class HeardStream:
    """What the live path said of a stream.

    Attributes:
        stream: what it heard; the samples may be gone.
        utterances: in order.
        audible: `(start, end)` of the stretches in which the screen may show a label: speech, and 0.5 s after it.
    """

    stream: Stream
    utterances: tuple[Utterance, ...]
    audible: tuple[tuple[float, float], ...]


def hear_streams(
    classifier: Classifier, streams: Sequence[Stream], progress: Callable[[int, int], None]
) -> list[HeardStream]:
    """Run each stream through the pipeline at its shipped settings, faster than real time."""
    pipeline = EmotionPipeline(classifier)
    heard = []
    for done, stream in enumerate(streams, 1):
        heard.append(_hear(pipeline, stream))
        progress(done, len(streams))
    return heard


def _hear(pipeline: EmotionPipeline, stream: Stream) -> HeardStream:
    records: list[Prediction | Event] = []
    spoken: list[bool] = []
    for start in range(0, len(stream.samples), _BLOCK):
        records += pipeline.feed(stream.samples[start : start + _BLOCK])
        spoken.append(pipeline.speaking)
    records += pipeline.flush()
    return HeardStream(
        stream=stream,
        utterances=_utterances(records, pipeline.settings.max_pause),
        audible=_audible(np.array(spoken), stream.seconds),
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


def _audible(spoken: NDArray[np.bool_], seconds: float) -> tuple[tuple[float, float], ...]:
    """Stretches of the stream from the blocks that ended in speech, each held for half a second."""
    stretches: list[tuple[float, float]] = []
    seconds_each = _BLOCK / SAMPLE_RATE
    for block in np.flatnonzero(spoken):
        start, end = float(block * seconds_each), float((block + 1) * seconds_each + HOLD_SECONDS)
        if stretches and start <= stretches[-1][1]:
            start = stretches.pop()[0]
        stretches.append((start, min(end, seconds)))
    return tuple(stretches)
