"""Speech of one lane that is only heard in another: a headset that leaks, an echo on the line.

It has the same time and far less power. Where several microphones hear several people, comparing powers is the usual
way to tell whose speech it is (e.g. Pfau, Ellis, Stolcke 2001, https://doi.org/10.1109/ASRU.2001.1034599).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ser_live.lanes.levels import Levels

__all__ = ["LEAK_DB", "Leak"]

LEAK_DB = 20.0
"""Speech that is so far below another lane's does not count as the lane's own."""
_TOLERANCE_DB = 0.5  # so that rounding decides nothing
_SMOOTH = 10  # cells over which power is averaged: about a syllable
_AHEAD = 20  # cells before a voice that the detector calls speech; less than its lag, so that nothing waits
_BEHIND = 45  # cells after a voice that the detector still calls speech
_ECHO = 20  # cells by which a leak may come later: an echo on the line


class Leak:
    """Compare the lanes' powers around every cell.

    Args:
        lanes: how many.
    """

    def __init__(self, lanes: int) -> None:
        self._lanes = lanes
        before = _SMOOTH - 1 + _ECHO + _BEHIND
        self._power = np.zeros((lanes, before), np.float32)  # of the latest cells, zeros before the first
        self._ratio = np.float32(10 ** ((LEAK_DB - _TOLERANCE_DB) / 10))

    def feed(self, power: Levels) -> NDArray[np.bool_]:
        """Take the power of the next cells, `(lanes, cells)`.

        Returns:
            `(lanes, cells)`: whether what a lane hears there is a leak; for the cells after those of the last call, as
            far as enough cells after them are known.
        """
        known = np.concatenate([self._power, power], axis=1)
        after = known.shape[1] - (_SMOOTH - 1) - _ECHO - _BEHIND - _AHEAD  # cells that can be judged now
        if after < 1:
            self._power = known
            return np.zeros((self._lanes, 0), np.bool_)
        self._power = known[:, after:]
        smooth = _sliding(known, _SMOOTH).mean(axis=2)
        own = _sliding(smooth[:, _ECHO:], _BEHIND + 1 + _AHEAD).max(axis=2)
        loudest = _sliding(smooth, _ECHO + _BEHIND + 1 + _AHEAD).max(axis=2)
        leaks = np.zeros(own.shape, np.bool_)
        for lane in range(self._lanes):
            others = np.delete(loudest, lane, axis=0)
            leaks[lane] = others.max(axis=0, initial=0.0) >= own[lane] * self._ratio
        return leaks

    def flush(self) -> NDArray[np.bool_]:
        """Return the last cells, as if silence followed."""
        return self.feed(np.zeros((self._lanes, _AHEAD), np.float32))


def _sliding(values: Levels, cells: int) -> Levels:
    return np.lib.stride_tricks.sliding_window_view(values, cells, axis=1)
