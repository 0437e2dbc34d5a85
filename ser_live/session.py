"""The state of one session so far, from which the screen and the summary are made."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ser_live.types import Event, Prediction

__all__ = ["HOLD_SECONDS", "SHOWING", "STRIP_SECONDS", "LaneState", "Session", "held_label", "shown_label"]

HOLD_SECONDS = 0.5
"""A label counts as shown until this long after the last speech."""
STRIP_SECONDS = 60.0
"""How much of the past the screen's strip shows."""
SHOWING = ("provisional", "committed")
"""States in which a prediction may show an emotion."""
_CLIPPED = 0.999  # of full scale


@dataclass(kw_only=True)
class LaneState:
    """What one lane has said so far; times are seconds of the stream.

    Attributes:
        name: of the lane, None where there is only one.
        elapsed: seconds of the stream heard.
        peak: largest absolute sample, 0 to 1 and more, falling by 20 dB a second, as meters do.
        loudest: largest absolute sample so far.
        clipped_at: when a sample last reached full scale, or None.
        speaking: whether the latest decision was speech.
        speech_seconds: speech heard.
        latest: the latest prediction of the speech that goes on.
        last: the latest prediction, of speech that may be over.
        history: `(until, label)` where the label was shown, None where none was; oldest first.
        changes: how often the committed emotion changed.
    """

    name: str | None = None
    elapsed: float = 0.0
    peak: float = 0.0
    loudest: float = 0.0
    clipped_at: float | None = None
    speaking: bool = False
    speech_seconds: float = 0.0
    latest: Prediction | None = None
    last: Prediction | None = None
    history: list[tuple[float, str | None]] = field(default_factory=list)
    changes: int = 0
    _last_speech: float = -HOLD_SECONDS
    _committed: str | None = None
    _held: str | None = None

    @property
    def shown(self) -> Prediction | None:
        """The prediction that is shown now: none once the last speech is half a second past."""
        if self.latest is None or self.elapsed > self._last_speech + HOLD_SECONDS:
            return None
        return self.latest

    @property
    def emotion(self) -> str | None:
        """The emotion that is shown now: none while speech warms up, the model abstains or a rival leads."""
        return None if self.shown is None else shown_label(self.shown, self._held)

    @property
    def strip(self) -> list[tuple[float, str | None]]:
        """The part of `history` that reaches into the last minute."""
        first = bisect_left(self.history, self.elapsed - STRIP_SECONDS, key=lambda entry: entry[0])
        return self.history[first:]

    def hear(self, loudness: float, seconds: float, *, speaking: bool, speech_seconds: float) -> None:
        """Account for a block of input of that many seconds, whose largest absolute sample is `loudness`."""
        self.elapsed += seconds
        self.peak = max(self.peak * 10**-seconds, loudness)
        self.loudest = max(self.loudest, loudness)
        if loudness >= _CLIPPED:
            self.clipped_at = self.elapsed
        self.speaking = speaking
        self.speech_seconds = speech_seconds
        if speaking:
            self._last_speech = self.elapsed
        word = None if self.shown is None else self.emotion or "uncertain"
        if self.history and self.history[-1][1] == word:
            self.history.pop()
        self.history.append((self.elapsed, word))

    def take(self, record: Prediction | Event) -> None:
        """Account for a record of this lane."""
        if isinstance(record, Prediction):
            self.latest = self.last = record
            self._held = held_label(record, self._held)
        elif record.kind == "emotion" and record.end is None:
            label = record.fields["label"]
            self.changes += self._committed not in (None, label)
            self._committed = label
        elif record.kind == "speech" and record.end is not None:
            self.latest = self._held = None

    def shown_seconds(self, begin: float = 0.0, end: float = math.inf) -> dict[str, float]:
        """Return for how long each label was shown between two times.

        Under `uncertain` stands how long none was while somebody spoke.
        """
        sums: dict[str, float] = {}
        since = 0.0
        for until, word in self.history:
            seconds = min(until, end) - max(since, begin)
            since = until
            if word is not None and seconds > 0:
                sums[word] = sums.get(word, 0.0) + seconds
        return sums

    def quarters(self) -> list[dict[str, float]]:
        """Return the share of each word in what was shown, for every quarter of the session."""
        step = self.elapsed / 4
        return [_shares(self.shown_seconds(i * step, (i + 1) * step)) for i in range(4)]


