"""Plain lines: the records for a person, where there is no screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ser_live.outputs.base import Sink
from ser_live.outputs.lines import LineFile, printable
from ser_live.types import Event, Prediction

__all__ = ["PlainLines"]


class PlainLines(Sink):
    """One readable line a record.

    Args:
        file: where to; `close` closes it.
        summarise: the summary's fields to its lines.
    """

    def __init__(self, file: LineFile, summarise: Callable[[Mapping[str, Any]], Iterable[str]]) -> None:
        self.name = file.name
        self._file = file
        self._summarise = summarise
        self._width = 0  # of the lanes' names

    def open(self, fields: Mapping[str, Any]) -> None:
        """Write what is listened to, and with what."""
        got = fields["device"]["got"]
        self._width = max((len(lane["name"]) for lane in fields.get("lanes", ())), default=0)
        self._write(f"ser-live {fields['version']}: {fields['source']}, model {fields['model']['name']} on {got}")

    def take(self, record: Prediction | Event) -> None:
        """Write a prediction (at the end of its window) or an event."""
        if isinstance(record, Prediction):
            shares = "  ".join(f"{label}{share:5.0%}" for label, share in record.smoothed.items())
            line = f"{record.state:<11}  {record.label:<8}  {shares}"
            self._write(f"{record.end:9.2f} s  {self._lane(record)}{line}")
        else:
            at = record.start if record.end is None else record.end
            self._write(f"{at:9.2f} s  {self._lane(record)}{_event_line(record)}")

    def close(self, fields: Mapping[str, Any]) -> None:
        """Write the summary."""
        for line in self._summarise(fields):
            self._write(line)
        self._file.close()

    def _lane(self, record: Prediction | Event) -> str:
        """Return the column of the lanes' names, empty where there is only one."""
        return f"{record.lane or '':<{self._width}}  " if self._width else ""

    def _write(self, line: str) -> None:
        self._file.write(printable(line))


def _event_line(event: Event) -> str:
    words = str(event.fields.get("message", event.fields.get("label", "")))
    if event.kind == "overflow" and not words:
        words = f"{event.fields.get('blocks', 1)} blocks lost"
    if event.kind in ("speech", "emotion"):
        words += " begins" if event.end is None else f" ends, began at {event.start:.2f} s"
    return f"{event.kind:<11}  {words.strip()}"
