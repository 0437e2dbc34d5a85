"""A program of the user's that is run for every event: `--on-event`."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from ser_live.errors import SettingsError, shortened
from ser_live.outputs.base import Sink
from ser_live.outputs.jsonl import as_json
from ser_live.outputs.lines import printable
from ser_live.types import Event, FloatArray, Prediction

__all__ = ["Hook"]

_MOST = 256
"""Events that wait; of more, the oldest are dropped."""
_LIMIT_SECONDS = 10.0
"""That the program may take for an event."""
_LAST_SECONDS = 2.0
"""That the last events have when the session is over."""


class Hook(Sink):
    """Run a program for each event, one at a time, with the event's JSON line on its standard input.

    It may take its time: the sound never waits for it. It is started without a shell, and what it prints is not shown.
    A failure is told once, and the next event is tried all the same.

    Args:
        command: program and arguments, as a shell would split them.
        tell: called with a message for the user.

    Raises:
        SettingsError: for a command that cannot be read, or a program that is not there.
    """

    needed = False

    def __init__(self, command: str, tell: Callable[[str], object]) -> None:
        self.name = "--on-event"
        self._arguments = _arguments(command)
        self._tell = tell
        self._waiting: deque[bytes] = deque()
        self._changed = threading.Condition()
        self._over = False
        self._told: set[str] = set()
        self._killed = False
        self._running: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None

    def open(self, fields: Mapping[str, Any]) -> None:
        """Begin to wait for events."""
        self._thread = threading.Thread(target=self._work, daemon=True, name="ser-live hook")
        try:
            self._thread.start()
        except RuntimeError:
            self._thread = None
            self._once("the system allows no further thread: it is not run")

    def hear(self, block: FloatArray) -> None:
        """Do nothing with the sound."""

    def take(self, record: Prediction | Event) -> None:
        """Let the program have an event."""
        if not isinstance(record, Event) or self._thread is None:
            return
        line = json.dumps(as_json(record), allow_nan=False).encode() + b"\n"
        with self._changed:
            if len(self._waiting) == _MOST:
                self._waiting.popleft()
                self._once(f"{_MOST} events wait for it: the oldest are dropped")
            self._waiting.append(line)
            self._changed.notify()

    def close(self, fields: Mapping[str, Any]) -> None:
        """Give the last events a moment, then end the program."""
        with self._changed:
            self._over = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(_LAST_SECONDS)
            if self._thread.is_alive():
                self._waiting.clear()
                self._killed = True
                self._kill()
                self._once("it was still busy when the session ended, and was stopped")

    def _work(self) -> None:
        while True:
            with self._changed:
                while not (self._waiting or self._over):
                    self._changed.wait()
                if not self._waiting:
                    return
                line = self._waiting.popleft()
            self._run(line)

    def _run(self, line: bytes) -> None:
        try:
            self._running = process = subprocess.Popen(
                self._arguments,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=os.name == "posix",  # the terminal's Ctrl-C is for us
            )
        except OSError as error:
            self._once(f"it cannot be started: {error.strerror}")
            return
        try:
            process.communicate(line, timeout=_LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            self._kill()
            self._once(f"it took over {_LIMIT_SECONDS:g} s for an event, and was stopped")
            return
        except OSError:  # it does not read its standard input
            process.wait()
        if process.returncode and not self._killed:
            self._once(f"it ended with exit code {process.returncode}")

    def _kill(self) -> None:
        process = self._running
        if process is not None and process.poll() is None:
            with suppress(OSError):
                if os.name == "posix":
                    os.killpg(process.pid, 9)
                else:
                    process.kill()
            until = time.monotonic() + 1.0
            while process.poll() is None and time.monotonic() < until:
                time.sleep(0.01)

    def _once(self, what: str) -> None:
        if what not in self._told:
            self._told.add(what)
            self._tell(f"--on-event {printable(shortened(self._arguments[0], 60))}: {what}")


def _arguments(command: str) -> list[str]:
    try:
        arguments = shlex.split(command, posix=os.name == "posix")
    except ValueError as error:
        raise SettingsError(f"--on-event cannot be read ({error}): write a program and its arguments") from None
    if not arguments:
        raise SettingsError("--on-event needs a program, and its arguments if it has any")
    if shutil.which(arguments[0]) is None:
        raise SettingsError(
            f"--on-event: there is no program {shortened(repr(arguments[0]), 80)} that can be run: give its path"
        )
    return arguments
