"""Read one folder that a user gave: known corpora, or folders named by labels and annotations."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ser_train.corpora.annotation import Annotation
from ser_train.corpora.annotations import READERS, annotation_clips, has_emotions
from ser_train.corpora.clip import Clip
from ser_train.corpora.endings import ENDINGS, OTHER_SOUNDS
from ser_train.corpora.folders import read_label_folders
from ser_train.corpora.known import CORPORA
from ser_train.corpora.noise import is_noise
from ser_train.corpora.unused import Unused, sounds
from ser_train.corpora.walk import walk
from ser_train.corpora.words import label_of
from ser_train.errors import TrainingError

__all__ = ["UNCLAIMED", "FolderSource", "read_folder"]

UNCLAIMED = (
    "below folders named by labels or annotated, while other files beside them are a known corpus's: give their own "
    "folder or annotation as well"
)
"""Why recordings of one's own are not used beside a known corpus."""


@dataclass(kw_only=True)
class FolderSource:
    """What a folder holds.

    Attributes:
        clips: that can be used.
        own: name of the user's corpus that the folder is; empty where it is none.
        tables: of known corpora, the first of each name.
        annotated: those of the clips that stand in annotations.
        notes: what is to be told.
    """

    clips: list[Clip] = field(default_factory=list)
    own: str = ""
    tables: dict[str, Path] = field(default_factory=dict)
    annotated: list[Clip] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_folder(folder: Path, corpora: Collection[str], speaker_pattern: str | None, unused: Unused) -> FolderSource:
    """Read a folder.

    Args:
        folder: that the user gave.
        corpora: names of those that are wanted; none means every one.
        speaker_pattern: see `folders.read_label_folders`.
        unused: files that are not used are added to it.

    Raises:
        TrainingError: for a pattern that does not serve, or an annotation of emotions that cannot be used.
    """
    tree = walk(folder)
    tables = {name for corpus in CORPORA.values() for name in corpus.tables}
    found = FolderSource()
    for path in tree.files:
        if path.name in tables:
            found.tables.setdefault(path.name, path)
    recordings = [path for path in tree.files if path.suffix.lower() in ENDINGS]
    known = {path: clip for path in recordings if (clip := _known(path))}
    annotations = _annotations(tree.files, unused)
    if known:
        found.clips = [clip for clip in known.values() if not corpora or clip.corpus in corpora]
        for clip in known.values():
            if corpora and clip.corpus not in corpora:
                unused.add([clip.path], f"{CORPORA[clip.corpus].title}, which is not among the corpora asked for")
        others = [path for path in recordings if path not in known]
        unused.add((p for p in others if any(map(label_of, p.relative_to(folder).parts[:-1]))), UNCLAIMED)
        unused.add(annotations, UNCLAIMED)
    else:
        _read_own(folder, recordings, annotations, speaker_pattern, found)
    used = {clip.path for clip in found.clips}
    unused.add(
        (path for path in recordings if path not in used and not is_noise(path)),
        "named like no known corpus, in no folder named by a label and not annotated: name them in a manifest",
    )
    unused.add(
        (path for path in tree.files if path.suffix.lower() in OTHER_SOUNDS),
        "sound of an ending that is not read: convert them to WAV or FLAC",
    )
    for path in tree.files:
        if path not in known and path.name not in tables and (clip := _known(path)):
            unused.add([path], f"named like {CORPORA[clip.corpus].title}, but with an ending that is not read")
    unused.add(sounds(tree.hidden), "hidden, or in a hidden folder: a name begins with a point")
    unused.add(sounds(tree.broken), "links to nothing")
    unused.add(tree.closed, "folders that cannot be opened: look at their permissions")
    return found


def _read_own(
    folder: Path,
    recordings: Sequence[Path],
    annotations: dict[Path, Annotation],
    speaker_pattern: str | None,
    found: FolderSource,
) -> None:
    """Read annotations and folders named by labels; an annotated recording is its annotation's alone."""
    by_recording: dict[Path, Path] = {}
    for path, annotation in annotations.items():
        manifest = annotation_clips(path, annotation)
        recording = manifest.clips[0].path.resolve()
        if recording in by_recording:
            raise TrainingError(
                f"{by_recording[recording]} and {path} both annotate {recording.name}: keep the one that was "
                "corrected, or give it alone as data"
            )
        by_recording[recording] = path
        found.annotated += manifest.clips
        found.notes += manifest.notes
    if annotations:
        found.notes.append(
            f"read as corrected by hand: {len(annotations):,} annotation{'s' * (len(annotations) > 1)}, such as "
            f"{next(iter(annotations))}"
        )
    rest = [path for path in recordings if path.resolve() not in by_recording] if by_recording else recordings
    labelled = read_label_folders(folder, rest, speaker_pattern)
    found.clips = [*found.annotated, *labelled]
    found.own = found.clips[0].corpus if found.clips else ""


def _annotations(files: Sequence[Path], unused: Unused) -> dict[Path, Annotation]:
    """Return the annotations with tiers of emotions; other ones are not used."""
    annotations = {}
    for path in files:
        if path.suffix.lower() not in READERS:
            continue
        try:
            annotation = READERS[path.suffix.lower()](path)
        except TrainingError as error:
            unused.add([path], str(error))
            continue
        if has_emotions(annotation):
            annotations[path] = annotation
        else:
            unused.add([path], "an annotation without a tier of emotions")
    return annotations


def _known(path: Path) -> Clip | None:
    """Return the clip of a file that is named as a known corpus's files are; None for others."""
    return next((clip for corpus in CORPORA.values() if (clip := corpus.parse(path))), None)
