"""A computation that does not return is ended, with all that was heard; a signal ends it sooner."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import soundfile
from hostile_models import hostile_model
from program import ENVIRONMENT, PROGRAM, kinds, parse, write
from voices import silence, voice

from ser_live.app import watchdog
from ser_live.app.watchdog import Watchdog

QUICK = "from ser_live.app import watchdog; watchdog.LIMIT_SECONDS = 2.0; from ser_live.cli import main; main()"


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import numpy as np

    return write(tmp_path_factory.mktemp("talk") / "talk.wav", np.concatenate([silence(1.0), voice(4.0)]))


@pytest.mark.parametrize("number", [0, *([signal.SIGTERM, signal.SIGINT] if os.name != "nt" else [])])
def test_a_window_that_does_not_return_ends_the_session_and_keeps_it(number: int, talk: Path, tmp_path: Path) -> None:
    model, record, out = hostile_model(tmp_path / "m.onnx", "loops"), tmp_path / "r.wav", tmp_path / "r.jsonl"
    program = PROGRAM if number else [sys.executable, "-c", QUICK]
    arguments = ["--model", model, "--file", talk, "--format", "jsonl", "--record", record, "--out", out]
    process = subprocess.Popen([*program, *map(str, arguments)], env=ENVIRONMENT, stdout=-1, stderr=-1)
    if number:
        until = time.monotonic() + 30
        while time.monotonic() < until and not (out.exists() and "session" in out.read_text()):
            time.sleep(0.1)
        time.sleep(0.5)  # the first half second of speech has come
        process.send_signal(number)
    lines, err = process.communicate(timeout=40)
    assert process.returncode == (128 + number if number else 1)
    records = parse(out.read_text())
    assert kinds(records)[-1] == "summary"
    assert records == parse(lines.decode())
    assert records[-1]["ended"] == ("interrupt" if number else "error")
    assert (b"for a window" in err) == (not number)
    assert err.count(b"\n") == (0 if number else 1)
    heard, recorded = soundfile.read(talk)[0], soundfile.read(record)[0]
    assert len(recorded) >= 1.5 * 16_000
    assert (recorded == heard[: len(recorded)]).all()


@pytest.mark.parametrize("arguments", [["--model-info"], ["--file", "-"]])
def test_a_model_that_does_not_load_ends_in_a_sentence(arguments: list[str], talk: Path, tmp_path: Path) -> None:
    model = hostile_model(tmp_path / "m.onnx", "loops-always")
    command = [sys.executable, "-c", QUICK, "--model", str(model), *arguments]
    done = subprocess.run(
        command, input=talk.read_bytes(), capture_output=True, env=ENVIRONMENT, timeout=40, check=False
    )
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.startswith(b"ser-live: the model did not load in time")
    assert done.stderr.count(b"\n") == 1


class Ended(Exception):  # noqa: N818 - what the tests' own end raises
    """The watchdog has ended the program."""


def watched(monkeypatch: pytest.MonkeyPatch, work: Any, *, limit: float) -> list[tuple[str, int]]:
    """Let a watchdog watch some work, and note how it would end the program."""
    ends: list[tuple[str, int]] = []

    def noted(what: str, number: int) -> None:
        ends.append((what, number))
        raise Ended

    monkeypatch.setattr(watchdog.os, "_exit", lambda code: None)
    monkeypatch.setattr(watchdog.threading, "excepthook", lambda arguments: None)
    with Watchdog(noted) as dog, dog.watching("load", limit):
        work(dog)
    return ends


def test_slow_is_not_hanging_while_windows_come(monkeypatch: pytest.MonkeyPatch) -> None:
    def windows(dog: Watchdog) -> None:
        count = 0

        def progress() -> int:
            return count

        dog.progress = progress
        for _ in range(10):
            time.sleep(0.1)
            count += 1

    assert watched(monkeypatch, windows, limit=0.5) == []
    assert watched(monkeypatch, lambda dog: time.sleep(1.2), limit=0.5) == [("load", 0)]


def test_without_threads_nothing_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(watchdog.threading.Thread, "start", refuse)
    assert watched(monkeypatch, lambda dog: time.sleep(0.5), limit=0.1) == []


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
def test_control_c_while_libraries_are_imported_leaves_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("import time\nprint(flush=True)\ntime.sleep(30)\n")  # a slow disk
    path = os.pathsep.join([str(tmp_path), ENVIRONMENT["PYTHONPATH"]])
    for program in (PROGRAM, [sys.executable, "-c", "from ser_live.__main__ import main; main()"]):
        process = subprocess.Popen(program, env={**ENVIRONMENT, "PYTHONPATH": path}, stdout=-1, stderr=-1)
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
        assert (process.returncode, err) == (-signal.SIGINT, b"")
