"""What went wrong while listening: the signal, the device, lost sound."""

from __future__ import annotations

from dataclasses import dataclass

from ser_live.types import Event

__all__ = ["Mark", "Marks"]

_MOST = 1000  # of a session; more would hide each other


@dataclass
class Mark:
    """A warning with its time in seconds; `end` is None where it has none."""

    start: float
    end: float | None
    kind: str
    text: str
    lane: str | None


class Marks:
    """Collect the warnings of a session; one that ends is closed, not told twice.

    Attributes:
        kept: the first thousand.
        left_out: how many came after these.
        last: the latest time that one of them names.
    """

    def __init__(self) -> None:
        self.kept: list[Mark] = []
        self.left_out = 0
        self.last = 0.0
        self._open: dict[str, Mark] = {}

    def take(self, event: Event) -> None:
        """Take an event that is neither speech nor emotion."""
        self.last = max(self.last, event.start, event.end or 0.0)
        begun = self._open.pop(event.id, None) if event.id is not None else None
        if begun is not None:
            begun.end = event.end
            return
        if len(self.kept) >= _MOST:
            self.left_out += 1
            return
        text = str(event.fields.get("message") or _words(event))
        mark = Mark(event.start, event.end, event.kind, text, event.lane)
        self.kept.append(mark)
        if event.id is not None and event.end is None:
            self._open[event.id] = mark


def _words(event: Event) -> str:
    if event.kind == "overflow":
        return f"{event.fields.get('blocks', 1)} blocks of sound were lost"
    return event.kind
