"""The command `ser-train` where the trainer's packages are not installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from ser_train import cli

WITHOUT_TORCH = """
import importlib.util, sys
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name in ("torch", "torchaudio") else find(name, *rest)
sys.modules["torch"] = None  # importing it fails
from ser_train.cli import main
main()
"""


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", WITHOUT_TORCH, *arguments], capture_output=True, text=True)


@pytest.mark.parametrize("command", [["fit"], [], ["evaluate", "m.onnx"], ["recipes"]])
def test_without_torch_it_says_what_to_install(command: list[str], tmp_path: Path) -> None:
    done = _run(*command, "--data", str(tmp_path), "--out", str(tmp_path / "m.onnx"))
    assert done.returncode == 1
    assert done.stderr.startswith("ser-train needs torch, torchaudio")
    assert 'pip install "ser-live[train]"' in done.stderr
    assert done.stderr.count("\n") == 1
    assert not done.stdout


def test_help_and_the_known_corpora_need_no_torch() -> None:
    assert "evaluate" in _run("--help").stdout
    listed = _run("corpora")
    assert listed.returncode == 0, listed.stderr
    for name in ("cremad", "ravdess", "ravdess-song", "tess", "savee", "emodb"):
        assert name in listed.stdout


def test_options_alone_mean_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["ser-train", "--data", "x"])
    monkeypatch.setattr(cli, "find_spec", lambda name: object())
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 2  # --out is missing, and that is fit's
    assert sys.argv[1] == "fit"
