"""Cues: stretches in pieces that a reader of subtitles can follow."""

from __future__ import annotations

from itertools import pairwise

from ser_live.outputs.stretches import Stretch, milliseconds

__all__ = ["Cues", "clock_time"]

_LEAST, _MOST = 834, 7_000  # ms: 5/6 s to 7 s, as the style guides for subtitles ask for
_FLICKER = 500  # ms: a text that comes back sooner would blink


class Cues:
    """Cut stretches into cues: 5/6 s to 7 s, never two at once in a lane, none that is back within 0.5 s.

    A long stretch becomes several cues of even length. Where a stretch lacks some hundredths of a second, its cue ends
    that much later, and the next one of the lane begins later.
    """

    EARLIER = _FLICKER / 1000
    """How much sooner than its stretch a cue may begin, in seconds."""

    def __init__(self) -> None:
        self._ends: dict[str | None, int] = {}

    def feed(self, stretch: Stretch) -> list[tuple[int, int]]:
        """Return the beginnings and ends of a stretch's cues, in milliseconds."""
        start, end = milliseconds(stretch.start), milliseconds(stretch.end)
        before = self._ends.get(stretch.lane)
        if before is not None and start - before <= _FLICKER:
            start = before
        end = max(end, start + _LEAST)
        self._ends[stretch.lane] = end
        parts = -(-(end - start) // _MOST)
        edges = [start + (end - start) * part // parts for part in range(parts + 1)]
        return list(pairwise(edges))


def clock_time(milliseconds: int, point: str) -> str:
    """Return a time as subtitles have it.

    >>> clock_time(3_723_004, ",")
    '01:02:03,004'
    """
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{rest:03}"
