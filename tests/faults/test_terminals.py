"""A terminal that is closed, stopped with Ctrl-S or left with Ctrl-Z: one signal ends, nothing is lost or garbled."""

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
import soundfile
from program import ENVIRONMENT, PROGRAM, kinds, parse, write
from voices import silence, voice

pytestmark = pytest.mark.skipif(os.name == "nt", reason="terminals of Unix")

LEAVE, ENTER = b"\x1b[?1049l", b"\x1b[?1049h"


class Terminal:
    """The program in a terminal of its own, whose session it leads, or a shell where stops are to be reported."""

    def __init__(self, errors: Path, *arguments: str | Path, reports: int | None = None) -> None:
        import pty

        self.screen = b""
        self.errors = errors
        self.code: int | None = None
        self.pid, self.master = pty.fork()
        if self.pid == 0:
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


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import numpy as np

    talk = np.tile(np.concatenate([voice(4.0), silence(0.4)]), 30)
    return write(tmp_path_factory.mktemp("long") / "long.wav", talk)


FORMATS = (["--format", "tui"], ["--format", "plain", "--speed", "1"], ["--format", "jsonl", "--speed", "1"])


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form[1])
def test_a_closed_terminal_ends_with_129_and_keeps_all(
    form: list[str], tiny_path: Path, long: Path, tmp_path: Path, opened: list[Terminal]
) -> None:
    record, out = tmp_path / "r.wav", tmp_path / "r.jsonl"
    arguments = ("--model", tiny_path, "--file", long, "--record", record, "--out", out)
    terminal = Terminal(tmp_path / "errors", *arguments, *form)
    opened.append(terminal)
    terminal.read(20, until=ENTER if form[1] == "tui" else b"speech")
    terminal.read(1.0)
    os.close(terminal.master)
    assert terminal.wait(reading=False) == 129
    assert "Traceback" not in terminal.errors.read_text()
    summary = parse(out.read_text())[-1]
    assert (summary["type"], summary["ended"]) == ("summary", "interrupt")
    assert soundfile.info(record).duration == pytest.approx(summary["seconds"], abs=0.001)


@pytest.mark.parametrize("form", [["--format", "tui"], ["--format", "jsonl", "--step", "0.05"]], ids=["tui", "jsonl"])
def test_one_signal_ends_a_session_whose_terminal_is_stopped(
    form: list[str], tiny_path: Path, long: Path, tmp_path: Path, opened: list[Terminal]
) -> None:
    out = tmp_path / "r.jsonl"
    terminal = Terminal(tmp_path / "errors", "--model", tiny_path, "--file", long, "--out", out, *form)
    opened.append(terminal)
    terminal.read(20, until=ENTER if form[1] == "tui" else b"speech")
    os.write(terminal.master, b"\x13")  # Ctrl-S
    time.sleep(2.0)
    os.kill(terminal.pid, signal.SIGTERM)
    assert terminal.wait(8.0, reading=False) in (143, 1)  # 1: the last lines were not taken
    assert kinds(parse(out.read_text()))[-1] == "summary"


def test_control_z_gives_the_shell_its_screen_and_fg_brings_the_picture_back(
    tiny_path: Path, long: Path, tmp_path: Path, opened: list[Terminal]
) -> None:
    stops, reports = os.pipe()
    terminal = Terminal(tmp_path / "errors", "--model", tiny_path, "--file", long, reports=reports)
    opened.append(terminal)
    terminal.read(20, until=ENTER)
    terminal.read(1.0)
    before = len(terminal.screen)
    os.write(terminal.master, b"\x1a")  # Ctrl-Z
    terminal.read(2.0)
    assert select.select([stops], [], [], 5.0)[0]
    program = int(os.read(stops, 20))
    left = terminal.screen[before:]
    assert LEAVE in left
    assert ENTER not in left
    assert left.rfind(b"\x1b[?25h") > left.rfind(b"\x1b[?25l")  # the cursor is shown
    before = len(terminal.screen)
    terminal.read(1.0)
    assert len(terminal.screen) == before
    os.killpg(program, signal.SIGCONT)
    terminal.read(3.0)
    back = terminal.screen[before:]
    assert ENTER in back
    assert len(back) > 500  # the picture
    os.write(terminal.master, b"\x03")  # Ctrl-C
    assert terminal.wait() == 130
    os.close(stops)
    assert terminal.errors.read_text() == ""
