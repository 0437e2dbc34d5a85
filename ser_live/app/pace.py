"""Play a recording as slowly as it was recorded."""

from __future__ import annotations

import math
import time

from ser_live.interrupts import Interrupts

__all__ = ["Pace"]

_SLEEP_SECONDS = 0.05  # at most, so that a signal is seen soon
_LATE_SECONDS = 1.0  # a replay that is further behind (the machine slept) goes on from where it is


class Pace:
    """Hold a recording back to `speed` seconds of stream in a second of the clock."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._start: float | None = None  # on the clock

    def wait(self, stream_seconds: float, interrupts: Interrupts) -> None:
        """Sleep until the clock has reached that time of the stream, or a signal comes."""
        if math.isinf(self._speed):
            return
        due = stream_seconds / self._speed
        now = time.monotonic()
        if self._start is None or now > self._start + due + _LATE_SECONDS:
            self._start = now - due
        while now < self._start + due and not interrupts.signal:
            time.sleep(min(self._start + due - now, _SLEEP_SECONDS))
            now = time.monotonic()
