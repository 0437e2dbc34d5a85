"""What costs people a recording: mistakes, stalled readers, full disks, signals. Each test is a kind of fault."""

from __future__ import annotations

import os
import signal
import subprocess
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
