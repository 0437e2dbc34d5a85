"""The programs of `examples/` run as they stand, with the shipped model on the shipped recording."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

EXAMPLES = Path(__file__).parent.parent / "examples"


def _run(name: str, *arguments: object) -> str:
    command = [sys.executable, str(EXAMPLES / name), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_file_to_predictions() -> None:
    lines = _run("predict_file.py").splitlines()
    assert len(lines) > 100
    assert lines[-1].startswith("over all: ")
    assert lines[-1].count("%") == 6


def test_your_own_source() -> None:
    said = _run("your_own_source.py")
    assert "event: speech" in said
    assert said.count("(") > 10


def test_plot_what_the_model_sees(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    _run("plot_what_the_model_sees.py", EXAMPLES / "call.wav", tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


def test_screenshot(tmp_path: Path) -> None:
    _run("screenshot.py", "--out", tmp_path / "screen.svg")
    picture = (tmp_path / "screen.svg").read_text()
    assert "<svg" in picture
    assert 'url("http' not in picture  # whoever opens it fetches nothing


def test_the_call_is_two_voices_on_two_channels() -> None:
    call, rate = soundfile.read(EXAMPLES / "call.wav", dtype="float32")
    assert rate == 16_000
    assert 60 <= len(call) / rate <= 120
    blocks = call[: len(call) // rate * rate].reshape(-1, rate, 2)
    loudness = (blocks**2).mean(axis=1) ** 0.5
    assert ((loudness > 0.02).sum(axis=0) > 20).all()  # each speaks for more than twenty seconds
    assert ((loudness > 0.02).all(axis=1)).mean() < 0.25  # and they take turns
