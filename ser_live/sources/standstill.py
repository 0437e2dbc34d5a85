"""Notice that this process stood still: Ctrl-Z, a paused container, a machine that slept."""

from __future__ import annotations

import time
from collections.abc import Iterator

from ser_live.types import Event

__all__ = ["Standstill"]

_LEAST_SECONDS = 3.0


class Standstill:
    """Compare the clock with the processor time of this process, from one call to the next.

    A busy process uses as much of one as of the other, and a waiting one is asked again within `poll` seconds. Where
    the clock is far ahead, the process did not run.
    """

    def __init__(self) -> None:
        self._at = _now()
        self._used = time.process_time()

    def seconds(self) -> float:
        """Return for how long the process stood still since the last call; 0 where it was less than three seconds."""
        now, used = _now(), time.process_time()
        still = (now - self._at) - (used - self._used)
        self._at, self._used = now, used
        return still if still >= _LEAST_SECONDS else 0.0

    def events(self, at: float) -> Iterator[Event]:
        """Report at a time of the stream (seconds) that the process did not run, and so did not hear."""
        if seconds := self.seconds():
            message = (
                f"this program stood still for {seconds:.0f} s (Ctrl-Z, a pause, or the computer slept): "
                "sound of that time may be missing"
            )
            fields = {"message": message, "stood_still_seconds": round(seconds, 3)}
            yield Event(kind="device", start=at, end=at, fields=fields)


def _now() -> float:
    """Return seconds of a clock that goes on while the machine sleeps."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.time()
