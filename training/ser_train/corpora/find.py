"""Find the clips in folders and manifests, and say which are left out and why."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ser_train.corpora.clip import Clip
from ser_train.corpora.folders import read_label_folders
from ser_train.corpora.known import CORPORA
from ser_train.corpora.manifest import read_manifest
from ser_train.corpora.words import label_of
from ser_train.errors import TrainingError

__all__ = ["ENDINGS", "Search", "find_clips", "search"]

ENDINGS = frozenset({".wav", ".flac", ".opus", ".ogg", ".mp3"})
"""Endings of the files that are taken for recordings."""


@dataclass(kw_only=True)
class Search:
    """The clips of the sources, sorted into used and left out.

    Attributes:
        clips: what can be used, in the order found.
        doubles: second recordings of a name that a corpus has already.
        faulty: recordings known to be bad.
        absent: clips that a manifest names and whose files are not there.
        unclaimed: recordings below folders named by labels, in a folder where another corpus was known by its names.
    """

    clips: list[Clip] = field(default_factory=list)
    doubles: list[Clip] = field(default_factory=list)
    faulty: list[Clip] = field(default_factory=list)
    absent: list[Clip] = field(default_factory=list)
    unclaimed: list[Path] = field(default_factory=list)


def find_clips(
    sources: Sequence[Path], corpora: Iterable[str] = (), *, speaker_pattern: str | None = None
) -> list[Clip]:
    """Find all clips of the corpora in the sources, sorted, without known faults and second copies of a name.

    Args:
        sources: folders, or manifests that end in `.csv`.
        corpora: names of known corpora to look for; none means every one. Manifests, and folders that hold no known
            corpus but folders named by labels, are always used.
        speaker_pattern: see `folders.read_label_folders`.

    Raises:
        TrainingError: for a source that is not there, an unknown corpus, a manifest or table that cannot be
            used, or when no clip is found.
    """
    wanted = tuple(dict.fromkeys(corpora))
    result = search(sources, wanted, speaker_pattern=speaker_pattern)
    if unknown := [name for name in wanted if name not in CORPORA and name not in {c.corpus for c in result.clips}]:
        raise TrainingError(
            f"there is no corpus {', '.join(unknown)}: give one of {', '.join(CORPORA)}, or your own manifest or "
            "folder as data"
        )
    if not result.clips:
        titles = ", ".join(CORPORA[name].title for name in wanted or CORPORA)
        raise TrainingError(
            f"no clip of {titles} below {', '.join(map(str, sources))}: the corpora's own file names are needed, or "
            "folders named by labels, or a .csv manifest"
        )
    return sorted(result.clips, key=lambda clip: (clip.corpus, clip.name))


def search(sources: Sequence[Path], corpora: Collection[str] = (), *, speaker_pattern: str | None = None) -> Search:
    """Go through every source once and sort what is found.

    Args:
        sources: see `find_clips`.
        corpora: see `find_clips`.
        speaker_pattern: see `find_clips`.

    Raises:
        TrainingError: see `find_clips`; nothing found is no error here.
    """
    result = Search()
    tables: dict[str, Path] = {}
    folders: dict[str, Path] = {}  # of users' corpora, by the corpora's names
    chosen = _Chosen(result)
    for source in sources:
        if source.suffix.lower() == ".csv" and not source.is_dir():
            if not source.is_file():
                raise TrainingError(f"there is no manifest {source}: check the path")
            manifest = read_manifest(source)
            result.absent += manifest.absent
            chosen.add(manifest.clips)
            continue
        if not source.is_dir():
            raise TrainingError(f"there is no folder {source}: give the folders that hold the corpora")
        recordings = _walk(source, tables)
        known = {path: clip for path in recordings if (clip := _known(path))}
        if known:
            chosen.add(clip for clip in known.values() if not corpora or clip.corpus in corpora)
            others = (path for path in recordings if path not in known)
            result.unclaimed += [p for p in others if any(map(label_of, p.relative_to(source).parts[:-1]))]
        elif clips := read_label_folders(source, recordings, speaker_pattern):
            other = folders.setdefault(clips[0].corpus, source)
            if os.path.realpath(other) != os.path.realpath(source):
                raise TrainingError(f"{other} and {source} would both be named {clips[0].corpus}: rename one folder")
            chosen.add(clips)
    result.clips = _enriched(result.clips, tables)
    result.unclaimed = [path for path in result.unclaimed if not chosen.holds(path)]
    return result


class _Chosen:
    """Sort clips into those that are used and those that are left out."""

    def __init__(self, result: Search) -> None:
        self._result = result
        self._names: set[tuple[str, str]] = set()
        self._places: dict[str, Clip] = {}

    def holds(self, path: Path) -> bool:
        """Return whether a source gave this file."""
        return os.path.realpath(path) in self._places

    def add(self, clips: Iterable[Clip]) -> None:
        """Sort the clips of a source.

        Raises:
            TrainingError: for a file that another source gave as something else.
        """
        for clip in clips:
            place = os.path.realpath(clip.path)
            if before := self._places.get(place):  # of a source inside another one
                if (before.label, before.speaker, before.side) != (clip.label, clip.speaker, clip.side):
                    raise TrainingError(
                        f"{clip.path} is given twice, as {before.label} by {before.speaker} and as {clip.label} by "
                        f"{clip.speaker}, or on two sides of the split: give it once"
                    )
                continue
            self._places[place] = clip
            if clip.corpus in CORPORA and clip.name in CORPORA[clip.corpus].faults:
                self._result.faulty.append(clip)
            elif (clip.corpus, clip.name) in self._names:
                self._result.doubles.append(clip)
            else:
                self._names.add((clip.corpus, clip.name))
                self._result.clips.append(clip)


def _walk(folder: Path, tables: dict[str, Path]) -> list[Path]:
    """List the recordings below a folder, sorted; the first table of each name is added to `tables`."""
    known = {name for corpus in CORPORA.values() for name in corpus.tables}
    recordings = []
    for path in sorted(folder.rglob("*")):
        if path.name in known:
            tables.setdefault(path.name, path)
        elif path.suffix.lower() in ENDINGS and not path.name.startswith(".") and path.is_file():
            recordings.append(path)
    return recordings


def _known(path: Path) -> Clip | None:
    """Return the clip of a file that is named as a known corpus's files are; None for others."""
    return next((clip for corpus in CORPORA.values() if (clip := corpus.parse(path))), None)


def _enriched(clips: Sequence[Clip], tables: dict[str, Path]) -> list[Clip]:
    """Add what the corpora's tables say of the clips."""
    enriched = []
    for name in dict.fromkeys(clip.corpus for clip in clips):
        subset = [clip for clip in clips if clip.corpus == name]
        corpus = CORPORA.get(name)
        enriched += corpus.enrich(subset, tables) if corpus and corpus.enrich else subset
    return enriched
