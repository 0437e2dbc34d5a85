"""The recording that many tests of the program hear, and the program to hear it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from program import Result, run, write
from voices import silence, voice

from ser_live.cli import main


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds with a pause that ends the first utterance, a voice on the left, another on the right."""
    left = np.concatenate([voice(2.5), silence(2.0), voice(1.5, seed=1)])
    right = np.concatenate([silence(2.5), silence(2.0), voice(1.5, seed=2, pitch=200)])
    return write(tmp_path_factory.mktemp("talk") / "talk.wav", np.stack([left, right], axis=1))


@pytest.fixture
def refuse(
    tiny_path: Path, talk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Result]:
    """Run the program in this process, which is faster: for what is refused before any record is written."""

    def run_here(*arguments: str | Path, model: Path = tiny_path, file: Path = talk) -> Result:
        words = ["ser-live", "--model", model, "--file", file, "--format", "jsonl", *arguments]
        monkeypatch.setattr(sys, "argv", list(map(str, words)))
        with pytest.raises(SystemExit) as end:
            main()
        return Result(int(end.value.code or 0), *capsys.readouterr())

    return run_here


@pytest.fixture
def listen(tiny_path: Path, talk: Path) -> Callable[..., Result]:
    """Run the program on the recording with the tiny model."""
    return lambda *arguments, **how: run("--model", tiny_path, "--file", talk, *arguments, **how)
