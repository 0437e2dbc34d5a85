"""The command `ser-train` where the trainer's packages are not installed."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
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


@pytest.mark.train
@pytest.mark.parametrize("error", ["OSError", "ImportError", "RuntimeError"])
def test_a_torchaudio_of_another_torch_is_one_sentence(error: str, tmp_path: Path) -> None:
    fault = f"raise {error}('_torchaudio.so: undefined symbol: torch_exception_get_what\\nand more')"
    (tmp_path / "torchaudio.py").write_text(fault)
    code = "from ser_train.cli import main; main()"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, env=environment)

    done = run("--data", "x", "--out", "m.onnx")
    assert done.returncode == 1
    found = [f"{name} {version(name)}" for name in ("torch", "torchaudio")]
    assert done.stderr.startswith(f"ser-train: {' and '.join(found)} do not load together (_torchaudio.so: undefined")
    assert done.stderr.endswith(f"pip install {' '.join(cli.TORCH)}\n")
    assert done.stderr.count("\n") == 1
    assert not done.stdout
    assert run("--help").returncode == 0


def test_the_releases_that_are_named_are_those_that_are_pinned() -> None:
    project = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    for pin in cli.TORCH:
        assert f'"{pin}",' in project


def test_options_alone_mean_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["ser-train", "--data", "x"])
    monkeypatch.setattr(cli, "find_spec", lambda name: object())
    monkeypatch.setattr(cli, "_torch_fault", lambda: None)
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 2  # --out is missing, and that is fit's
    assert sys.argv[1] == "fit"


def test_a_training_folder_of_the_users_own_changes_nothing(tmp_path: Path) -> None:
    for name in ("training", "corpora", "models"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('the user's own')\n")
    code = "from ser_train.cli import main; main()"
    run = subprocess.run([sys.executable, "-c", code, "corpora"], capture_output=True, text=True, cwd=tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    assert "ravdess" in run.stdout
