"""A session as rows of the summary table, one a lane: a pure function of its records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from ser_live.outputs.base import Sink
from ser_live.outputs.stretches import Stretch, Stretches
from ser_live.types import Event, Prediction

__all__ = ["RowFold", "columns"]

_WITHHELD = "uncertain"
_QUALITY = ("overflow", "signal", "device")


def columns(labels: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of a row, in their order, for a model with those labels."""
    return (
        "lane",
        "seconds",
        "speech_seconds",
        "speech_share",
        "withheld_share",
        "changes",
        "main_label",
        *(f"{label}_seconds" for label in labels),
        *(f"longest_{label}_seconds" for label in labels),
        "interruptions",
        "answers",
        "answer_median_seconds",
        "overlap_seconds",
        "silence_seconds",
        "level_dbfs",
        "predictions",
        "warnings",
        "model",
        "model_sha256",
    )


class RowFold(Sink):
    """Make the rows of a session; they are there after `close`.

    Seconds of a label and the longest time of a label are those of the stretches, as in every output format;
    `withheld_share` is the share of the speaking time in which the screen shows no label.

    Attributes:
        rows: a row a lane, without the columns that tell of the recording.
    """

    name = "the summary"
    needed = False

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self._stretches: dict[str | None, list[Stretch]] = defaultdict(list)
        self._speech: dict[str | None, float] = defaultdict(float)
        self._predictions: dict[str | None, int] = defaultdict(int)
        self._warnings: dict[str | None, int] = defaultdict(int)

    def open(self, fields: Mapping[str, Any]) -> None:
        """Begin with the fields of the session record."""
        self._session = fields
        self._fold = Stretches(fields)

    def take(self, record: Prediction | Event) -> None:
        """Take a prediction or an event."""
        self._sort_in(self._fold.take(record))
        if isinstance(record, Prediction):
            self._predictions[record.lane] += 1
        elif record.kind == "speech" and record.end is not None:
            self._speech[record.lane] += float(record.fields.get("speech_seconds", 0.0))
        elif record.kind in _QUALITY:
            self._warnings[record.lane] += 1

    def close(self, fields: Mapping[str, Any]) -> None:
        """End with the fields of the summary record, and make the rows."""
        self._sort_in(self._fold.close(fields))
        lanes = self._session.get("lanes")
        sheet = fields.get("call") or {}
        if lanes:
            of_lane = {lane["name"]: lane for lane in sheet.get("lanes", [])}
            self.rows = [self._row(lane["name"], fields, sheet, of_lane.get(lane["name"], {})) for lane in lanes]
        else:
            self.rows = [self._row(None, fields, {}, fields)]

    def _sort_in(self, stretches: Sequence[Stretch]) -> None:
        for stretch in stretches:
            self._stretches[stretch.lane].append(stretch)

    def _row(
        self, lane: str | None, summary: Mapping[str, Any], sheet: Mapping[str, Any], own: Mapping[str, Any]
    ) -> dict[str, Any]:
        model = self._session["model"]
        stretches = self._stretches[lane]
        seconds, longest = _times(stretches, model["labels"])
        speech = round(self._speech[lane], 3)
        length = float(summary.get("seconds") or 0.0)
        shown = own.get("emotion_seconds") or {}
        speaking = sum(shown.values())
        answers = own.get("responses") or {}
        labels = [stretch.label for stretch in stretches]
        values: dict[str, Any] = {
            "lane": lane,
            "seconds": length,
            "speech_seconds": speech,
            "speech_share": round(speech / length, 4) if length else None,
            "withheld_share": round(shown.get(_WITHHELD, 0.0) / speaking, 4) if speaking else None,
            "changes": sum(a != b for a, b in pairwise(labels)),
            "main_label": max(seconds, key=lambda label: seconds[label]) if any(seconds.values()) else None,
            **{f"{label}_seconds": value for label, value in seconds.items()},
            **{f"longest_{label}_seconds": value for label, value in longest.items()},
            "interruptions": own.get("interruptions"),
            "answers": answers.get("count"),
            "answer_median_seconds": answers.get("median_seconds"),
            "overlap_seconds": sheet.get("overlap_seconds"),
            "silence_seconds": sheet.get("silence_seconds"),
            "level_dbfs": own.get("level_dbfs"),
            "predictions": self._predictions[lane],
            "warnings": self._warnings[lane] + (self._warnings[None] if lane is not None else 0),
            "model": model["name"],
            "model_sha256": model["sha256"],
        }
        return {name: values[name] for name in columns(model["labels"])}


def _times(stretches: Sequence[Stretch], labels: Sequence[str]) -> tuple[dict[str, float], dict[str, float]]:
    """Return the seconds of each label, and its longest stretch."""
    total = dict.fromkeys(labels, 0.0)
    longest = dict.fromkeys(labels, 0.0)
    for stretch in stretches:
        length = stretch.end - stretch.start
        total[stretch.label] += length
        longest[stretch.label] = max(longest[stretch.label], length)
    return (
        {label: round(value, 3) for label, value in total.items()},
        {label: round(value, 3) for label, value in longest.items()},
    )
