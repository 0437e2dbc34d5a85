"""A terminal that is closed, stopped with Ctrl-S or left with Ctrl-Z: one signal ends, nothing is lost or garbled."""

from __future__ import annotations

import os
import select
import signal
import time
from pathlib import Path

import pytest
import soundfile
from program import kinds, parse, write
from terminals import ENTER, LEAVE, Terminal, opened
from voices import silence, voice

pytestmark = pytest.mark.skipif(os.name == "nt", reason="terminals of Unix")

__all__ = ["opened"]  # a fixture


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
