"""The stretches of one lane: which parts of its speech carry which emotion, for a reader. All times in milliseconds."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

__all__ = ["LEAST", "Draft", "LaneStretches"]

GAP = 500
"""A pause up to this long is no pause for a reader."""
SHORT = 800
"""A stretch shorter than this joins a neighbour that it touches."""
LEAST = 834
"""An isolated stretch lasts at least this long: 5/6 s, what a reader needs (Netflix, Timed Text Style Guide)."""

Shares = tuple[float, ...]


@dataclass(kw_only=True)
class Draft:
    """A stretch that may still change.

    Attributes:
        start: where it begins.
        end: where it ends, or up to where it is known.
        label: its emotion.
        sums: of the smoothed probabilities of the predictions in it, a value a label.
        count: of these predictions.
        before: the last prediction at or before its beginning, `(end, shares)`.
        after: the first one after its end, known at last.
    """

    start: int
    end: int
    label: str
    sums: list[float]
    count: int = 0
    before: tuple[int, Shares] | None = None
    after: tuple[int, Shares] | None = None

    @property
    def length(self) -> int:
        """How long it is, as far as it is known."""
        return self.end - self.start

    @property
    def means(self) -> Shares | None:
        """The mean of every label; that of the nearest prediction where it holds none; None where there is none."""
        if self.count:
            return tuple(value / self.count for value in self.sums)
        near, far = self.before, self.after
        if near is not None and far is not None and far[0] - self.end < self.start - near[0]:
            return far[1]
        chosen = near or far
        return None if chosen is None else chosen[1]


@dataclass(kw_only=True)
class LaneStretches:
    """Follow one lane; `ready` gives each stretch as soon as nothing that comes later can change it.

    Args:
        labels: how many labels there are.
        pause: milliseconds of silence that end an utterance: the next one cannot begin sooner.

    Attributes:
        clock: no emotion that begins later begins before this.
        speaking: whether an utterance goes on.
    """

    labels: int
    pause: int
    clock: int = 0
    speaking: bool = False
    _held: list[Draft] = field(default_factory=list)  # only the last may be open
    _open: bool = False
    _done: int = 0  # end of the last stretch that was given out
    _recent: deque[tuple[int, Shares]] = field(default_factory=deque)  # the last predictions

    def predict(self, end: int, smoothed: Shares) -> None:
        """Take the smoothed probabilities of a window that ends there."""
        self._recent.append((end, smoothed))
        self._advance(end)
        horizon = (self._held[-1].end if self._held else self.clock) - LEAST
        while len(self._recent) > 1 and self._recent[1][0] <= horizon:  # the last one before it stays
            self._recent.popleft()

    def begin_speech(self, start: int) -> None:
        """Begin an utterance."""
        self.end_emotion(start)
        self.speaking = True
        self._advance(start)

    def end_speech(self, end: int) -> None:
        """End an utterance, and what emotion still goes on."""
        self.end_emotion(end)
        self.speaking = False
        self._advance(end + self.pause)

    def begin_emotion(self, start: int, label: str) -> None:
        """Begin an emotion; one that still goes on ends there."""
        self.end_emotion(start)
        self._advance(start)
        start = max(start, self._done, self._held[-1].end if self._held else 0)
        self._open = True
        if self._held and start - self._held[-1].end <= GAP:
            self._reach(self._held[-1], start)
            if self._held[-1].label == label:
                return
            if self._held[-1].length < SHORT:
                if not self._touches_the_one_before():
                    self._held[-1].label = label
                    return
                self._join()
                if self._held[-1].label == label:
                    return
        else:
            self._settle()
        before = max((entry for entry in self._recent if entry[0] <= start), default=None)
        self._held.append(Draft(start=start, end=start, label=label, sums=[0.0] * self.labels, before=before))

    def end_emotion(self, end: int) -> None:
        """End the emotion that goes on, if one does."""
        if self._open:
            self._open = False
            self._reach(self._held[-1], end)
            self._advance(end)

    def flush(self, end: int) -> list[Draft]:
        """End the session: return what is left."""
        self.end_emotion(end)
        self._settle()
        drafts, self._held = self._held, []
        for draft in drafts:
            self._finish(draft)
        return drafts

    def ready(self) -> list[Draft]:
        """Return the stretches that nothing can change any more, and forget them."""
        if self._held and not self._open and self.clock > self._held[-1].end + GAP:
            self._settle()
        drafts = []
        while self._held and self._is_final(self._held[0]):
            drafts.append(self._held.pop(0))
            self._finish(drafts[-1])
        return drafts

    def earliest(self, now: int) -> int:
        """Return a time before which no stretch begins that is still to come, at `now` of the session or later."""
        if self._held:
            first = self._held[0]
            return min(first.start, max(self._done, first.end - LEAST))
        return (self.clock if self.speaking else max(self.clock, now)) - LEAST

    def _is_final(self, first: Draft) -> bool:
        if len(self._held) == 1:
            return not self._open and self.clock - LEAST > first.end + GAP
        second = self._held[1]
        if second.start == first.end:
            return second.length >= SHORT
        return second.length >= LEAST or second.end - LEAST > first.end + GAP

    def _finish(self, draft: Draft) -> None:
        self._done = draft.end
        if not draft.count:
            draft.after = min((entry for entry in self._recent if entry[0] > draft.end), default=None)

    def _advance(self, to: int) -> None:
        self.clock = max(self.clock, to)
        if self._open:
            self._reach(self._held[-1], self.clock)

    def _reach(self, draft: Draft, end: int) -> None:
        """Lengthen a stretch to `end`."""
        if end > draft.end:
            self._count(draft, draft.end, end)
            draft.end = end

    def _count(self, draft: Draft, start: int, end: int) -> None:
        """Count the predictions that end within (start, end]."""
        for at, shares in self._recent:
            if start < at <= end:
                draft.count += 1
                for index, share in enumerate(shares):
                    draft.sums[index] += share

    def _touches_the_one_before(self) -> bool:
        return len(self._held) > 1 and self._held[-2].end == self._held[-1].start

    def _settle(self) -> None:
        """Where the last stretch is short, and nothing follows soon: join it, or let it begin earlier."""
        if not self._held:
            return
        draft = self._held[-1]
        if self._touches_the_one_before():
            if draft.length < SHORT:
                self._join()
            return
        if draft.length >= LEAST:
            return
        before = self._held[-2] if len(self._held) > 1 else None
        start = max(self._done if before is None else before.end, draft.end - LEAST)
        self._count(draft, start, draft.start)
        draft.start = min(start, draft.start)
        if before is not None and draft.start - before.end <= GAP:
            self._reach(before, draft.start)
            if before.label == draft.label or draft.length < SHORT:
                self._join()

    def _join(self) -> None:
        """Add the last stretch to the one before it."""
        draft = self._held.pop()
        before = self._held[-1]
        before.end = draft.end
        before.count += draft.count
        before.sums = [one + other for one, other in zip(before.sums, draft.sums, strict=True)]
