"""The waveform of a session of any length, in a fixed number of bins."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np

from ser_live.lanes.levels import CELL_SECONDS, Levels

__all__ = ["Envelope"]

_MOST = 2048  # bins


class Envelope:
    """The largest sample of each bin; when the bins are full, two become one.

    Args:
        lanes: how many.
    """

    def __init__(self, lanes: int) -> None:
        self._peaks = np.zeros((lanes, _MOST), np.float32)
        self._width = 1  # cells in a bin
        self._cells = 0

    def feed(self, peaks: Levels) -> None:
        """Take the peaks of the next cells, `(lanes, cells)`."""
        done = 0
        while done < peaks.shape[1]:
            if self._cells == _MOST * self._width:
                halves = np.maximum(self._peaks[:, ::2], self._peaks[:, 1::2])
                self._peaks[:] = 0.0
                self._peaks[:, : _MOST // 2] = halves
                self._width *= 2
            part = peaks[:, done : done + _MOST * self._width - self._cells]
            bins = (self._cells + np.arange(part.shape[1])) // self._width
            starts = np.flatnonzero(np.diff(bins, prepend=-1))
            at = bins[starts]
            self._peaks[:, at] = np.maximum(self._peaks[:, at], np.maximum.reduceat(part, starts, axis=1))
            self._cells += part.shape[1]
            done += part.shape[1]

    def fields(self, names: Sequence[str | None]) -> dict[str, Any]:
        """Return the fields of the summary: base64 of a byte a bin, 255 times the root of its largest sample."""
        used = -(-self._cells // self._width)
        scaled = np.sqrt(np.minimum(self._peaks[:, :used], np.float32(1.0))) * np.float32(255)
        rows = scaled.round().astype(np.uint8)
        return {
            "bin_seconds": round(self._width * CELL_SECONDS, 6),
            "lanes": [
                {"name": name, "peaks": base64.b64encode(row.tobytes()).decode()}
                for name, row in zip(names, rows, strict=True)
            ],
        }
