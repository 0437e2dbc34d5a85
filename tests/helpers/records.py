"""Run a pipeline on a signal and choose among its records."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from ser_live.classifier import Classifier
from ser_live.pipeline import EmotionPipeline
from ser_live.types import Event, Prediction

AT_ONCE = 1e6
"""Evidence with which whatever leads is committed to."""


Record = Prediction | Event


def listen(model: Classifier, signal: NDArray[Any], sample_rate: float = 16_000, **settings: Any) -> list[Record]:
    """All records of a signal."""
    pipeline = EmotionPipeline(model, sample_rate=sample_rate, **settings)
    return pipeline.feed(signal) + pipeline.flush()


def predictions(records: list[Record]) -> list[Prediction]:
    return [record for record in records if isinstance(record, Prediction)]


def events(records: list[Record], kind: str) -> list[Event]:
    return [record for record in records if isinstance(record, Event) and record.kind == kind]
