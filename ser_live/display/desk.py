"""What the user's keys do while a session shows."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from ser_live.keyboard import ENTER, ERASE, ESCAPE
from ser_live.session import Session
from ser_live.types import Event, Prediction

__all__ = ["KEYS", "Desk"]

KEYS: Final = (
    ("space", "pause, and go on"),
    ("m", "mark this moment, with a note"),
    ("l", "say what it really was"),
    ("s", "save this picture as SVG"),
    ("1 to 9", "show one voice large; 0 shows all"),
    ("?", "show and hide these keys"),
    ("q", "quit"),
)
"""Each key and what it does."""

_LONGEST_NOTE: Final = 200
_CHOICES: Final = "123456789abcdefghijklmnoprstuvwxyz"
"""Keys of the labels, in their order."""


class Desk:
    """The keys' state: what is asked, what is shown, what is to be done.

    `press` may be called from another thread than the rest. Marks and corrections become events of the kind `mark`: a
    note, or the `label` that somebody who knows better gives to what the latest window holds.

    Args:
        session: what the keys act on.
        live: whether its sound comes now: a pause then leaves a gap, and a recording waits instead.
        quit: called when the user wants to end the session.

    Attributes:
        there: whether there are keys at all, so that the picture may name them.
        paused: whether the session is to hear nothing.
        help: whether the keys are shown.
        lane: index of the lane that is shown alone, None for all.
        saves: pictures that are to be saved.
        changed: whether something is to be drawn anew.
    """

    def __init__(self, session: Session, *, live: bool, quit: Callable[[], object] = lambda: None) -> None:
        self.there = self.paused = self.help = self.changed = False
        self.lane: int | None = None
        self.saves = 0
        self._session = session
        self._live = live
        self._quit = quit
        self._note: tuple[float, str] | None = None  # the moment, and what has been written so far
        self._choosing: Prediction | None = None  # whose label is chosen
        self._events: deque[Event] = deque()
        self._gap: Event | None = None
        self._gaps = 0

    @property
    def prompt(self) -> str:
        """What is asked, or that nothing is heard; empty for nothing."""
        if self._note is not None:
            return f"note at {self._note[0]:.1f} s, Enter keeps it, Esc drops it: {self._note[1]}_"
        if (heard := self._choosing) is not None:
            choices = "  ".join(f"{key} {label}" for key, label in zip(_CHOICES, self._session.labels, strict=False))
            return f"{heard.label} at {heard.end:.0f} s was really: {choices}  Esc none"
        if self.paused:
            return "paused: space goes on"
        return ""

    def press(self, key: str) -> None:
        """Take a key."""
        if self._note is not None:
            self._write(*self._note, key)
        elif self._choosing is not None:
            self._choose(self._choosing, key)
        else:
            self._command(key)
        self.changed = True

    def due(self) -> Sequence[Event]:
        """Return the events of the keys since the last call, in the order in which they were pressed."""
        events: list[Event] = []
        while self._events:
            events.append(self._events.popleft())
        if self._live and self.paused != (self._gap is not None):
            now = round(self._session.elapsed, 6)
            if self._gap is None:
                self._gaps += 1
                fields = {"paused": True, "message": "paused: until it goes on, the session hears silence"}
                self._gap = Event(kind="device", start=now, fields=fields, id=f"pause-{self._gaps}")
                events.append(self._gap)
            else:
                message = f"the session goes on after {now - self._gap.start:.1f} s of pause"
                events.append(replace(self._gap, end=now, fields={"paused": True, "message": message}))
                self._gap = None
        return events

    def _command(self, key: str) -> None:
        if key == "q":
            self._quit()
        elif key == " ":
            self.paused = not self.paused
        elif key == "m":
            self._note = round(self._session.elapsed, 6), ""
        elif key == "l":
            self._choosing = self._said_last()
        elif key == "s":
            self.saves += 1
        elif key == "?" or (self.help and key == ESCAPE):
            self.help = not self.help
        elif key in "0123456789" and len(self._session.lanes) > 1:
            number = int(key)
            self.lane = number - 1 if 1 <= number <= len(self._session.lanes) else None

    def _write(self, at: float, text: str, key: str) -> None:
        if key == ENTER:
            self._note = None
            self._events.append(Event(kind="mark", start=at, end=at, fields={"note": text.strip()}))
        elif key == ESCAPE:
            self._note = None
        elif key == ERASE:
            self._note = at, text[:-1]
        else:
            self._note = at, (text + key)[:_LONGEST_NOTE]

    def _choose(self, heard: Prediction, key: str) -> None:
        labels = dict(zip(_CHOICES, self._session.labels, strict=False))
        if key in labels:
            fields = {"label": labels[key], "heard": heard.label}
            self._events.append(Event(kind="mark", start=heard.start, end=heard.end, fields=fields, lane=heard.lane))
        if key in labels or key in (ESCAPE, ENTER):
            self._choosing = None

    def _said_last(self) -> Prediction | None:
        """Return what was heard last, of the lane that is shown alone if one is; if nothing was, say so."""
        session = self._session
        lanes = session.lanes if self.lane is None else [session.lanes[self.lane]]
        heard = [lane.last for lane in lanes if lane.last is not None]
        if not heard:
            session.notices.append("nothing was recognised yet: press l during the words that you mean, or after them")
        return max(heard, key=lambda prediction: prediction.end, default=None)
