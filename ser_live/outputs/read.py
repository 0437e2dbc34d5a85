"""Read a session back from its JSON lines, line by line, and check every one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, NoReturn, get_args

from ser_live.errors import RecordsError, shortened
from ser_live.outputs.jsonl import SCHEMA
from ser_live.outputs.object_lines import ObjectLines
from ser_live.outputs.shapes import SESSION, SUMMARY, are_numbers, fault, is_number
from ser_live.types import Event, Prediction, State

__all__ = ["Opening", "Reader", "Summing"]

_STATES = get_args(State)
_TIMES = ("start", "end", "available", "speech_seconds")
_ROUNDING = 1e-3
_OWN = frozenset({"type", "kind", "id", "lane", "start", "end"})  # what an event has beside its further fields


@dataclass(frozen=True)
class Opening:
    """The first record of a session: the fields that `Sink.open` takes."""

    fields: Mapping[str, Any]


@dataclass(frozen=True)
class Summing:
    """The last record of a session: the fields that `Sink.close` takes."""

    fields: Mapping[str, Any]


class Reader:
    """Iterate over the records of one session: an `Opening`, predictions and events, a `Summing`.

    A session that was killed has no summary, and its last line may be cut off. Then `shortfall` says so, and the
    summary holds what the records tell: it ends with the last of them. One line at a time is held.

    Args:
        stream: of bytes.
        name: for messages.

    Attributes:
        shortfall: what is missing, None where nothing is; known after the last record.

    Raises:
        RecordsError: from the iteration, for what is no session of `ser-live`, with the number of the line.
    """

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self.shortfall: str | None = None
        self._lines = ObjectLines(stream, name)
        self._labels: frozenset[str] = frozenset()
        self._lanes: frozenset[str | None] = frozenset({None})
        self._last = self._speech = 0.0
        self._predictions = 0

    def __iter__(self) -> Iterator[Opening | Prediction | Event | Summing]:
        lines = iter(self._lines)
        first = next(lines, None)
        if first is None:
            what = "its first line is cut off" if self._lines.cut else "it is empty"
            raise RecordsError(f"{self._lines.name} holds no session of ser-live: {what}")
        yield self._opening(first)
        for fields in lines:
            kind = fields.get("type")
            if kind == "prediction":
                yield self._prediction(fields)
            elif kind == "event":
                yield self._event(fields)
            elif kind == "summary":
                yield self._summing(fields, lines)
                return
            elif kind == "session":
                self._refuse("begins a second session: give each session a file of its own")
            else:
                self._refuse(f"has the type {shortened(repr(kind), 40)}, which no record of ser-live has")
        yield self._without_summary()

    def _opening(self, fields: dict[str, Any]) -> Opening:
        if fields.pop("type", None) != "session":
            self._refuse("is no session record, with which the JSON lines of ser-live begin")
        schema = fields.pop("schema", None)
        if type(schema) is not int or schema < 1:
            self._refuse(f"has the schema {shortened(repr(schema), 40)}, where a whole number was expected")
        if schema > SCHEMA:
            self._refuse(f"has the schema {schema}, newer than the {SCHEMA} that is known here: update ser-live")
        self._check(fault(fields, SESSION))
        model = fields.get("model") or {}
        labels = model.get("labels")
        if not labels or len(set(labels)) != len(labels):
            self._refuse("names no labels of a model, or one twice")
        self._labels = frozenset(labels)
        lanes = fields.get("lanes")
        if lanes:
            names = [lane.get("name") for lane in lanes]
            if None in names or len(set(names)) != len(names) or any(not lane.get("channel") for lane in lanes):
                self._refuse("has lanes without a name of their own or without a channel")
            self._lanes = frozenset([*names, None])
        return Opening(fields)

    def _prediction(self, fields: dict[str, Any]) -> Prediction:
        times: list[Any] = [fields.get(name) for name in _TIMES]
        if not (are_numbers(times) and min(times) >= 0):
            for name in _TIMES:
                self._seconds(fields, name)
        self._shares(fields, "probabilities")
        self._shares(fields, "smoothed")
        self._label(fields)
        if fields.get("state") not in _STATES:
            self._refuse(f"has no state of {', '.join(_STATES)}")
        attention = fields.get("attention")
        if attention is not None and not (isinstance(attention, list) and are_numbers(attention)):
            self._refuse("has an attention that is no list of numbers")
        self._last = max(self._last, fields["end"], fields["available"])
        self._predictions += 1
        return Prediction(
            start=fields["start"],
            end=fields["end"],
            available=fields["available"],
            speech_seconds=fields["speech_seconds"],
            probabilities=fields["probabilities"],
            smoothed=fields["smoothed"],
            label=fields["label"],
            state=fields["state"],
            attention=None if attention is None else tuple(attention),
            lane=self._lane(fields),
        )

    def _event(self, fields: dict[str, Any]) -> Event:
        kind, number = fields.get("kind"), fields.get("id")
        if not isinstance(kind, str) or not (number is None or isinstance(number, str)):
            self._refuse("has a kind or an id that is no text")
        self._seconds(fields, "start")
        if fields.get("end") is not None:
            self._seconds(fields, "end")
            if fields["end"] < fields["start"]:
                self._refuse("ends before it starts")
        if kind == "emotion":
            self._label(fields)
        if kind == "speech" and fields.get("end") is not None:
            self._seconds(fields, "speech_seconds")
            self._speech += fields["speech_seconds"]
        self._last = max(self._last, fields["start"], fields.get("end") or 0.0)
        return Event(
            kind=kind,  # type: ignore[arg-type] # later versions may have further kinds
            start=fields["start"],
            end=fields.get("end"),
            fields={key: value for key, value in fields.items() if key not in _OWN},
            id=number,
            lane=self._lane(fields),
        )

    def _summing(self, fields: dict[str, Any], rest: Iterator[dict[str, Any]]) -> Summing:
        del fields["type"]
        self._check(fault(fields, SUMMARY))
        after = next(rest, None)
        if after is not None and after.get("type") == "session":
            self._refuse("begins a second session: give each session a file of its own")
        if after is not None or self._lines.cut:
            self._refuse("comes after the summary, with which a session ends")
        return Summing(fields)

    def _without_summary(self) -> Summing:
        how = f"breaks off in line {self._lines.number}" if self._lines.cut else "ends without a summary"
        kept = f"what is whole was converted, to {self._last:.2f} s"
        self.shortfall = f"{self._lines.name} {how}, as when the program was killed: {kept}"
        return Summing(
            {
                "seconds": round(self._last, 3),
                "speech_seconds": round(self._speech, 3),
                "predictions": self._predictions,
                "notices": [],
                "ended": "unknown",
                "error": None,
            }
        )

    def _seconds(self, fields: dict[str, Any], name: str) -> None:
        value = fields.get(name)
        if not is_number(value) or value < 0:  # type: ignore[operator] # it is a number
            self._refuse(f"has no {name} in seconds, but {shortened(repr(value), 40)}")

    def _label(self, fields: dict[str, Any]) -> None:
        label = fields.get("label")
        if not isinstance(label, str) or label not in self._labels:
            self._refuse(f"has the label {shortened(repr(label), 40)}, which the session's model has not")

    def _shares(self, fields: dict[str, Any], name: str) -> None:
        shares = fields.get(name)
        if not isinstance(shares, dict) or shares.keys() != self._labels:
            self._refuse(f"has {name} of other labels than the session's model")
        values = shares.values()
        if not are_numbers(values) or min(values) < -_ROUNDING or max(values) > 1 + _ROUNDING:
            self._refuse(f"has {name} that are no numbers from 0 to 1")

    def _lane(self, fields: dict[str, Any]) -> str | None:
        lane = fields.get("lane")
        if not (lane is None or isinstance(lane, str)) or lane not in self._lanes:
            self._refuse(f"has the lane {shortened(repr(lane), 40)}, which the session has not")
        return lane

    def _check(self, words: str | None) -> None:
        if words is not None:
            self._refuse(f"is no record of ser-live: {shortened(words)}")

    def _refuse(self, words: str) -> NoReturn:
        self._lines.refuse(words)
