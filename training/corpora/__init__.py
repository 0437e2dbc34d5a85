"""Readers: a folder of recordings becomes plain records, whatever the tree they were packed in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from training.corpora.clip import Clip, Corpus
from training.corpora.cremad import CREMAD
from training.corpora.emodb import EMODB
from training.corpora.ravdess import RAVDESS, RAVDESS_SONG
from training.corpora.tess import TESS
from training.errors import TrainingError

__all__ = ["CORPORA", "Clip", "Corpus", "find_clips", "six_classes"]

CORPORA = {corpus.name: corpus for corpus in (CREMAD, RAVDESS, RAVDESS_SONG, TESS, EMODB)}

_ENDINGS = {".wav", ".flac", ".opus", ".ogg", ".mp3"}
_SIX = {label: label for label in ("angry", "disgust", "fear", "happy", "neutral", "sad")} | {"calm": "neutral"}


def find_clips(folders: Sequence[Path], corpora: Iterable[str]) -> list[Clip]:
    """All clips of the named corpora below the folders, sorted, known faults and second copies of a name left out.

    Raises:
        TrainingError: for a folder that is not there, or when none of the corpora is found.
    """
    wanted = [CORPORA[name] for name in corpora]
    found: dict[tuple[str, str], Clip] = {}
    for folder in folders:
        if not folder.is_dir():
            raise TrainingError(f"there is no folder {folder}: give the folders that hold the corpora")
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() not in _ENDINGS:
                continue
            for corpus in wanted:
                clip = corpus.parse(path)
                if clip is not None and clip.name not in corpus.faults:
                    found.setdefault((clip.corpus, clip.name), clip)
    if not found:
        titles = ", ".join(corpus.title for corpus in wanted)
        raise TrainingError(
            f"no clip of {titles} below {', '.join(map(str, folders))}: the corpora's own file names are needed"
        )
    return sorted(found.values(), key=lambda clip: (clip.corpus, clip.name))


def six_classes(label: str) -> str | None:
    """Label of the six-class task, calm counted as neutral; None for labels that it has not."""
    return _SIX.get(label)
