"""Stand-in for `ser_live/outputs/stretches.py`, with its interface."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ser_live.types import Event, Prediction

__all__ = ["Stretch", "Stretches"]


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """A part of a lane with one emotion."""

    lane: str | None
    start: float
    end: float
    label: str
    probability: float | None
    smoothed: Mapping[str, float]


class Stretches:
    """Fold a session's records into stretches."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self._open: dict[str | None, tuple[Event, list[Prediction]]] = {}
        self._last = 0.0

    def take(self, record: Prediction | Event) -> list[Stretch]:
        """Take a record: return the stretches that are certain now."""
        self._last = max(self._last, record.start, record.end or 0.0)
        if isinstance(record, Prediction):
            if record.lane in self._open:
                self._open[record.lane][1].append(record)
        elif record.kind == "emotion":
            if record.end is None:
                self._open[record.lane] = (record, [])
            elif record.lane in self._open:
                return self._done(record.lane, record.end)
        return []

    def close(self, fields: Mapping[str, Any]) -> list[Stretch]:
        """End with the fields of the summary record."""
        return [stretch for lane in list(self._open) for stretch in self._done(lane, self._last)]

    def _done(self, lane: str | None, end: float) -> list[Stretch]:
        begun, said = self._open.pop(lane)
        if end <= begun.start:
            return []
        means = {
            label: sum(p.smoothed[label] for p in said) / len(said) for label in (said[0].smoothed if said else ())
        }
        label = str(begun.fields["label"])
        return [
            Stretch(lane=lane, start=begun.start, end=end, label=label, probability=means.get(label), smoothed=means)
        ]
