"""One connection: what waits to be heard, on the way to the computing thread, and lines on the way back."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable
from typing import Final

from ser_live.errors import SerLiveError
from ser_live.serve.hearing import Hearing
from ser_live.serve.metrics import Metrics
from ser_live.serve.refusal import Refusal
from ser_live.serve.start import Start

__all__ = ["Stream"]

_TURN_SECONDS: Final = 0.5  # of sound that one connection is computed for before the next


class Stream:
    """The sound of a connection that waits, and its session.

    Args:
        start: what the sound is.
        hearing: makes the session, given where its lines go; called in the computing thread.
        deliver: called in the computing thread with the lines of a turn, and whether they are the last.
        metrics: what is counted.
    """

    def __init__(
        self,
        start: Start,
        hearing: Callable[[Callable[[str], object]], Hearing],
        deliver: Callable[[list[str], bool], object],
        metrics: Metrics,
    ) -> None:
        self._bytes_a_second = start.sample_rate * start.frame_bytes
        self._piece = max(1, round(_TURN_SECONDS * start.sample_rate)) * start.frame_bytes
        self._open = hearing
        self._deliver = deliver
        self._metrics = metrics
        self._lock = threading.Lock()
        self._data = bytearray()
        self._since = 0.0
        self._stopped = False
        self._refusal: Refusal | None = None
        self._hearing: Hearing | None = None
        self._lines: list[str] = []
        self._done = False

    @property
    def waiting_seconds(self) -> float:
        """Seconds of sound that wait."""
        return len(self._data) / self._bytes_a_second

    @property
    def age(self) -> float:
        """For how many seconds the oldest of them has waited."""
        return time.monotonic() - self._since if self._data else 0.0

    def put(self, data: bytes) -> None:
        """Let bytes wait to be heard."""
        with self._lock:
            if not self._data:
                self._since = time.monotonic()
            self._data += data

    def stop(self, refusal: Refusal | None = None) -> None:
        """End after what waits; with a refusal at once, which is told before the summary."""
        with self._lock:
            self._stopped = True
            if refusal is not None:
                self._data.clear()
                self._refusal = self._refusal or refusal

    def leave(self, *, hear_all: bool) -> None:
        """End because the client is gone; what waits is heard only if asked, as for a recording."""
        with self._lock:
            self._stopped = True
            if not hear_all:
                self._data.clear()

    def turn(self) -> bool:
        """Hear the next piece and return whether there is more."""
        if self._done:
            return False
        began = time.thread_time()
        try:
            return self._turn()
        except SerLiveError as error:  # the session could not be opened
            self._lines.append(Refusal("no-session", str(error)).line)
            self._done = True
            return False
        finally:
            self._metrics.compute_seconds_total += time.thread_time() - began
            if self._lines or self._done:
                lines, self._lines = self._lines, []
                self._deliver(lines, self._done)

    def fail(self) -> None:
        """End after an error that nobody foresaw."""
        self._done = True
        self._deliver([Refusal("internal", "the server made an error: try again").line], True)

    def _turn(self) -> bool:
        if self._hearing is None:
            self._hearing = self._open(self._lines_append)
        with self._lock:
            piece = bytes(self._data[: self._piece])
            del self._data[: self._piece]
            self._since = time.monotonic() if not self._data else self._since
            more, stopped = bool(self._data), self._stopped
        seconds, predictions = self._hearing.seconds, self._hearing.predictions
        goes_on = self._hearing.feed(piece)
        if not goes_on or (stopped and not more):
            if not goes_on:
                self._refusal = Refusal("bad-sound", str(self._hearing.error))
            if self._refusal is not None:
                self._lines.append(self._refusal.line)
            self._hearing.finish()
            self._done = True
        self._metrics.audio_seconds_total += self._hearing.seconds - seconds
        self._metrics.predictions_total += self._hearing.predictions - predictions
        if self._done:
            self._hearing = None
            gc.collect()  # the session holds itself in circles, and a speech detector of a megabyte
        return more and not self._done

    def _lines_append(self, line: str) -> None:
        self._lines.append(line)
