"""A user's own recordings: folders named by emotions, at any depth, speakers in the files' names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from ser_train.corpora.clip import Clip
from ser_train.corpora.known import CORPORA
from ser_train.corpora.words import label_of
from ser_train.errors import TrainingError

__all__ = ["corpus_of", "read_label_folders"]


def read_label_folders(folder: Path, recordings: Iterable[Path], speaker_pattern: str | None = None) -> list[Clip]:
    """Read the clips below folders that are named by a label; the corpus has the name of `folder`.

    Args:
        folder: that the user gave; its name is no label.
        recordings: files below it.
        speaker_pattern: regular expression, searched in the path relative to `folder`, whose first group is the
            speaker; without one, the speaker is the file's name up to the first `_` or `-`.

    Raises:
        TrainingError: for a pattern that is none, has no group, or is not found in a path.
    """
    corpus = corpus_of(folder)
    pattern = _compile(speaker_pattern)
    clips = []
    for path in recordings:
        inside = path.relative_to(folder)
        labels = [label for part in inside.parts[:-1] if (label := label_of(part))]
        if not labels:
            continue
        match = pattern.search(inside.as_posix() if speaker_pattern else path.stem)
        if match is None or not match[1]:
            raise TrainingError(
                f"the speaker pattern {speaker_pattern!r} finds no speaker in {inside}: change the pattern"
            )
        clips.append(
            Clip(
                path=path,
                corpus=corpus,
                label=labels[-1],
                speaker=f"{corpus}-{match[1]}",
                sex=None,
                text="",
                identity=inside.with_suffix("").as_posix(),
            )
        )
    return clips


def corpus_of(folder: Path) -> str:
    """Return the name of the corpus that a user's folder is."""
    name = folder.resolve().name or "recordings"
    # files that are not named as a known corpus's are: their speakers are not that corpus's
    return name + "-folder" if name in CORPORA else name


def _compile(pattern: str | None) -> re.Pattern[str]:
    try:
        compiled = re.compile(pattern or r"^([^_-]+|.+)")
    except re.error as error:
        raise TrainingError(f"the speaker pattern {pattern!r} is no regular expression: {error}") from None
    if not compiled.groups:
        raise TrainingError(f"the speaker pattern {pattern!r} has no group: put the speaker's part into ( )")
    return compiled
