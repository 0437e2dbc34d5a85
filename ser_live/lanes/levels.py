"""How loud every 10 ms of each lane is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ser_live.types import FloatArray

__all__ = ["CELL_SECONDS", "CellLevels", "Levels"]

CELL_SECONDS = 0.01
"""The grid of the speech decisions."""
_TINY = np.float32(1e-20)

Levels = NDArray[np.float32]
"""`(lanes, cells)`."""


class CellLevels:
    """Mean power and peak of every cell, at the source's own rate; chunked equals whole.

    Args:
        sample_rate: in Hz.
        lanes: how many.
    """

    def __init__(self, sample_rate: float, lanes: int) -> None:
        self._rate = sample_rate
        self._rest = np.zeros((lanes, 0), np.float32)
        self._start = 0  # of the rest, in samples of the stream
        self._cell = 0  # the next one

    def feed(self, signals: Sequence[FloatArray]) -> tuple[Levels, Levels]:
        """Take the next samples, `(frames,)` a lane.

        Returns:
            mean power (0 to 1 and more) and largest absolute sample of the cells that are complete now.
        """
        samples = np.concatenate([self._rest, np.stack(signals)], axis=1)
        end = self._start + samples.shape[1]
        cells = int(end / self._rate / CELL_SECONDS) + 1 - self._cell  # one too many at most, cut below
        edges = np.ceil(np.arange(self._cell, self._cell + cells + 1) * (self._rate * CELL_SECONDS)).astype(np.int64)
        edges = edges[: int(np.searchsorted(edges, end, "right"))] - self._start
        if len(edges) < 2:
            self._rest = samples
            return samples[:, :0], samples[:, :0]
        whole = samples[:, : edges[-1]]
        starts = edges[:-1]
        power = np.add.reduceat(np.square(whole), starts, axis=1) / np.diff(edges).astype(np.float32)
        peak = np.maximum.reduceat(np.abs(whole), starts, axis=1)
        self._rest = samples[:, edges[-1] :]
        self._start += int(edges[-1])
        self._cell += len(starts)
        return power + _TINY, peak
