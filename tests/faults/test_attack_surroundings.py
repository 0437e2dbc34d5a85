"""Full disks and terminals that change their size, at random: what is written is valid, the end is a sentence."""

from __future__ import annotations

import fcntl
import os
import random
import signal
import struct
import sys
import time
from pathlib import Path

import pytest
import soundfile
from attack import numbers
from program import ENVIRONMENT, PROGRAM, ROOT, parse, run

termios = pytest.importorskip("termios", reason="limits and terminals of Unix")

CALL = ROOT / "examples" / "call.wav"


def test_full_disks(tiny_path: Path, tmp_path: Path) -> None:
    for number in numbers(0.012):
        rng = random.Random(f"disks {number}")
        again = f"case {number}: SER_LIVE_ATTACK_CASE={number} pytest tests/faults/{Path(__file__).name} -k disks"
        limit = int(10 ** rng.uniform(1, 6))
        names = rng.sample(["a.wav", "a.jsonl", "a.csv", "a.srt", "a.vtt", "a.TextGrid", "a.eaf", "a.txt"], 4)
        folder = tmp_path / str(number)
        folder.mkdir()
        out = [word for name in names for word in ("--record" if name == "a.wav" else "--out", folder / name)]
        result = run("--model", tiny_path, "--file", CALL, *out, limit=limit)
        assert result.code in (0, 1), (again, result.err)
        assert "Traceback" not in result.err, (again, result.err)
        assert all(line.startswith("ser-live: ") for line in result.err.splitlines()), (again, result.err)
        assert (result.code == 1) == bool(result.err), (again, result.err)
        for name in names:
            path = folder / name
            size = path.stat().st_size if path.exists() else 0
            assert size <= limit, again
            if name == "a.jsonl" and size:
                parse(path.read_text())
            elif name == "a.wav" and size > 100:
                heard, recorded = soundfile.read(CALL)[0], soundfile.read(path)[0]
                assert (recorded == heard[: len(recorded)]).all(), again
        assert not list(folder.glob(".ser-live*")), again


def test_resizes(tiny_path: Path, tmp_path: Path) -> None:
    import pty

    for number in numbers(0.006):
        rng = random.Random(f"resizes {number}")
        again = f"case {number}: SER_LIVE_ATTACK_CASE={number} pytest tests/faults/{Path(__file__).name} -k resizes"
        errors = tmp_path / f"{number}.err"
        pid, master = pty.fork()
        if pid == 0:
            os.dup2(os.open(errors, os.O_WRONLY | os.O_CREAT), 2)
            command = [*PROGRAM, "--model", str(tiny_path), "--file", str(CALL), "--speed", "8", "--format", "tui"]
            odd = {"COLUMNS": rng.choice(["0", "-1", "9" * 30]), "LINES": rng.choice(["0", "99999999", "x"])}
            os.execve(sys.executable, command, {**ENVIRONMENT, "TERM": "xterm-256color", **odd})
        os.set_blocking(master, False)
        end, drawn, code = time.monotonic() + 5.0, 0, None
        until = end + 15.0
        while code is None and time.monotonic() < until:
            if time.monotonic() < end:
                size = (rng.choice([0, 1, 2, 5, 24, 80, 300, 65_535]) for _ in range(2))
                fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
            elif end:
                os.kill(pid, signal.SIGINT)
                end = 0.0
            for _ in range(10):
                time.sleep(0.02)
                try:
                    drawn += len(os.read(master, 1 << 20))
                except OSError:  # nothing is there, or the program has ended
                    continue
            ended, status = os.waitpid(pid, os.WNOHANG)
            code = os.waitstatus_to_exitcode(status) if ended else None
        if code is None:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        os.close(master)
        assert code in (0, 130), (again, code, errors.read_text())
        assert errors.read_text() == "", again
        assert drawn > 1000, again
