"""A session that is killed, with no chance to close anything, leaves valid files in every format that grows."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest
import webvtt
from made_records import LINES
from program import ROOT, parse, run, start
from pysubs2 import SSAFile

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of Unix")


@pytest.mark.parametrize("seed", range(3))
def test_a_session_killed_at_a_random_moment_leaves_valid_files(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    names = [f"a{ending}" for ending in LINES]
    words = [word for name in [*names, "a.TextGrid", "a.eaf"] for word in ("--out", tmp_path / name)]
    process = start("--file", ROOT / "examples" / "call.wav", "--speed", "30", *words)
    until = time.monotonic() + 60
    lines = chance.randrange(1, 9)
    while time.monotonic() < until and process.poll() is None:
        if (tmp_path / "a.txt").exists() and (tmp_path / "a.txt").read_text().count("\n") >= lines:
            break
        time.sleep(0.01)
    time.sleep(chance.random() / 5)
    process.kill()
    process.communicate(timeout=30)

    assert len(parse((tmp_path / "a.jsonl").read_text())) > 10
    assert len(SSAFile.load(str(tmp_path / "a.srt"))) >= lines
    assert len(webvtt.read(str(tmp_path / "a.vtt"))) >= lines
    result = run("convert", tmp_path / "a.jsonl", *[w for name in names for w in ("--out", tmp_path / f"whole-{name}")])
    assert result.code == 0
    for name in names[1:]:
        killed, whole = (tmp_path / name).read_text(), (tmp_path / f"whole-{name}").read_text()
        assert killed.endswith("\n")
        assert whole.startswith(killed)
    for name in ("a.TextGrid", "a.eaf"):  # they are written at the end
        assert (tmp_path / name).read_bytes() == b""
    assert not list(tmp_path.glob(".ser-live*"))
