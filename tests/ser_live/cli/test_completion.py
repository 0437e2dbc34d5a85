"""Completion in a real shell."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from program import ENVIRONMENT

pytestmark = pytest.mark.skipif(shutil.which("bash") is None or sys.platform == "win32", reason="no bash")


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """An environment with the command `ser-live`, and a broken settings file."""
    program = tmp_path / "ser-live"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -X importtime -m ser_live "$@" 2>>"{tmp_path}/loaded"\n')
    program.chmod(0o755)
    folder = tmp_path / "conf" / "ser-live"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("step = ")
    return {
        **ENVIRONMENT,
        "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / "conf"),
    }


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("--form", {"--format"}),
        ("--format ", {"tui", "plain", "jsonl"}),
        ("--format p", {"plain"}),
        ("--vad s", {"silero"}),
        ("--device c", {"cpu", "cuda"}),
        ("--channels ", {"mix", "left", "right", "split"}),
        ("--speed m", {"max"}),
        ("c", {"check", "config", "convert"}),
        ("check --dev", {"--device"}),
        ("check --device a", {"auto"}),
        ("config --i", {"--init"}),
        ("--file ", set()),  # bash itself completes the names of files then
    ],
)
def test_bash_completes(words: str, expected: set[str], env: dict[str, str], tmp_path: Path) -> None:
    script = f"""
        eval "$(_SER_LIVE_COMPLETE=source_bash ser-live)"
        complete -p ser-live >&2
        COMP_WORDS=(ser-live {words.replace(" ", " ", 1) if words.strip() == words else words + '""'})
        COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
        _ser_live_completion ser-live
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "--norc", "-c", script], env=env, capture_output=True, text=True, timeout=60)
    assert "-o default" in done.stderr
    assert set(done.stdout.split()) == expected, done.stderr
    loaded = (tmp_path / "loaded").read_text()
    assert "ser_live.cli" in loaded
    for heavy in ("numpy", "onnxruntime", "sounddevice", "soundfile"):
        assert f" {heavy}\n" not in loaded
