"""How the program ends: closed outputs, signals, and the terminal as it was before."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from program import ENVIRONMENT, PROGRAM, RATE, parse, start, write
from voices import voice


def test_a_closed_output_pipe_is_told_while_a_file_is_left(tiny_path: Path, talk: Path, tmp_path: Path) -> None:
    out = tmp_path / "all.jsonl"
    process = start("--model", tiny_path, "--file", talk, "--format", "jsonl", "--speed", "8", "--out", out)
    assert process.stdout is not None
    assert process.stdout.readline().startswith(b'{"type": "session"')
    process.stdout.close()
    assert process.stderr is not None
    told = b"ser-live: standard output was closed by its reader; the session goes on\n"
    assert (process.stderr.read(), process.wait(60)) == (told, 0)
    process.stderr.close()
    records = parse(out.read_text())
    assert (records[-1]["type"], records[-1]["ended"]) == ("summary", "end")


@pytest.mark.parametrize("arguments", [["--help"], ["--model-info"], ["--format", "plain"]], ids=" ".join)
def test_head_ends_it_quietly(arguments: list[str], tiny_path: Path, talk: Path) -> None:
    program = " ".join([*PROGRAM, "--model", str(tiny_path), "--file", str(talk), *arguments])
    script = f"set -o pipefail; {program} | head -1 > /dev/null"
    done = subprocess.run(["bash", "-c", script], capture_output=True, env=ENVIRONMENT, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_it_cleanly(
    number: signal.Signals, code: int, tiny_path: Path, talk: Path, tmp_path: Path
) -> None:
    record = tmp_path / "r.wav"
    process = start(
        *("--model", tiny_path, "--file", talk, "--format", "jsonl", "--speed", "1", "--record", record),
    )
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(3)]
    process.send_signal(number)
    rest, err = process.communicate(timeout=60)
    records = parse((b"".join(lines) + rest).decode())
    assert (process.returncode, err) == (code, b"")
    assert (records[-1]["type"], records[-1]["ended"]) == ("summary", "interrupt")
    assert 0.7 < records[-1]["seconds"] < 20
    assert soundfile.info(record).duration == pytest.approx(records[-1]["seconds"], abs=1e-3)


def test_ctrl_c_before_the_stream_begins(tiny_path: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    process = start("--model", tiny_path, "--file", pipe, "--format", "jsonl")
    writer = -1
    while writer < 0 and process.poll() is None:
        with contextlib.suppress(OSError):  # until it reads
            writer = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    os.close(writer)
    assert (process.returncode, out, err) == (130, b"", b"")


def test_ctrl_c_while_a_pipe_is_silent(tiny_path: Path, talk: Path) -> None:
    process = start("--model", tiny_path, "--file", "-", "--format", "jsonl", stdin=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(talk.read_bytes()[: 2 * RATE * 8])
    process.stdin.flush()
    lines = [process.stdout.readline() for _ in range(4)]
    time.sleep(0.3)  # all is heard: it waits for more
    process.send_signal(signal.SIGINT)
    rest, err = process.communicate(timeout=60)
    records = parse((b"".join(lines) + rest).decode())
    assert (process.returncode, err) == (130, b"")
    assert (records[-1]["type"], records[-1]["ended"]) == ("summary", "interrupt")


def on_terminal(
    *arguments: str | Path, until: bytes, number: signal.Signals | None, environment: dict[str, str] | None = None
) -> tuple[int, str]:
    """Run the program on a terminal of 100 x 30, send it the signal once it shows `until`; its code and output."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    before = termios.tcgetattr(child)
    process = subprocess.Popen(
        [*PROGRAM, *map(str, arguments)],
        stdin=child,
        stdout=child,
        stderr=child,
        env={**ENVIRONMENT, "TERM": "xterm-256color", **(environment or {})},
    )
    output = b""
    deadline = time.monotonic() + 30
    try:
        while time.monotonic() < deadline:
            if select.select([parent], [], [], 0.05)[0]:
                output += os.read(parent, 65_536)
            elif process.poll() is not None:
                break
            if number is not None and until in output:
                process.send_signal(number)
                number = None
        assert termios.tcgetattr(child) == before
    finally:
        process.kill()
        code = process.wait()
        os.close(parent)
        os.close(child)
    assert until in output
    return code, output.decode()


def test_ctrl_c_restores_the_terminal(tiny_path: Path, talk: Path) -> None:
    code, output = on_terminal("--model", tiny_path, "--file", talk, until=b"committed", number=signal.SIGINT)
    assert code == 130
    order = [output.index(text) for text in ("\x1b[?1049h", "talk.wav", "\x1b[?25h", "\x1b[?1049l", "Heard ")]
    assert order == sorted(order)
    assert "Traceback" not in output


def test_messages_and_errors_wait_for_the_screen_to_close(tiny_path: Path, tmp_path: Path) -> None:
    samples = voice(1.5)
    samples[RATE] = np.inf
    file = write(tmp_path / "nan [red].wav", samples)
    code, output = on_terminal("--model", tiny_path, "--file", file, until=b"nan [red].wav", number=None)
    assert code == 1
    assert output.index("\x1b[?1049l") < output.index("Heard ") < output.index("ser-live: the signal holds")


def test_a_dumb_terminal_gets_plain_lines(tiny_path: Path, talk: Path) -> None:
    code, output = on_terminal(
        "--model", tiny_path, "--file", talk, until=b"Heard", number=None, environment={"TERM": "dumb"}
    )
    assert code == 0
    assert "\x1b" not in output
