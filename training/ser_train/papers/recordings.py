"""Find the recordings of a system and make them arrays."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console

from ser_train.console import progress_bars
from ser_train.corpora import CORPORA, Clip, find_clips
from ser_train.errors import TrainingError
from ser_train.papers.arrays import build_arrays
from ser_train.papers.augmentation import Copy
from ser_train.papers.experiment import Recordings
from ser_train.papers.system import System

__all__ = ["load_recordings", "take_clips"]


def load_recordings(system: System, protocol: str, data: Sequence[Path], folder: Path, console: Console) -> Recordings:
    """Find the recordings of a system and open their arrays; only corpora that need augmented copies get them.

    Args:
        system: that is run.
        protocol: name of one of its protocols.
        data: folders and manifests of the corpora.
        folder: for the arrays.
        console: for progress.

    Raises:
        TrainingError: for a corpus that is not there, or clips that cannot be used.
    """
    task = system.label_map
    clips = [
        clip
        for clip in find_clips(data, system.corpora)
        if task.of(clip.label) is not None and (not system.sexes or clip.sex in system.sexes)
    ]
    clips = take_clips(clips, system)
    present = {clip.corpus for clip in clips}
    absent = [name for name in system.corpora if name not in present]
    if missing := [name for name in absent if name not in system.optional]:
        titles = ", ".join(CORPORA[name].title for name in missing)
        raise TrainingError(
            f"the system {system.name} needs {titles}, of which --data holds no clip: give its folder too"
        )
    rules = system.protocols[protocol]
    bare = set() if rules.test_copies or rules.back else set(rules.to)
    copies: dict[str, Sequence[Copy]] = {name: () if name in bare else system.copies for name in present}
    with progress_bars(console) as bars:
        bar = bars.add_task("features", total=None)
        arrays = build_arrays(
            clips,
            system.features,
            system.front,
            copies,
            folder,
            lambda done, total: bars.update(bar, completed=done, total=total),
        )
    for name, fault in arrays.faulty.items():
        console.print(f"left out: {name}, {fault}", markup=False)
    truth = np.array([task.index(clip.label) for clip in arrays.clips], np.int64)
    return Recordings(arrays=arrays, truth=truth, absent=tuple(absent))


def take_clips(clips: Sequence[Clip], system: System) -> list[Clip]:
    """Return the clips that take part; only their names draw them, so that they are the same on every machine."""
    labels = system.label_map
    groups: dict[tuple[str, str | None], list[Clip]] = {}
    for clip in sorted(clips, key=lambda clip: hashlib.sha256(clip.name.encode()).digest()):
        groups.setdefault((clip.corpus, labels.of(clip.label)), []).append(clip)
    kept = {
        id(clip)
        for (corpus, label), members in groups.items()
        for clip in (members[: system.take[corpus].get(str(label), 0)] if corpus in system.take else members)
    }
    return [clip for clip in clips if id(clip) in kept]
