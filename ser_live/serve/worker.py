"""The one thread that computes: a block of one stream, then of the next, so that none waits for another's hour."""

from __future__ import annotations

import threading
from collections import deque
from typing import Protocol

from ser_live.outputs.lines import complain

__all__ = ["Work", "Worker"]


class Work(Protocol):
    """What the thread takes in turn."""

    def turn(self) -> bool:
        """Do one piece and return whether there is more."""
        ...

    def fail(self) -> None:
        """End after an error that nobody foresaw."""
        ...


class Worker:
    """Do pieces of work in turn, in a thread of its own."""

    def __init__(self) -> None:
        self._ready: deque[Work] = deque()
        self._waits = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="ser-live-compute", daemon=True)
        self._thread.start()

    def wake(self, work: Work) -> None:
        """Give a stream its turn, after those that wait already; it waits once at most."""
        with self._waits:
            if work not in self._ready:
                self._ready.append(work)
                self._waits.notify()

    def close(self) -> None:
        """End after what waits now."""
        with self._waits:
            self._ended = True
            self._waits.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._waits:
                while not self._ready and not self._ended:
                    self._waits.wait()
                if not self._ready:
                    return
                work = self._ready.popleft()
            try:
                more = work.turn()
            except Exception as error:  # one connection must not end the others
                complain(f"a stream ended by an error of this program ({type(error).__name__}: {error}); report it")
                work.fail()
                continue
            if more:
                self.wake(work)
