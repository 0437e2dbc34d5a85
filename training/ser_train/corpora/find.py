"""Find the clips in folders, manifests and annotations, and say which are left out and why."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ser_train.corpora.annotations import READERS, people_of_several, read_annotation
from ser_train.corpora.audio import no_recording
from ser_train.corpora.clip import Clip
from ser_train.corpora.copies import Copies
from ser_train.corpora.folder_source import UNCLAIMED, read_folder
from ser_train.corpora.known import CORPORA
from ser_train.corpora.manifest import ENDINGS as TABLES
from ser_train.corpora.manifest import Manifest, read_manifest
from ser_train.corpora.spellings import one_spelling
from ser_train.corpora.unused import Unused
from ser_train.errors import TrainingError

__all__ = ["Search", "find_clips", "search"]


@dataclass(kw_only=True)
class Search:
    """The clips of the sources, sorted into used and left out.

    Attributes:
        clips: what can be used, in the order found.
        doubles: second recordings of a name that a corpus has already.
        faulty: recordings known to be bad.
        absent: clips that a manifest names and whose files are not there.
        unused: other files that look as if they could be used, with the reason.
        notes: sentences on what is used otherwise than it stands.
    """

    clips: list[Clip] = field(default_factory=list)
    doubles: list[Clip] = field(default_factory=list)
    faulty: list[Clip] = field(default_factory=list)
    absent: list[Clip] = field(default_factory=list)
    unused: Unused = field(default_factory=Unused)
    notes: list[str] = field(default_factory=list)

    @property
    def unclaimed(self) -> list[Path]:
        """Recordings of one's own in a folder where another corpus was known by its names."""
        return self.unused.of(UNCLAIMED)

    def all_notes(self) -> list[str]:
        """Return a sentence on each kind of clip that is left out or changed."""
        left_out = Unused()
        left_out.add((clip.path for clip in self.faulty), "known to be bad")
        for clip in self.doubles:
            why = no_recording(clip.path)
            left_out.add([clip.path], f"{why}; another copy is used" if why else "a second copy of one that is used")
        left_out.add((clip.path for clip in self.absent), "named by a manifest, but not there")
        return [*self.notes, *left_out.notes(), *self.unused.notes()]


def find_clips(
    sources: Sequence[Path],
    corpora: Iterable[str] = (),
    *,
    speaker_pattern: str | None = None,
    tell: Callable[[str], None] = lambda note: None,
) -> list[Clip]:
    """Find all clips of the corpora in the sources, sorted, without known faults and second copies of a name.

    Args:
        sources: folders, manifests that end in `.csv` or `.tsv`, or annotations that end in `.TextGrid` or `.eaf`.
        corpora: names of known corpora to look for; none means every one. Manifests and annotations, and folders that
            hold no known corpus but folders named by labels or annotations, are always used.
        speaker_pattern: see `folders.read_label_folders`.
        tell: is given a sentence on each kind of file that is left out, with the count and the reason.

    Raises:
        TrainingError: for a source that is not there, an unknown corpus, a manifest, annotation or table that cannot be
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
        because = "".join(f"; {note}" for note in result.all_notes())
        raise TrainingError(
            f"no clip of {titles} below {', '.join(map(str, sources))}: the corpora's own file names are needed, or "
            f"folders named by labels, or a .csv manifest{because}"
        )
    for note in result.all_notes():
        tell(note)
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
    copies = Copies()
    annotated: list[Clip] = []
    for source in sources:
        manifest = _manifest(source)
        if manifest is not None:
            result.absent += manifest.absent
            result.notes += manifest.notes
            annotated += manifest.clips if source.suffix.lower() in READERS else []
            copies.add(manifest.clips)
            continue
        found = read_folder(source, corpora, speaker_pattern, result.unused)
        if found.own:
            other = folders.setdefault(found.own, source)
            if os.path.realpath(other) != os.path.realpath(source):
                raise TrainingError(f"{other} and {source} would both be named {found.own}: rename one folder")
        tables = found.tables | tables
        annotated += found.annotated
        result.notes += [note for note in found.notes if note not in result.notes]
        copies.add(found.clips)
    result.clips, result.doubles = copies.chosen()
    result.faulty = copies.faulty
    result.clips, notes = one_spelling(_enriched(result.clips, tables))
    result.notes += [*people_of_several(annotated), *notes]
    given = set(map(os.path.realpath, sources))
    result.unused.remove([p for p in result.unused.paths if copies.holds(p) or os.path.realpath(p) in given])
    return result


def _manifest(source: Path) -> Manifest | None:
    """Read a source that is a file; None for a folder.

    Raises:
        TrainingError: if there is no such file or folder, or see `read_manifest` and `read_annotation`.
    """
    ending = source.suffix.lower()
    if source.is_dir():
        return None
    if ending in TABLES or ending in READERS:
        if not source.is_file():
            raise TrainingError(
                f"there is no {'manifest' if ending in TABLES else 'annotation'} {source}: check the path"
            )
        return read_manifest(source) if ending in TABLES else read_annotation(source)
    if source.is_file():
        raise TrainingError(
            f"{source} is no folder, no manifest (.csv, .tsv) and no annotation (.TextGrid, .eaf): give one of these"
        )
    raise TrainingError(f"there is no folder {source}: give the folders that hold the corpora")


def _enriched(clips: Sequence[Clip], tables: dict[str, Path]) -> list[Clip]:
    """Add what the corpora's tables say of the clips."""
    enriched = []
    for name in dict.fromkeys(clip.corpus for clip in clips):
        subset = [clip for clip in clips if clip.corpus == name]
        corpus = CORPORA.get(name)
        enriched += corpus.enrich(subset, tables) if corpus and corpus.enrich else subset
    return enriched