@dataclass(kw_only=True)
class Session:
    """Counters and the latest values of a session, and the state of its lanes.

    Attributes:
        source: name of what is listened to.
        model: name of the model.
        device: compute device that the model really runs on.
        labels: of the model, in its order.
        total: length of a recording, None where it cannot be known.
        lanes: at least one.
        compute: seconds of computing that each prediction took.
        overflows: blocks that the microphone lost.
        notices: all messages for the user.
    """

    source: str
    model: str
    device: str
    labels: tuple[str, ...]
    total: float | None = None
    lanes: tuple[LaneState, ...] = field(default_factory=lambda: (LaneState(),))
    compute: array[float] = field(default_factory=lambda: array("d"))
    overflows: int = 0
    notices: list[str] = field(default_factory=list)

    @property
    def notice(self) -> str:
        """The latest message for the user, or an empty string."""
        return self.notices[-1] if self.notices else ""

    @property
    def elapsed(self) -> float:
        """Seconds of the stream heard."""
        return self.lanes[0].elapsed

    @property
    def loudest(self) -> float:
        """Largest absolute sample of the session."""
        return max(lane.loudest for lane in self.lanes)

    def take(self, record: Prediction | Event, compute_seconds: float = 0.0) -> None:
        """Account for a record of the pipeline or of the source."""
        for lane in self.lanes:
            if lane.name == record.lane:
                lane.take(record)
        if isinstance(record, Prediction):
            self.compute.append(compute_seconds)
            return
        if record.kind == "overflow":
            self.overflows += int(record.fields.get("blocks", 1))
        if "message" in record.fields:
            self.notices.append(str(record.fields["message"]))

    def summary(self, call: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the fields of the summary record, where `call` is who spoke when (`Lanes.call_sheet`)."""
        spoken = sum(lane.speech_seconds for lane in self.lanes)
        share = spoken / self.elapsed if self.elapsed else 0.0
        message = "" if spoken else "no speech found"
        steps = np.asarray(self.compute) if self.compute else np.zeros(1)
        shown = [lane.shown_seconds() for lane in self.lanes]
        words = dict.fromkeys(word for lane in shown for word in lane)
        summary = {
            "seconds": round(self.elapsed, 6),
            "speech_seconds": round(spoken, 3),
            "speech_share": round(min(share, 1.0), 4),
            "predictions": len(self.compute),
            "emotion_seconds": _rounded({word: sum(lane.get(word, 0.0) for lane in shown) for word in words}),
            "emotion_changes": sum(lane.changes for lane in self.lanes),
            "overflows": self.overflows,
            "compute_ms": {"median": _milliseconds(steps, 50), "p99": _milliseconds(steps, 99)},
            "notices": [message, *self.notices] if message else self.notices,
        }
        if call is not None:
            emotions = [
                {**talk, "emotion_seconds": _rounded(seconds), "quarters": lane.quarters()}
                for talk, seconds, lane in zip(call["lanes"], shown, self.lanes, strict=True)
            ]
            summary["call"] = {**call, "lanes": emotions}
        return summary


def held_label(prediction: Prediction, before: str | None) -> str | None:
    """Return the label to hold after this prediction, where `before` was held in its utterance, None if none was yet.

    A committed label is held, and a provisional one does not displace another.
    """
    if prediction.state == "committed" or (before is None and prediction.state in SHOWING):
        return prediction.label
    return before


def shown_label(prediction: Prediction, held: str | None) -> str | None:
    """Return the label to show after this prediction, where `held` is held: that one, or None.

    No emotion is shown while the prediction is `warming-up` or `uncertain`, nor while a rival leads the held label:
    the screen would name one emotion over bars in which another leads.
    """
    return held if prediction.state in SHOWING and prediction.label == held else None


def _milliseconds(steps: Any, percentile: float) -> float:
    return round(1000 * float(np.percentile(steps, percentile)), 3)


def _rounded(seconds: Mapping[str, float]) -> dict[str, float]:
    return {word: round(value, 3) for word, value in seconds.items()}


def _shares(seconds: Mapping[str, float]) -> dict[str, float]:
    whole = sum(seconds.values())
    return {word: round(value / whole, 4) for word, value in seconds.items()}
