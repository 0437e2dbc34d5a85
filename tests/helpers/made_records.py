"""Made sessions as records, and what each format makes of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ser_live.outputs.by_ending import FORMATS, open_output
from ser_live.outputs.jsonl import as_json
from ser_live.types import Event, Prediction

LABELS = ("angry", "disgust", "fear", "happy", "neutral", "sad")
Record = Prediction | Event
ENDINGS = list(FORMATS)
LINES = [ending for ending in ENDINGS if not FORMATS[ending].whole]


def session_fields(lanes: Sequence[str] = (), source: str = "call.wav", **changes: Any) -> dict[str, Any]:
    """Fields of a session record."""
    fields: dict[str, Any] = {
        "version": "0.2.0",
        "model": {"name": "tiny.onnx", "sha256": "ab" * 32, "labels": list(LABELS), "window_seconds": 2.5},
        "source": source,
        "sample_rate": 16_000,
        "started": "2026-11-30T10:00:00.000+00:00",
        "channels": {"source": max(1, len(lanes)), "heard": "split" if lanes else "mix"},
        "live": False,
        "settings": {"max_pause": 1.5},
    }
    if lanes:
        fields["lanes"] = [{"name": name, "channel": index + 1} for index, name in enumerate(lanes)]
    return fields | changes


def summary_fields(seconds: float) -> dict[str, Any]:
    """Fields of a summary record."""
    return {"seconds": seconds, "predictions": 0, "notices": [], "ended": "end", "error": None}


def prediction(end: float, label: str, share: float = 0.7, lane: str | None = None) -> Prediction:
    """A committed prediction."""
    shares = {name: share if name == label else round((1 - share) / 5, 7) for name in LABELS}
    return Prediction(
        start=max(0.0, round(end - 2.5, 6)),
        end=end,
        available=round(end + 0.2, 6),
        speech_seconds=2.5,
        probabilities=shares,
        smoothed=shares,
        label=label,
        state="committed",
        lane=lane,
    )


def emotion(start: float, end: float | None, label: str, lane: str | None = None, number: int = 1) -> Event:
    """An emotion that begins, or ends."""
    name = f"{lane or ''}emotion-{number}"
    return Event(kind="emotion", start=start, end=end, fields={"label": label}, id=name, lane=lane)


def speech(start: float, end: float | None, lane: str | None = None, number: int = 1) -> Event:
    """An utterance that begins, or ends."""
    fields = {} if end is None else {"speech_seconds": round(end - start, 6)}
    return Event(kind="speech", start=start, end=end, fields=fields, id=f"{lane or ''}speech-{number}", lane=lane)


def utterance(
    start: float, end: float, changes: Iterable[tuple[float, str]], lane: str | None = None, step: float = 0.25
) -> list[Record]:
    """The records of an utterance whose emotions are committed at these times, with a prediction every step."""
    records: list[Record] = [speech(start, None, lane)]
    marks = sorted(changes)
    times = {round(start + 0.75 + step * index, 6) for index in range(int((end - start - 0.75) / step) + 1)}
    current: tuple[float, str] | None = None
    number = 0
    for at in sorted(times | {at for at, _ in marks}):
        label = next((label for when, label in marks if when == at), None)
        records.append(prediction(at, label or (current[1] if current else "neutral"), lane=lane))
        if label is not None and (current is None or current[1] != label):
            if current is not None:
                records.append(emotion(current[0], at, current[1], lane, number))
            number += 1
            current = (at, label)
            records.append(emotion(at, None, label, lane, number))
    if current is not None:
        records.append(emotion(current[0], end, current[1], lane, number))
    return [*records, speech(start, end, lane)]


def two_lanes() -> tuple[dict[str, Any], list[Record], dict[str, Any]]:
    """A session of two people who take turns, one of them at length: fields, records, summary."""
    records = [
        *utterance(0.5, 14.0, [(1.5, "neutral"), (11.25, "angry")], "Agent"),
        *utterance(12.0, 15.0, [(15.0, "sad")], "Customer"),
        *utterance(17.0, 24.0, [(18.0, "happy"), (18.5, "fear"), (20.0, "happy")], "Agent"),
        *utterance(25.0, 60.0, [(26.0, "angry")], "Customer"),
    ]
    return session_fields(["Agent", "Customer"]), in_time(records), summary_fields(61.5)


def in_time(records: Iterable[Record]) -> list[Record]:
    """Records of several lanes as they come: by the time at which they are known, each lane in its own order."""
    latest: dict[str | None, float] = {}
    keyed = []
    for record in records:
        at = record.available if isinstance(record, Prediction) else (record.end or record.start) + 0.2
        latest[record.lane] = max(latest.get(record.lane, 0.0), at)
        keyed.append((latest[record.lane], record))
    return [record for _, record in sorted(keyed, key=lambda pair: pair[0])]


def as_lines(fields: Mapping[str, Any], records: Iterable[Record], summary: Mapping[str, Any] | None) -> str:
    """The session as JSON lines."""
    objects = [{"type": "session", "schema": 1, **fields}, *map(as_json, records)]
    if summary is not None:
        objects.append({"type": "summary", **summary})
    return "".join(json.dumps(each) + "\n" for each in objects)


def write_session(
    path: Path,
    fields: Mapping[str, Any],
    records: Iterable[Record],
    summary: Mapping[str, Any] | None,
    *,
    csv_predictions: bool = False,
) -> str:
    """Give a session to the sink of a file as the program does; return what it wrote. No summary: it was killed."""
    output = open_output(path, overwrite=True, csv_predictions=csv_predictions)
    output.sink.open(fields)
    for record in records:
        output.sink.take(record)
    if summary is not None:
        output.sink.close(summary)
    output.file.close()
    return path.read_bytes().decode()
