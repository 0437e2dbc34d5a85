"""The state of one session so far, from which the screen and the summary are made."""

from __future__ import annotations

from array import array
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ser_live.types import Event, FloatArray, Prediction

__all__ = ["HOLD_SECONDS", "SHOWING", "STRIP_SECONDS", "Session", "held_label", "shown_label"]

HOLD_SECONDS = 0.5
"""A label counts as shown until this long after the last speech."""
STRIP_SECONDS = 60.0
"""How much of the past the screen's strip shows."""
SHOWING = ("provisional", "committed")
"""States in which a prediction may show an emotion."""
_CLIPPED = 0.999  # of full scale


@dataclass(kw_only=True)
class Session:
    """Counters and the latest values; times are seconds of the stream.

    Attributes:
        source: name of what is listened to.
        model: name of the model.
        device: compute device that the model really runs on.
        labels: of the model, in its order.
        total: length of a recording, None where it cannot be known.
        elapsed: seconds of the stream heard.
        peak: largest absolute sample, 0 to 1 and more, falling by 20 dB a second, as meters do.
        clipped_at: when a sample last reached full scale, or None.
        speaking: whether the latest decision was speech.
        speech_seconds: speech heard.
        latest: the latest prediction.
        strip: the last minute, `(until, label)` where the label was shown, None where none was; oldest first.
        compute: seconds of computing that each prediction took.
        overflows: blocks that the microphone lost.
        notice: the latest message for the user, or "".
        notices: all of them.
        shown_seconds: for each label how long it was shown, and as `uncertain` how long none was while somebody spoke.
        changes: how often the committed emotion changed.
        loudest: largest absolute sample of the session.
    """

    source: str
    model: str
    device: str
    labels: tuple[str, ...]
    total: float | None = None
    elapsed: float = 0.0
    peak: float = 0.0
    clipped_at: float | None = None
    speaking: bool = False
    speech_seconds: float = 0.0
    latest: Prediction | None = None
    strip: deque[tuple[float, str | None]] = field(default_factory=deque)
    compute: array[float] = field(default_factory=lambda: array("d"))
    overflows: int = 0
    notices: list[str] = field(default_factory=list)
    shown_seconds: dict[str, float] = field(default_factory=dict)
    changes: int = 0
    loudest: float = 0.0
    _last_speech: float = -HOLD_SECONDS
    _committed: str | None = None
    _held: str | None = None

    @property
    def notice(self) -> str:
        """The latest message for the user, or an empty string."""
        return self.notices[-1] if self.notices else ""

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

    def hear(self, block: FloatArray, seconds: float, *, speaking: bool, speech_seconds: float) -> None:
        """Account for a block of input, `(frames,)` or `(frames, channels)`, of that many seconds."""
        self.elapsed += seconds
        loudness = float(np.abs(block).max(initial=0.0))
        self.peak = max(self.peak * 10**-seconds, loudness)
        self.loudest = max(self.loudest, loudness)
        if loudness >= _CLIPPED:
            self.clipped_at = self.elapsed
        self.speaking = speaking
        self.speech_seconds = speech_seconds
        if speaking:
            self._last_speech = self.elapsed
        word = None if self.shown is None else self.emotion or "uncertain"
        if word is not None:
            self.shown_seconds[word] = self.shown_seconds.get(word, 0.0) + seconds
        if self.strip and self.strip[-1][1] == word:
            self.strip.pop()
        self.strip.append((self.elapsed, word))
        while len(self.strip) > 1 and self.strip[0][0] < self.elapsed - STRIP_SECONDS:
            self.strip.popleft()

    def take(self, record: Prediction | Event, compute_seconds: float = 0.0) -> None:
        """Account for a record of the pipeline or of the source."""
        if isinstance(record, Prediction):
            self.latest = record
            self._held = held_label(record, self._held)
            self.compute.append(compute_seconds)
            return
        if record.kind == "emotion" and record.end is None:
            label = record.fields["label"]
            self.changes += self._committed not in (None, label)
            self._committed = label
        if record.kind == "speech" and record.end is not None:
            self.latest = self._held = None
        if record.kind == "overflow":
            self.overflows += int(record.fields.get("blocks", 1))
        if "message" in record.fields:
            self.notices.append(str(record.fields["message"]))

    def summary(self) -> dict[str, Any]:
        """Return the fields of the summary record."""
        share = self.speech_seconds / self.elapsed if self.elapsed else 0.0
        message = "" if self.speech_seconds else "no speech found"
        steps = np.asarray(self.compute) if self.compute else np.zeros(1)
        return {
            "seconds": round(self.elapsed, 3),
            "speech_seconds": round(self.speech_seconds, 3),
            "speech_share": round(min(share, 1.0), 4),
            "predictions": len(self.compute),
            "emotion_seconds": {label: round(s, 3) for label, s in self.shown_seconds.items()},
            "emotion_changes": self.changes,
            "overflows": self.overflows,
            "compute_ms": {"median": _milliseconds(steps, 50), "p99": _milliseconds(steps, 99)},
            "notices": [message, *self.notices] if message else self.notices,
        }


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
