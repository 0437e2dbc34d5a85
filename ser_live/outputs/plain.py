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

    def open(self, fields: Mapping[str, Any]) -> None:
        """Write what is listened to, and with what."""
        got = fields["device"]["got"]
        self._write(f"ser-live {fields['version']}: {fields['source']}, model {fields['model']['name']} on {got}")

    def take(self, record: Prediction | Event) -> None:
        """Write a prediction (at the end of its window) or an event."""
        if isinstance(record, Prediction):
            shares = "  ".join(f"{label}{share:5.0%}" for label, share in record.smoothed.items())
            self._write(f"{record.end:9.2f} s  {record.state:<11}  {record.label:<8}  {shares}")
        else:
            self._write(_event_line(record))

    def close(self, fields: Mapping[str, Any]) -> None:
        """Write the summary."""
        for line in self._summarise(fields):
            self._write(line)
        self._file.close()

    def _write(self, line: str) -> None:
        self._file.write(printable(line))


def _event_line(event: Event) -> str:
    words = str(event.fields.get("message", event.fields.get("label", "")))
    if event.kind == "overflow" and not words:
        words = f"{event.fields.get('blocks', 1)} blocks lost"
    if event.kind in ("speech", "emotion"):
        words += " begins" if event.end is None else f" ends, began at {event.start:.2f} s"
    at = event.start if event.end is None else event.end
    return f"{at:9.2f} s  {event.kind:<11}  {words.strip()}"
