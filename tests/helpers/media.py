"""Make recordings with the ffmpeg of this machine, and programs that stand in its place."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ser_live.types import FloatArray

FFMPEG = shutil.which("ffmpeg") or "ffmpeg"
PICTURE = ("-f", "lavfi", "-i", "color=red:size=64x64:duration=2:rate=10")


def encode(path: Path, *arguments: str | Path) -> Path:
    """Make a file; skip the test where this ffmpeg has no such encoder."""
    command = [FFMPEG, "-nostdin", "-v", "error", "-y", *map(str, arguments), f"file:{path}"]
    made = subprocess.run(command, capture_output=True, check=False)
    if b"Unknown encoder" in made.stderr or b"encoder selection failed" in made.stderr:
        pytest.skip(f"this ffmpeg has no encoder for {path.suffix}")
    assert made.returncode == 0, made.stderr
    return path


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str, *, probe: str = "exit 1") -> Path:
    """Put shell scripts before ffmpeg and ffprobe on the PATH; `$REAL` is ffmpeg."""
    folder.mkdir(exist_ok=True)
    for name, text in (("ffmpeg", script), ("ffprobe", probe)):
        program = folder / name
        program.write_text(f"#!/bin/sh\nREAL={FFMPEG}\n{text}\n", encoding="utf-8")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    return folder


def without_ffmpeg(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave nothing on the PATH."""
    folder.mkdir(exist_ok=True)
    monkeypatch.setenv("PATH", str(folder))


def likeness(heard: FloatArray, expected: FloatArray) -> tuple[float, int]:
    """The correlation of two signals where they fit best, and how many samples later the first one is."""
    size = len(heard) + len(expected)
    spectrum: NDArray[np.complex128] = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(expected, size))
    products = np.fft.irfft(spectrum, size)
    later = int(np.argmax(products))
    norm = float(np.sqrt(np.sum(np.square(heard, dtype=float)) * np.sum(np.square(expected, dtype=float))))
    return float(products[later]) / norm, later if later < size // 2 else later - size


def children() -> list[int]:
    """The processes that this one has started and that are there, dead ones that nobody waited for too."""
    mine = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == os.getpid():
                mine.append(int(folder.name))
    return mine
