"""Tiers: speech and emotion of each lane over the whole length, for programs that annotate."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ser_live.outputs.base import Sink
from ser_live.outputs.names import distinct, lanes_of, one_line
from ser_live.outputs.stretches import Stretches, milliseconds
from ser_live.outputs.whole import WholeFile
from ser_live.types import Event, Prediction

__all__ = ["Tier", "Tiers"]


@dataclass(kw_only=True)
class Tier:
    """A named row of intervals that do not overlap.

    Attributes:
        name: `speech` or `emotion`, with lanes `Agent speech`; no two are equal.
        lane: name of the lane in one line, None where there is only one.
        spans: (start, end, text), milliseconds, each longer than nothing.
    """

    name: str
    lane: str | None
    spans: list[tuple[int, int, str]] = field(default_factory=list)

    def add(self, start: int, end: int, text: str) -> None:
        """Append an interval; what lies before the end of the last one is cut off."""
        start = max(start, self.spans[-1][1] if self.spans else 0)
        if end > start:
            self.spans.append((start, end, text))


class Tiers(Sink):
    """Gather the tiers of a session, and write them at its end.

    Args:
        file: where to; `close` closes it.
    """

    def __init__(self, file: WholeFile) -> None:
        self.name = file.name
        self._file = file

    def open(self, fields: Mapping[str, Any]) -> None:
        """Make the tiers."""
        self._fields = fields
        self._stretches = Stretches(fields)
        lanes = lanes_of(fields)
        shown = [None if lane is None else one_line(lane) for lane in lanes]
        words = [f"{name or ''} {kind}".strip() for name in shown for kind in ("speech", "emotion")]
        names = iter(distinct(words))
        self._tiers = {
            lane: tuple(Tier(name=next(names), lane=name) for _ in range(2))
            for lane, name in zip(lanes, shown, strict=True)
        }
        self._speaking: dict[str | None, float] = {}
        self._last = 0

    def take(self, record: Prediction | Event) -> None:
        """Take what the record makes certain."""
        self._last = max(self._last, milliseconds(record.start if record.end is None else record.end))
        if isinstance(record, Event) and record.kind == "speech" and record.lane in self._tiers:
            if record.end is None:
                self._speaking[record.lane] = record.start
            else:
                self._speaking.pop(record.lane, None)
                self._add_speech(record.lane, record.start, record.end)
        for stretch in self._stretches.take(record):
            self._tiers[stretch.lane][1].add(
                milliseconds(stretch.start), milliseconds(stretch.end), one_line(stretch.label)
            )

    def close(self, fields: Mapping[str, Any]) -> None:
        """Write the file."""
        end = max(self._last, milliseconds(fields.get("seconds") or 0.0))
        for lane, start in self._speaking.items():
            self._add_speech(lane, start, end / 1000)
        for stretch in self._stretches.close(fields):
            self._tiers[stretch.lane][1].add(
                milliseconds(stretch.start), milliseconds(stretch.end), one_line(stretch.label)
            )
        tiers = [tier for pair in self._tiers.values() for tier in pair]
        self._file.write(self.text(self._fields, tiers, end))

    def _add_speech(self, lane: str | None, start: float, end: float) -> None:
        self._tiers[lane][0].add(milliseconds(start), milliseconds(end), "speech")

    @abstractmethod
    def text(self, fields: Mapping[str, Any], tiers: list[Tier], end: int) -> Iterable[str]:
        """Return the file's content.

        Args:
            fields: of the session record.
            tiers: two a lane: speech, then emotion.
            end: of the session, in milliseconds.
        """
