"""Stretches: what a reader sees of a session's emotions. Every format that shows emotions over time is made of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ser_live.outputs.lane_stretches import Draft, LaneStretches
from ser_live.types import Event, Prediction

__all__ = ["Stretch", "Stretches", "milliseconds"]

_PAUSE_SECONDS = 1.5  # that end an utterance, where the session does not say
_LATE = 3_000  # ms that a lane's records may come after those of another lane


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """A part of a lane with one emotion. Times are seconds of the stream, whole milliseconds.

    Attributes:
        lane: name of the lane, None where there is only one.
        start: where it begins.
        end: where it ends, later than `start`.
        label: the emotion.
        probability: mean smoothed probability of the label, None where the session holds no prediction of the lane.
        smoothed: mean smoothed probability of every label, over the predictions that end within (start, end], or that
            of the nearest one; empty where there is none.
    """

    lane: str | None
    start: float
    end: float
    label: str
    probability: float | None
    smoothed: Mapping[str, float]


class Stretches:
    """Fold a session's records into stretches.

    A stretch is a committed emotion. Gaps up to 0.5 s are closed: one emotion on both sides becomes one stretch, and
    of two the first reaches to the second. A stretch under 0.8 s joins a neighbour that it touches, the one before it
    or else the one after. One that touches nothing (it may have no length at all: a label is committed at the end of
    its window) begins up to 5/6 s before its end, for it rests on what was heard there. Stretches of a lane never
    overlap. They come as soon as no later record can change them, in order of their beginnings over all lanes; a lane
    whose emotion goes on holds back the later ones of others. How the records of several lanes are mixed does not
    matter as long as none comes over 3 s late.

    Args:
        fields: of the session record.
    """

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self._labels = tuple(fields["model"]["labels"])
        pause = (fields.get("settings") or {}).get("max_pause", _PAUSE_SECONDS)
        self._pause = milliseconds(pause)
        self._lanes: dict[str | None, LaneStretches] = {}
        self._ready: dict[str | None, deque[Stretch]] = {}
        for lane in fields.get("lanes") or [{"name": None}]:
            self._lane(lane["name"])
        self._now = 0  # latest time of any record
        self._last = 0  # latest time that anything reaches to

    def take(self, record: Prediction | Event) -> list[Stretch]:
        """Take a record: return the stretches that are certain now."""
        lane = None
        end = milliseconds(record.start if record.end is None else record.end)
        self._last = max(self._last, end)
        if isinstance(record, Prediction):
            lane = self._lane(record.lane)
            self._now = max(self._now, milliseconds(record.available))
            lane.predict(end, tuple(map(record.smoothed.__getitem__, self._labels)))
        elif record.kind == "speech":
            lane = self._lane(record.lane)
            self._now = max(self._now, end)
            lane.begin_speech(end) if record.end is None else lane.end_speech(end)
        elif record.kind == "emotion":
            lane = self._lane(record.lane)
            if record.end is None:
                lane.begin_emotion(end, str(record.fields["label"]))
            else:
                lane.end_emotion(end)
        if lane is None:
            return []
        self._collect(record.lane, lane.ready())
        return list(self._in_order()) if any(self._ready.values()) else []

    @property
    def settled(self) -> float:
        """No stretch that is still to come begins before this time."""
        return self._earliest()[0] / 1000

    def close(self, fields: Mapping[str, Any]) -> list[Stretch]:
        """End with the fields of the summary record: return what is left; an emotion that goes on ends here."""
        end = max(self._last, milliseconds(fields.get("seconds") or 0.0))
        for name, lane in self._lanes.items():
            self._collect(name, lane.flush(end))
        left = [stretch for queue in self._ready.values() for stretch in queue]
        self._ready = {name: deque() for name in self._ready}
        return sorted(left, key=lambda stretch: stretch.start)  # stable: lanes in their order

    def _lane(self, name: str | None) -> LaneStretches:
        if name not in self._lanes:
            self._lanes[name] = LaneStretches(labels=len(self._labels), pause=self._pause)
            self._ready[name] = deque()
        return self._lanes[name]

    def _collect(self, name: str | None, drafts: list[Draft]) -> None:
        if drafts:
            self._ready[name].extend(self._stretch(name, draft) for draft in drafts if draft.length > 0)

    def _stretch(self, name: str | None, draft: Draft) -> Stretch:
        means = draft.means
        smoothed = {} if means is None else dict(zip(self._labels, means, strict=True))
        return Stretch(
            lane=name,
            start=draft.start / 1000,
            end=draft.end / 1000,
            label=draft.label,
            probability=smoothed.get(draft.label),
            smoothed=smoothed,
        )

    def _earliest(self) -> tuple[int, int, str | None]:
        """Return the time before which no stretch begins that is still to come, and the lane whose one may be there."""
        now = self._now - _LATE
        return min(
            (milliseconds(queue[0].start) if queue else self._lanes[name].earliest(now), index, name)
            for index, (name, queue) in enumerate(self._ready.items())
        )

    def _in_order(self) -> Iterator[Stretch]:
        """Yield what is ready and begins before all that may still come."""
        while queue := self._ready[self._earliest()[2]]:
            yield queue.popleft()


def milliseconds(seconds: float) -> int:
    """Return seconds as whole milliseconds.

    >>> milliseconds(1.2345), milliseconds(0.8)
    (1234, 800)
    """
    return round(1000 * seconds)
