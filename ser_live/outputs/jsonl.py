"""JSON lines: the records as the contract has them; every other format is made from them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ser_live.errors import OutputError
from ser_live.outputs.base import Sink
from ser_live.outputs.lines import LineFile
from ser_live.types import Event, Prediction

__all__ = ["SCHEMA", "JsonLines", "as_json"]

SCHEMA = 1
"""Version of the JSONL records: fields may be added under it, none renamed."""


def as_json(record: Prediction | Event) -> dict[str, Any]:
    """Return the record as the object of its JSON line."""
    lane = {} if record.lane is None else {"lane": record.lane}
    if isinstance(record, Prediction):
        attention = {} if record.attention is None else {"attention": list(record.attention)}
        return {
            "type": "prediction",
            **lane,
            "start": record.start,
            "end": record.end,
            "available": record.available,
            "speech_seconds": record.speech_seconds,
            "probabilities": dict(record.probabilities),
            "smoothed": dict(record.smoothed),
            "label": record.label,
            "state": record.state,
            **attention,
        }
    number = {} if record.id is None else {"id": record.id}
    times = {"start": record.start, "end": record.end}
    return {"type": "event", "kind": record.kind, **number, **lane, **times, **record.fields}


class JsonLines(Sink):
    """One JSON object a line, written as soon as it is known.

    Args:
        file: where to; `close` closes it.
    """

    def __init__(self, file: LineFile) -> None:
        self.name = file.name
        self._file = file

    def open(self, fields: Mapping[str, Any]) -> None:
        """Write the first line."""
        self._write({"type": "session", "schema": SCHEMA, **fields})

    def take(self, record: Prediction | Event) -> None:
        """Write a prediction or an event."""
        self._write(as_json(record))

    def close(self, fields: Mapping[str, Any]) -> None:
        """Write the last line."""
        self._write({"type": "summary", **fields})
        self._file.close()

    def _write(self, fields: Mapping[str, Any]) -> None:
        try:
            line = json.dumps(fields, allow_nan=False)
        except ValueError:
            raise OutputError(
                f"the model gave a value that is not a number ({fields['type']} record): the model is broken, "
                "export it again or use another"
            ) from None
        self._file.write(line)
