"""Of several copies of a recording take one: one that can be read, then one without loss, then the first."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ser_train.corpora.audio import RecordingError, read_header
from ser_train.corpora.clip import Clip, Excerpt
from ser_train.corpora.endings import LOSSLESS
from ser_train.corpora.known import CORPORA
from ser_train.errors import TrainingError

__all__ = ["Copies"]


class Copies:
    """Sort clips into those that are used, those known to be bad, and second copies.

    Attributes:
        faulty: recordings known to be bad.
    """

    def __init__(self) -> None:
        self.faulty: list[Clip] = []
        self._of_name: dict[tuple[str, str], list[Clip]] = {}
        self._places: dict[tuple[str, Excerpt], Clip] = {}
        self._files: set[str] = set()

    def holds(self, path: Path) -> bool:
        """Return whether a source gave this file."""
        return os.path.realpath(path) in self._files

    def add(self, clips: Iterable[Clip]) -> None:
        """Sort the clips of a source.

        Raises:
            TrainingError: for a file, or a stretch of one, that another source gave as something else.
        """
        for clip in clips:
            file = os.path.realpath(clip.path)
            place = (file, clip.excerpt)
            if before := self._places.get(place):  # of a source inside another one
                if (before.label, before.speaker, before.side) != (clip.label, clip.speaker, clip.side):
                    raise TrainingError(
                        f"{clip.path}{clip.excerpt} is given twice, as {before.label} by {before.speaker} and as "
                        f"{clip.label} by {clip.speaker}, or on two sides of the split: give it once"
                    )
                continue
            self._places[place] = clip
            self._files.add(file)
            if clip.corpus in CORPORA and clip.name in CORPORA[clip.corpus].faults:
                self.faulty.append(clip)
            else:
                self._of_name.setdefault((clip.corpus, clip.name), []).append(clip)

    def chosen(self) -> tuple[list[Clip], list[Clip]]:
        """Return the clips to use and their second copies, both in the order given."""
        clips, doubles = [], []
        for copies in self._of_name.values():
            best = min(copies, key=_rank) if len(copies) > 1 else copies[0]  # the first of equals
            clips.append(best)
            doubles += [copy for copy in copies if copy is not best]
        return clips, doubles


def _rank(clip: Clip) -> tuple[bool, bool]:
    try:
        readable = read_header(clip.path).seconds > 0
    except RecordingError:
        readable = False
    return not readable, clip.path.suffix.lower() not in LOSSLESS
