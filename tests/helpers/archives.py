"""Folders of recordings, runs of `ser-live batch` over them, and their trees of results."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import soundfile
from program import Result, run

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "call.wav"
APART = {"times.jsonl", ".lock"}
"""Files in which two runs may differ."""


def some_calls(folder: Path, *, count: int = 4) -> Path:
    """Pieces of the example, of 2 to 4 seconds, in two folders; every second one has two channels."""
    samples, rate = soundfile.read(EXAMPLE, dtype="int16")
    for number in range(count):
        start = (3 + 4 * number) * rate
        piece = samples[start : start + (2 + number % 3) * rate]
        path = folder / ("2026-03" if number % 2 else "2026-04") / f"call {number}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, piece if number % 2 else piece[:, 0], rate)
    return folder


def batch(*arguments: str | Path, **how: Any) -> Result:
    """Run `ser-live batch`."""
    return run("batch", *arguments, **how)


def tree(out: Path) -> dict[str, bytes]:
    """Every file below a folder and what it holds, but for those in which two runs may differ."""
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name not in APART
    }


def table(path: Path) -> list[dict[str, str]]:
    """The lines of a CSV file."""
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
