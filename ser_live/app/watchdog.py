"""End the program where a computation does not return: onnxruntime cannot be interrupted, but a thread can act."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from types import TracebackType

from ser_live.classifier import Device, may_use_cuda
from ser_live.outputs.lines import complain

__all__ = ["Watchdog", "end_loading", "load_seconds"]

LIMIT_SECONDS = 10.0
"""What a model may take to load, or for one window; 1.5 ms are usual."""
SIGNAL_SECONDS = 1.0
"""What a computation may still take once a signal has come."""
_FIRST_CUDA_SECONDS = 120.0  # that a graphics card may take for its first model
_POLL_SECONDS = 0.1


def load_seconds(device: Device) -> float:
    """Return what a model may take to load, in seconds."""
    return _FIRST_CUDA_SECONDS if may_use_cuda(device) else LIMIT_SECONDS


def end_loading(what: str, number: int) -> None:
    """End the program while a model is loaded: nothing is open yet."""
    if not number:
        complain("the model did not load in time, or hangs on silence: use another one")
    os._exit(128 + number if number else 1)


class Watchdog:
    """A thread that watches `watching` blocks of the main thread. Time in which the process stood still is not counted.

    Where the system allows no further thread, nothing is watched.

    Attributes:
        end: called in the thread with `load` or `window`, and 0 or the number of a signal that came; it must end
            the process, for the computation cannot be ended. The main thread waits if it returns meanwhile.
        progress: a number that grows with every window.
    """

    def __init__(self, end: Callable[[str, int], object]) -> None:
        self.end = end
        self.progress: Callable[[], int] = lambda: 0
        self._what: str | None = None
        self._limit = LIMIT_SECONDS
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._stack = ExitStack()
        self._signals: socket.socket | None = None

    def __enter__(self) -> Watchdog:
        with suppress(RuntimeError):
            threading.Thread(target=self._work, daemon=True, name="ser-live watchdog").start()
        if threading.current_thread() is threading.main_thread():
            # Python calls handlers between two of its own steps, which a computation never reaches; this comes at once
            self._signals, writer = socket.socketpair()
            for end in (self._signals, writer):
                end.setblocking(False)
                self._stack.callback(end.close)
            before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
            self._stack.callback(signal.set_wakeup_fd, before)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        with self._lock:
            self._signals = None
            self._stack.close()
        self.end = end_loading  # the session's own objects are not held until Python ends
        self.progress = lambda: 0

    @contextmanager
    def watching(self, what: str, limit: float | None = None) -> Iterator[None]:
        """Within, end the program if nothing has been computed for the limit, in seconds."""
        self._limit = LIMIT_SECONDS if limit is None else limit
        self._what = what
        try:
            yield
        finally:
            with self._lock:  # the program may be ending: then this waits for ever
                self._what = None

    def _work(self) -> None:
        doing: tuple[str | None, int] = (None, 0)
        spent, since_signal, number = 0.0, 0.0, 0
        while not self._over.is_set():
            began = time.monotonic()
            self._over.wait(_POLL_SECONDS)
            passed = min(time.monotonic() - began, 2 * _POLL_SECONDS)
            with self._lock:
                now = (self._what, self.progress())
                spent = spent + passed if now == doing else 0.0
                doing = now
                number = self._signal() or number
                if self._what is None or not number:
                    since_signal = 0.0
                else:
                    since_signal += passed
                if self._what is None or self._over.is_set():
                    continue
                if spent > self._limit or since_signal > SIGNAL_SECONDS:
                    self.end(self._what, number)
                    os._exit(1)  # if it returned all the same

    def _signal(self) -> int:
        """Return the number of the latest signal that ends the program, 0 if none has come."""
        ends = [getattr(signal, name, 0) for name in ("SIGINT", "SIGTERM", "SIGHUP")]
        try:
            came = self._signals.recv(64) if self._signals is not None else b""
        except OSError:
            return 0
        return next((number for number in came if number in ends), 0)
