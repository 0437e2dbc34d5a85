"""Where records go: JSON lines and plain lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from ser_live.errors import OutputError
from ser_live.outputs.lines import LineFile, printable
from ser_live.types import Event, Prediction

__all__ = ["SCHEMA", "JsonLines", "Output", "Outputs", "PlainLines", "as_json"]

SCHEMA = 1
"""Version of the JSONL records: fields may be added under it, none renamed."""


class Output(Protocol):
    """What takes the records of a session: first `session`, then every record, last `summary`."""

    def session(self, fields: Mapping[str, Any]) -> None:
        """Write the first record."""
        ...

    def take(self, record: Prediction | Event) -> None:
        """Write a prediction or an event."""
        ...

    def summary(self, fields: Mapping[str, Any]) -> None:
        """Write the last record."""
        ...

    def close(self) -> None:
        """Close what is behind it."""
        ...


def as_json(record: Prediction | Event) -> dict[str, Any]:
    """Return the record as the object of its JSON line."""
    if isinstance(record, Prediction):
        return {
            "type": "prediction",
            "start": record.start,
            "end": record.end,
            "available": record.available,
            "speech_seconds": record.speech_seconds,
            "probabilities": dict(record.probabilities),
            "smoothed": dict(record.smoothed),
            "label": record.label,
            "state": record.state,
        }
    return {"type": "event", "kind": record.kind, "start": record.start, "end": record.end, **record.fields}


class JsonLines:
    """One JSON object a line, written as soon as it is known."""

    def __init__(self, file: LineFile) -> None:
        self._file = file
        self.close = file.close

    def session(self, fields: Mapping[str, Any]) -> None:
        """Write the first line."""
        self._write({"type": "session", "schema": SCHEMA, **fields})

    def take(self, record: Prediction | Event) -> None:
        """Write a prediction or an event."""
        self._write(as_json(record))

    def summary(self, fields: Mapping[str, Any]) -> None:
        """Write the last line."""
        self._write({"type": "summary", **fields})

    def _write(self, fields: Mapping[str, Any]) -> None:
        try:
            line = json.dumps(fields, allow_nan=False)
        except ValueError:
            raise OutputError(
                f"the model gave a value that is not a number ({fields['type']} record): the model is broken, "
                "export it again or use another"
            ) from None
        self._file.write(line)


class PlainLines:
    """One readable line a record.

    Args:
        file: where to.
        summarise: the summary's fields to its lines.
    """

    def __init__(self, file: LineFile, summarise: Callable[[Mapping[str, Any]], Iterable[str]]) -> None:
        self._file = file
        self._summarise = summarise
        self.close = file.close

    def session(self, fields: Mapping[str, Any]) -> None:
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

    def summary(self, fields: Mapping[str, Any]) -> None:
        """Write the summary."""
        for line in self._summarise(fields):
            self._write(line)

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


class Outputs:
    """Several outputs as one: each gets everything, also when another one fails; then the first failure is raised."""

    def __init__(self, outputs: Iterable[Output]) -> None:
        self._outputs = list(outputs)

    def session(self, fields: Mapping[str, Any]) -> None:
        """Write the first record."""
        self._each(lambda output: output.session(fields))

    def take(self, record: Prediction | Event) -> None:
        """Write a prediction or an event."""
        self._each(lambda output: output.take(record))

    def summary(self, fields: Mapping[str, Any]) -> None:
        """Write the last record."""
        self._each(lambda output: output.summary(fields))

    def close(self) -> None:
        """Close all."""
        self._each(lambda output: output.close())

    def _each(self, do: Callable[[Output], None]) -> None:
        failures: list[OSError | OutputError] = []
        for output in self._outputs:
            try:
                do(output)
            except (BrokenPipeError, OutputError) as failure:
                failures.append(failure)
        if failures:
            raise min(failures, key=lambda failure: isinstance(failure, OSError))  # a stated error before a closed pipe
