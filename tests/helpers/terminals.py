"""The program in a terminal of its own, as a person would have it."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from program import ENVIRONMENT, PROGRAM

__all__ = ["ENTER", "LEAVE", "Terminal", "opened"]

LEAVE, ENTER = b"\x1b[?1049l", b"\x1b[?1049h"


class Terminal:
    """The program in a terminal of its own, whose session it leads, or a shell where stops are to be reported."""

    def __init__(
        self, errors: Path, *arguments: str | Path, reports: int | None = None, stdin: Path | None = None
    ) -> None:
        import pty

        self.screen = b""
        self.errors = errors
        self.code: int | None = None
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            if stdin is not None:
                os.dup2(os.open(stdin, os.O_RDONLY), 0)
            os.dup2(os.open(errors, os.O_WRONLY | os.O_CREAT), 2)
            environment = {**ENVIRONMENT, "TERM": "xterm-256color", "LINES": "24", "COLUMNS": "80"}
            if reports is not None:
                _lead(reports)
            os.execve(sys.executable, [*PROGRAM, *map(str, arguments)], environment)

    def read(self, seconds: float, until: bytes | None = None) -> None:
        """Take what the program draws, for so long or until some bytes come."""
        end, start = time.monotonic() + seconds, len(self.screen)
        while time.monotonic() < end and (until is None or until not in self.screen[start:]):
            if select.select([self.master], [], [], 0.05)[0]:
                try:
                    self.screen += os.read(self.master, 65536)
                except OSError:  # the program has ended
                    return

    def type(self, keys: str) -> None:
        """Type, as a person does."""
        os.write(self.master, keys.encode())

    def wait(self, seconds: float = 15.0, *, reading: bool = True) -> int | None:
        """Return the exit code, None where it does not end."""
        end = time.monotonic() + seconds
        while self.code is None and time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
            elif reading:
                self.read(0.05)
            else:
                time.sleep(0.05)
        return self.code

    def close(self) -> None:
        """End the program and close the terminal."""
        if self.code is None:
            with suppress(OSError):
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
        with suppress(OSError):
            os.close(self.master)


def _lead(reports: int) -> None:
    """Be a shell with one job, in which this returns: what leads its session cannot be stopped."""
    job = os.fork()
    with suppress(OSError):
        os.setpgid(job, job)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    if job == 0:
        os.tcsetpgrp(0, os.getpgrp())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        return
    while True:
        _, status = os.waitpid(job, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            os._exit(os.waitstatus_to_exitcode(status))
        os.write(reports, str(job).encode())


@pytest.fixture
def opened() -> Iterator[list[Terminal]]:
    terminals: list[Terminal] = []
    yield terminals
    for terminal in terminals:
        terminal.close()
