"""Corrected annotations of Praat and ELAN as manifests: the labelled intervals of the emotion tiers are the clips."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ser_live.contract import LABELS
from ser_train.corpora.annotation import Annotation, Tier
from ser_train.corpora.clip import Clip, Excerpt
from ser_train.corpora.eaf import read_eaf
from ser_train.corpora.endings import ENDINGS
from ser_train.corpora.folders import corpus_of
from ser_train.corpora.manifest import Manifest
from ser_train.corpora.stretches import Stretches
from ser_train.corpora.textgrid import read_textgrid
from ser_train.corpora.words import label_of
from ser_train.errors import TrainingError

__all__ = ["READERS", "annotation_clips", "has_emotions", "people_of_several", "read_annotation"]

READERS: dict[str, Callable[[Path], Annotation]] = {".textgrid": read_textgrid, ".eaf": read_eaf}
"""How an annotation is read, by its ending in lower case."""
_BRACKETS = re.compile(r"\[(.*)\]")


def read_annotation(path: Path) -> Manifest:
    """Read the clips of an annotation: the intervals that are not empty of the tiers that `ser-live` writes.

    The tiers are `emotion`, or `Agent emotion` for a lane named Agent. Who speaks is the tier's participant (ELAN), or
    else the lane, or else the file's stem; the corpus is the name of the folder. A lane is a channel of the recording,
    in the order of the lanes, where it has so many channels; else the mean of all. Of ELAN the recording is the one
    that the file names, or one beside it of that name; else, and for Praat, it is the one beside it of the same stem.

    Raises:
        TrainingError: if the file cannot be read or has no emotion tier, for a recording that is not there or not the
            only one, a label that is not known, or stretches that cannot be.
    """
    return annotation_clips(path, READERS[path.suffix.lower()](path))


def annotation_clips(path: Path, annotation: Annotation) -> Manifest:
    """Return the clips of an annotation that has been read, see `read_annotation`.

    Raises:
        TrainingError: see `read_annotation`.
    """
    tiers = _emotion_tiers(path, annotation)
    recording = _recording(path, annotation)
    stretches = Stretches()
    header = stretches.header(recording)
    channels, notes = _channels(path, annotation, recording, header.channels if header else 1)
    corpus = corpus_of(path.parent)
    clips = []
    for tier in tiers:
        lane = _lane(tier.name, "emotion") or ""
        speaker = f"{corpus}-{' '.join((tier.person or lane or path.stem).split())}"
        if tier.untimed:
            which = "1 annotation without times is" if tier.untimed == 1 else f"{tier.untimed:,} without times are"
            notes.append(f"{path}, tier {tier.name!r}: {which} left out")
        for start, end, text in tier.intervals:
            if not text.strip():
                continue
            where = f"{path}, tier {tier.name!r}, {start:g} to {end:g} s"
            label = _label(where, text)
            excerpt = stretches.fit(where, recording, Excerpt(start, end, channels.get(lane.casefold())))
            if excerpt is None:
                continue
            stretches.claim(where, recording, excerpt, speaker, label)
            clips.append(
                Clip(
                    path=recording,
                    corpus=corpus,
                    label=label,
                    speaker=speaker,
                    sex=None,
                    text="",
                    identity=f"{path.stem}{excerpt}",
                    excerpt=excerpt,
                )
            )
    stretches.check()
    notes += stretches.notes()
    if not clips:
        names = ", ".join(repr(tier.name) for tier in tiers)
        raise TrainingError(
            f"{path} has no label that can be used in {names}: {'; '.join(notes) or 'write some there'}"
        )
    return Manifest(clips=clips, absent=[], notes=notes)


def has_emotions(annotation: Annotation) -> bool:
    """Return whether there is a tier of emotions."""
    return any(_lane(tier.name, "emotion") is not None for tier in annotation.tiers)


def people_of_several(clips: Iterable[Clip]) -> list[str]:
    """Return a sentence on people who are heard in several annotated recordings by the names of the tiers."""
    recordings: dict[str, set[Path]] = {}
    for clip in clips:
        recordings.setdefault(clip.speaker, set()).add(clip.path)
    several = [f"{name} ({len(paths):,} recordings)" for name, paths in recordings.items() if len(paths) > 1]
    if not several:
        return []
    return [
        f"one person in all annotated recordings: {', '.join(several)}; name the tiers after the people, such as "
        "`Anna emotion`, where they are not"
    ]


def _lane(name: str, kind: str) -> str | None:
    """Return the lane of a tier of that kind, empty where it has no name; None for another tier.

    Of lanes of one name `ser-live` numbers the tiers.

    >>> _lane("Agent  Emotion", "emotion"), _lane(" emotion", "emotion"), _lane("words", "emotion")
    ('Agent', '', None)
    >>> _lane("Agent emotion (2)", "emotion")
    'Agent (2)'
    """
    words = name.split()
    if len(words) > 1 and re.fullmatch(r"\(\d+\)", words[-1]):
        words = [*words[:-2], words[-1], words[-2]]
    return " ".join(words[:-1]) if words and words[-1].casefold() == kind else None


def _emotion_tiers(path: Path, annotation: Annotation) -> list[Tier]:
    if not has_emotions(annotation):
        there = ", ".join(repr(tier.name[:60]) for tier in annotation.tiers) or "none"
        raise TrainingError(
            f"{path} has no tier of emotions (its tiers of intervals: {there}): name one `emotion`, or `Agent emotion` "
            "for a lane named Agent"
        )
    tiers = [tier for tier in annotation.tiers if _lane(tier.name, "emotion") is not None]
    lanes = [str(_lane(tier.name, "emotion")).casefold() for tier in tiers]
    for number, lane in enumerate(lanes):
        if lane in lanes[:number]:
            raise TrainingError(
                f"{path} has two tiers {tiers[number].name!r}: give each lane one, with a name of its own"
            )
    return tiers


def _label(where: str, text: str) -> str:
    """Return the label that is written in an interval, with or without brackets."""
    word = text.strip()
    match = _BRACKETS.fullmatch(word)
    label = label_of(match[1] if match else word)
    if label is None:
        raise TrainingError(
            f"{where}: the label {word[:40]!r} is not known: give one of {', '.join(LABELS)}, or empty the interval"
        )
    return label


def _channels(path: Path, annotation: Annotation, recording: Path, channels: int) -> tuple[dict[str, int], list[str]]:
    """Return the channel of each lane, by its name in lower case, and what is to be told of it."""
    found = (_lane(tier.name, kind) for tier in annotation.tiers for kind in ("speech", "emotion"))
    lanes = list(dict.fromkeys(lane.casefold() for lane in found if lane))
    if channels == 1 or not lanes:
        return {}, []
    if 2 <= len(lanes) <= channels:
        return {lane: number for number, lane in enumerate(lanes, 1)}, []
    return {}, [
        f"{path} has {len(lanes)} named lane{'s' * (len(lanes) > 1)} and {recording.name} {channels} channels, so the "
        "clips are the mean of them all"
    ]


def _recording(path: Path, annotation: Annotation) -> Path:
    named = [place for place in annotation.media if place.is_file()]
    for place in named:
        if place.suffix.lower() in ENDINGS:
            return place
    beside = _beside(path)
    if len(beside) == 1:
        return beside[0]
    if beside:
        raise TrainingError(
            f"{path} may belong to {' or '.join(other.name for other in beside)}: leave one of them in the folder"
        )
    if named:
        raise TrainingError(
            f"{path} belongs to {named[0].name}, which is not read: put its sound as {path.stem}.wav beside the "
            "annotation"
        )
    wanted = f"{annotation.media[0]}, which it names, " if annotation.media else ""
    raise TrainingError(
        f"the recording of {path} is not there: put {wanted and wanted + 'or '}a recording named {path.stem} "
        f"({', '.join(sorted(ENDINGS))}) beside it"
    )


def _beside(path: Path) -> Sequence[Path]:
    """Return the recordings of the same stem in an annotation's folder."""
    try:
        others = sorted(path.parent.iterdir())
    except OSError:
        return []
    return [
        other for other in others if other.stem == path.stem and other.suffix.lower() in ENDINGS and other.is_file()
    ]
