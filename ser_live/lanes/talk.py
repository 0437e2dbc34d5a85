"""Who speaks when: talk time, silence, overlap, interruptions and response times of a conversation."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ser_live.lanes.levels import CELL_SECONDS, Levels

__all__ = ["Talk"]

_BRIDGE = 20
"""Cells: a shorter pause does not end a talk spurt (ITU-T P.59, https://www.itu.int/rec/T-REC-P.59)."""
_INTERRUPTION = round(1.0 / CELL_SECONDS)
"""Cells that the other has spoken before an interruption, and that the lane goes on for."""
_LONGEST_RESPONSE = round(10.0 / CELL_SECONDS)
"""After so many cells of silence it is no response any more."""


class Talk:
    """Follow the speech of all lanes.

    Args:
        lanes: how many.
    """

    def __init__(self, lanes: int) -> None:
        self._cells = self._silent = self._overlapping = 0
        self._spoken = [0] * lanes  # cells
        self._power = [0.0] * lanes  # summed over them
        self._starts = [array("q") for _ in range(lanes)]  # of the talk spurts, in cells
        self._ends = [array("q") for _ in range(lanes)]

    def feed(self, speech: NDArray[np.bool_], power: Levels) -> None:
        """Take the speech decisions of the next cells and their mean power, both `(lanes, cells)`."""
        talking = np.count_nonzero(speech, axis=0)
        self._silent += int(np.count_nonzero(talking == 0))
        self._overlapping += int(np.count_nonzero(talking > 1))
        for lane, row in enumerate(speech):
            if row.any():
                self._spoken[lane] += int(np.count_nonzero(row))
                self._power[lane] += float(power[lane][row].sum(dtype=np.float64))
                turns = np.flatnonzero(np.diff(row, prepend=False, append=False)).tolist()
                for start, end in zip(turns[::2], turns[1::2], strict=True):
                    self._spurt(lane, self._cells + start, self._cells + end)
        self._cells += speech.shape[1]

    def _spurt(self, lane: int, start: int, end: int) -> None:
        starts, ends = self._starts[lane], self._ends[lane]
        if ends and start - ends[-1] < _BRIDGE:
            ends[-1] = end
        else:
            starts.append(start)
            ends.append(end)

    def fields(self, names: Sequence[str | None], seconds: float) -> dict[str, Any]:
        """Return the call sheet: the session's silence and overlap, and a mapping a lane; `seconds` is its length."""
        return {
            "silence_seconds": _seconds(self._silent),
            "overlap_seconds": _seconds(self._overlapping),
            "lanes": [self._lane(lane, name, seconds) for lane, name in enumerate(names)],
        }

    def _lane(self, lane: int, name: str | None, seconds: float) -> dict[str, Any]:
        spoken = self._spoken[lane]
        responses = np.array(self._responses(lane)) * CELL_SECONDS
        mean = self._power[lane] / spoken if spoken else 0.0
        return {
            "name": name,
            "talk_seconds": _seconds(spoken),
            "talk_share": round(min(1.0, spoken * CELL_SECONDS / seconds), 4) if seconds else 0.0,
            "interruptions": self._interruptions(lane),
            "responses": {
                "count": len(responses),
                "median_seconds": round(float(np.median(responses)), 3) if len(responses) else None,
                "p90_seconds": round(float(np.percentile(responses, 90)), 3) if len(responses) else None,
            },
            "level_dbfs": round(10 * math.log10(mean), 1) if mean > 0.0 else None,
        }

    def _interruptions(self, lane: int) -> int:
        """Count the spurts of a lane, of a second and more, that begin when another has spoken for a second."""
        count = 0
        for start, end in zip(self._starts[lane], self._ends[lane], strict=True):
            count += end - start >= _INTERRUPTION and any(
                self._speaks(other, start) >= _INTERRUPTION for other in range(len(self._spoken)) if other != lane
            )
        return count

    def _speaks(self, lane: int, cell: int) -> int:
        """Return for how many cells a lane has spoken where the cell begins; 0 where it does not speak then."""
        latest = bisect_left(self._starts[lane], cell) - 1
        if latest < 0 or self._ends[lane][latest] <= cell:
            return 0
        return cell - self._starts[lane][latest]

    def _responses(self, lane: int) -> list[int]:
        """Return the silences, in cells, after which a lane spoke and before which another one did."""
        found = []
        for i, start in enumerate(self._starts[lane]):
            own = self._ends[lane][i - 1] if i else -1
            ends = []
            for other in range(len(self._spoken)):
                latest = bisect_left(self._starts[other], start) - 1
                if other != lane and latest >= 0:
                    ends.append(self._ends[other][latest])
            last = max(ends, default=-1)
            if own <= last <= start and start - last <= _LONGEST_RESPONSE and last >= 0:
                found.append(start - last)
        return found


def _seconds(cells: int) -> float:
    return round(cells * CELL_SECONDS, 2)
