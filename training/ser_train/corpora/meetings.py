"""Real meetings with who-speaks-when: the AMI corpus's pieces `trn*` and `dev*` choose, `tst*` and `sample` report."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ser_live.types import SAMPLE_RATE
from ser_live.vad import CELL
from ser_train.errors import TrainingError

__all__ = ["find_meetings", "read_rttm", "spoken_cells"]

Turns = list[tuple[float, float]]
"""When somebody speaks: start and end in seconds; turns may overlap."""

_NAMES = {"validation": re.compile(r"(trn|dev)\d+"), "test": re.compile(r"tst\d+|sample")}
_RECORDINGS = (".flac", ".wav", ".opus", ".ogg")


def read_rttm(path: Path) -> dict[str, Turns]:
    """Read the turns of each recording that a file names.

    Lines are `SPEAKER recording channel start duration …`, seconds, as NIST's Rich Transcription evaluations define
    them; lines of other types are passed over.

    Raises:
        TrainingError: naming the line, if a time is missing or no number.
    """
    turns: dict[str, Turns] = defaultdict(list)
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        words = line.split()
        if words[:1] != ["SPEAKER"]:
            continue
        try:
            start, duration = float(words[3]), float(words[4])
        except (IndexError, ValueError):
            raise TrainingError(
                f"line {number} of {path} should be `SPEAKER recording channel start duration …`, not {line!r}"
            ) from None
        turns[words[1]].append((start, start + duration))
    return dict(turns)


def find_meetings(folders: Sequence[Path], side: str) -> dict[Path, Turns]:
    """Find the recordings of a side, `validation` or `test`, beside the RTTM that names them, and their turns."""
    meetings: dict[Path, Turns] = {}
    for rttm in sorted(path for folder in folders for path in folder.rglob("*.rttm")):
        for name, turns in read_rttm(rttm).items():
            recordings = (rttm.parent / f"{name}{ending}" for ending in _RECORDINGS)
            if _NAMES[side].fullmatch(name) and (path := next((p for p in recordings if p.is_file()), None)):
                meetings[path] = turns
    return dict(sorted(meetings.items()))


def spoken_cells(turns: Turns, cells: int) -> NDArray[np.bool_]:
    """Mark the cells of 10 ms in whose centre somebody speaks, `(cells,)`."""
    centres = (np.arange(cells) + 0.5) * CELL / SAMPLE_RATE
    spoken = np.zeros(cells, np.bool_)
    for start, end in turns:
        spoken |= (start <= centres) & (centres < end)
    return spoken
