"""The trainer, too, sends nothing and writes nothing that nobody asked for."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from fresh_process import fresh

pytestmark = pytest.mark.train

PROGRAM = "import sys; from ser_train.cli import main; sys.argv[0] = 'ser-train'; main()"


def test_an_evaluation_writes_its_pages_and_nothing_else(
    short_call: Path, tiny_path: Path, tmp_path: Path, strace: Sequence[str]
) -> None:
    shutil.copy(short_call, tmp_path / "clip.wav")
    (tmp_path / "clips.csv").write_text("path,label,speaker\nclip.wav,angry,someone\n")
    rest = ("--data", tmp_path / "clips.csv", "--side", "all", "--out", tmp_path / "pages")
    found = fresh(tmp_path / "home", PROGRAM, "evaluate", tiny_path, *rest, strace=strace)
    assert (tmp_path / "pages.json").exists()
    assert (found.files, found.calls) == ([], [])
