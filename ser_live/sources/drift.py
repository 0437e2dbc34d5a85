"""How far the clock of a sound device runs from the computer's."""

from __future__ import annotations

from typing import Final

import numpy as np

from ser_live.types import FloatArray

__all__ = ["Drift"]

PIECE_SECONDS: Final = 20.0
_LEAST_PIECES: Final = 16  # over five minutes
_MOST_PIECES: Final = 4096  # then every second one is left out
TELL_PPM: Final = 100.0


class Drift:
    """The difference of two clocks, in parts in a million: the slope of a line through the least delays of blocks.

    A block can only come late, never early. The least delay of each piece of 20 s is nearly free of what the computer
    did besides, and how these shrink or grow is the difference of the clocks.

    Args:
        sample_rate: in Hz, as the device claims it.

    Attributes:
        told: whether the user was told of it.
    """

    def __init__(self, sample_rate: int) -> None:
        self.told = False
        self._rate = sample_rate
        self._kept: tuple[int, float] = (0, 0.0)  # pieces and parts in a million, of the longest time without a hole
        self._delays: list[tuple[float, float]] = []
        self.restart()

    def restart(self) -> None:
        """Begin anew: sound was lost, or the computer stood still. The estimate of the longest time is kept."""
        if len(self._delays) >= max(_LEAST_PIECES, self._kept[0]):
            self._kept = (len(self._delays), _slope(self._delays))
        self._began: float | None = None
        self._frames = 0
        self._piece = 0
        self._least = np.inf
        self._delays = []

    def take(self, arrived: float, frames: int) -> bool:
        """Account for a block of so many frames that came at a time (seconds of a clock that never jumps).

        Returns:
            whether it ends a piece, so that `ppm` and `certain`, which take a millisecond after a day, are new.
        """
        if self._began is None:  # only what comes after this moment has been timed
            self._began = arrived
            return False
        self._frames += frames
        sound = self._frames / self._rate
        ends = (piece := int(sound / PIECE_SECONDS)) != self._piece
        if ends:
            if np.isfinite(self._least):  # a block longer than a piece leaves some empty
                self._delays.append((self._piece * PIECE_SECONDS, self._least))
            self._piece, self._least = piece, np.inf
            if len(self._delays) > _MOST_PIECES:
                self._delays = self._delays[::2]
        self._least = min(self._least, arrived - self._began - sound)
        return ends

    @property
    def ppm(self) -> float | None:
        """How much faster than it claims the device samples, in parts in a million; None in the first minutes."""
        if len(self._delays) >= max(_LEAST_PIECES, self._kept[0]):
            return _slope(self._delays)
        return self._kept[1] if self._kept[0] else None

    @property
    def certain(self) -> float | None:
        """The same, where it is over 100 for certain, else None: one step, as of Bluetooth, leaves a half without."""
        half = len(self._delays) // 2
        if len(self._delays) < _LEAST_PIECES:
            return None
        first, second = _slope(self._delays[:half]), _slope(self._delays[half:])
        if min(abs(first), abs(second)) <= TELL_PPM or first * second < 0:
            return None
        return _slope(self._delays)


def _slope(delays: list[tuple[float, float]]) -> float:
    points: FloatArray = np.asarray(delays)
    times, late = points[:, 0] - points[:, 0].mean(), points[:, 1]
    return float(-1e6 * (times @ late) / (times @ times))
