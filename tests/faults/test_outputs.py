"""What costs people a recording: mistakes, stalled readers, full disks, signals. Each test is a kind of fault."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from program import ENVIRONMENT, PROGRAM, kinds, one_sentence, parse, run, start, write
from voices import silence, voice

pytestmark = pytest.mark.skipif(os.name == "nt", reason="pipes and signals of Unix")


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import numpy as np

    samples = np.concatenate([voice(4.0), silence(1.0), voice(4.0)])
    return write(tmp_path_factory.mktemp("talk") / "talk.wav", samples)


@pytest.mark.parametrize("overwrite", [[], ["--overwrite"]])
def test_a_mistake_beside_it_costs_no_earlier_recording(
    overwrite: list[str], tiny_path: Path, talk: Path, tmp_path: Path
) -> None:
    keep, lines, missing = tmp_path / "keep.wav", tmp_path / "keep.jsonl", tmp_path / "missing" / "y.jsonl"
    fresh = tmp_path / "fresh.wav"
    for path in (keep, lines):
        path.write_bytes(b"earlier")
    for outputs in (["--record", keep, "--out", missing], ["--out", lines, "--out", missing]):
        one_sentence(run("--model", tiny_path, "--file", talk, *outputs, *overwrite))
    one_sentence(run("--model", tiny_path, "--file", talk, "--record", fresh, "--out", missing, *overwrite))
    one_sentence(run("--model", tmp_path / "no.onnx", "--file", talk, "--record", keep, *overwrite))
    one_sentence(run("--model", tiny_path, "--file", tmp_path / "no.wav", "--record", keep, *overwrite))
    assert (keep.read_bytes(), lines.read_bytes()) == (b"earlier", b"earlier")
    assert not fresh.exists()


def test_the_same_command_twice_is_refused_without_overwrite(tiny_path: Path, talk: Path, tmp_path: Path) -> None:
    command = ["--model", tiny_path, "--file", talk, "--record", tmp_path / "r.wav", "--out", tmp_path / "r.jsonl"]
    assert run(*command).code == 0
    first = (tmp_path / "r.wav").read_bytes()
    assert "r.wav exists" in one_sentence(run(*command))
    assert (tmp_path / "r.wav").read_bytes() == first
    assert run(*command, "--overwrite").code == 0
    assert (tmp_path / "r.wav").read_bytes() == first


def test_what_standard_input_and_output_really_are_is_looked_at(tiny_path: Path, talk: Path, tmp_path: Path) -> None:
    taken = tmp_path / "b.wav"
    taken.write_bytes(talk.read_bytes())
    before = taken.read_bytes()
    program = [*PROGRAM, "--model", str(tiny_path), "--file", "-", "--overwrite", "--record", str(taken)]
    with taken.open("rb") as source:
        done = subprocess.run(program, stdin=source, capture_output=True, env=ENVIRONMENT, timeout=60, check=False)
    assert (done.returncode, taken.read_bytes()) == (2, before)
    out = tmp_path / "x.jsonl"
    with out.open("wb") as standard:
        program = [*PROGRAM, "--model", str(tiny_path), "--file", str(talk), "--out", str(out), "--overwrite"]
        done = subprocess.run(
            program, stdout=standard, stderr=subprocess.PIPE, env=ENVIRONMENT, timeout=60, check=False
        )
    assert done.returncode == 2
    assert b"standard output" in done.stderr
    with out.open("wb") as standard:
        done = subprocess.run(
            program, stdout=subprocess.PIPE, stderr=standard, env=ENVIRONMENT, timeout=60, check=False
        )
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"standard error" in out.read_bytes()


def test_links_are_followed_and_nothing_is_left_where_they_led(tiny_path: Path, talk: Path, tmp_path: Path) -> None:
    link, end = tmp_path / "link.jsonl", tmp_path / "end.jsonl"
    link.symlink_to(end.name)
    command = ["--model", tiny_path, "--file", talk, "--out", link]
    one_sentence(run(*command, "--out", tmp_path / "missing" / "y.jsonl"))
    assert link.is_symlink()
    assert not end.exists()
    one_sentence(run(*command, "--out", end), code=2)
    assert run(*command).code == 0
    assert link.is_symlink()
    assert kinds(parse(end.read_text()))[-1] == "summary"
    one_sentence(run(*command))
    loop = tmp_path / "loop.jsonl"
    loop.symlink_to(loop.name)
    one_sentence(run("--model", tiny_path, "--file", talk, "--out", loop))
    copy, other = tmp_path / "talk.wav", tmp_path / "other.wav"
    copy.write_bytes(talk.read_bytes())
    os.link(copy, other)
    one_sentence(run("--model", tiny_path, "--file", copy, "--record", other, "--overwrite"), code=2)
    assert copy.read_bytes() == talk.read_bytes()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_one_signal_ends_a_session_whose_reader_has_stopped(number: int, tiny_path: Path, tmp_path: Path) -> None:
    import numpy as np

    long = write(tmp_path / "long.wav", np.tile(np.concatenate([voice(4.0), silence(0.4)]), 30))
    out = tmp_path / "x.jsonl"
    arguments = ("--model", tiny_path, "--file", long, "--step", "0.05", "--format", "jsonl", "--out", out)
    process = start(*arguments)  # nobody reads its standard output
    sizes = [0]
    until = time.monotonic() + 50
    while time.monotonic() < until and (sizes[-1] < 100_000 or sizes[-1] != sizes[-2]):
        time.sleep(1.0)
        sizes.append(out.stat().st_size if out.exists() else 0)
    assert sizes[-1] == sizes[-2]  # it stands still, for its reader does
    process.send_signal(number)
    began = time.monotonic()
    assert process.wait(30) != 0
    assert time.monotonic() - began < 20  # 2 s on a free machine
    assert kinds(parse(out.read_text()))[-1] == "summary"
    for stream in (process.stdout, process.stderr):
        assert stream is not None
        stream.close()


def test_a_named_pipe_without_a_reader_is_left_at_the_first_signal(tiny_path: Path, talk: Path, tmp_path: Path) -> None:
    keep, pipe = tmp_path / "keep.wav", tmp_path / "pipe.jsonl"
    keep.write_bytes(b"earlier")
    os.mkfifo(pipe)
    process = start("--model", tiny_path, "--file", talk, "--record", keep, "--overwrite", "--out", pipe)
    time.sleep(4.0)
    assert process.poll() is None  # it waits for one
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (143, b"", b"")
    assert keep.read_bytes() == b"earlier"


def test_a_named_pipe_whose_reader_stops_does_not_hold_up_a_signal(tiny_path: Path, talk: Path, tmp_path: Path) -> None:
    pipe, record = tmp_path / "pipe.jsonl", tmp_path / "r.wav"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)  # it reads nothing
    arguments = ("--model", tiny_path, "--file", talk, "--step", "0.05", "--out", pipe, "--record", record)
    process = start(*arguments, stdout=subprocess.DEVNULL)
    until = time.monotonic() + 30
    while time.monotonic() < until and not (record.exists() and record.stat().st_size == talk.stat().st_size + 12):
        time.sleep(0.2)
        if record.exists() and record.stat().st_size > 9 * 16_000 * 4:
            break  # all of the sound is there, whatever the reader does
    assert record.stat().st_size > 9 * 16_000 * 4
    time.sleep(1.0)
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=20)
    os.close(reader)
    assert b"Traceback" not in err


def test_a_current_folder_that_is_gone_is_told(tiny_path: Path, talk: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    program = f"""
import os, sys
os.makedirs({str(gone)!r}, exist_ok=True); os.chdir({str(gone)!r}); os.rmdir({str(gone)!r})
from ser_live.cli import main
main()"""
    for arguments in (
        ["--file", str(talk), "--out", "x.jsonl"],
        ["--file", "x.wav", "--out", str(tmp_path / "y.jsonl")],
    ):
        command = [sys.executable, "-c", program, "--model", str(tiny_path), *arguments]
        done = subprocess.run(command, capture_output=True, env=ENVIRONMENT, timeout=60, check=False)
        assert done.returncode == 1
        assert done.stderr.startswith(b"ser-live: the current folder is not there any more: change to one that is")
        assert done.stderr.count(b"\n") == 1


def test_a_removed_file_is_told_and_the_session_goes_on(tiny_path: Path, talk: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    out, err = tmp_path / "r.jsonl", tmp_path / "err"
    arguments = ("--model", tiny_path, "--file", talk, "--speed", "2", "--record", folder / "r.wav", "--out", out)
    with err.open("wb") as errors:
        process = start(*arguments, stdout=subprocess.DEVNULL, stderr=errors)
        until = time.monotonic() + 30
        while time.monotonic() < until and not (out.exists() and "speech" in out.read_text()):
            time.sleep(0.1)
        (folder / "r.wav").unlink()
        folder.rmdir()
        assert process.wait(30) == 1
    assert "was removed while it was written" in err.read_text()
    assert "are kept" not in err.read_text()
    summary = parse(out.read_text())[-1]
    assert (summary["type"], summary["ended"], summary["seconds"]) == ("summary", "end", 9.0)


@pytest.mark.parametrize("form", ["jsonl", "plain"])
def test_without_a_thread_everything_is_written_all_the_same(form: str, tiny_path: Path, talk: Path) -> None:
    refuse = """
import threading
def refuse(self):
    raise RuntimeError("can't start new thread")
threading.Thread.start = refuse
from ser_live.cli import main
main()"""
    arguments = ["--model", str(tiny_path), "--file", str(talk), "--format", form]
    command = [sys.executable, "-c", refuse, *arguments]
    done = subprocess.run(command, capture_output=True, env=ENVIRONMENT, timeout=60, check=False)
    threads = run(*arguments)
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(done.stdout.splitlines()) == len(threads.out.splitlines())
    missing = subprocess.run([*command, "--channels", "9"], capture_output=True, env=ENVIRONMENT, check=False)
    assert missing.stderr.startswith(b"ser-live: ")
