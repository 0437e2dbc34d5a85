"""Refuse splits that nobody should train on, and write notes for their readers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from ser_train.corpora import Clip
from ser_train.corpora.duplicates import sentences_in_common
from ser_train.corpora.labels import LabelMap
from ser_train.errors import TrainingError
from ser_train.splits.split import SIDES, Plan

__all__ = [
    "check_disjoint",
    "check_labels",
    "check_people",
    "check_recordings",
    "on_two_sides",
    "shared_sentences",
    "some",
]


def some(names: Iterable[str]) -> str:
    """List the first five names, and say how many others there are."""
    names = sorted(names)
    return ", ".join(names[:5]) + (f" and {len(names) - 5:,} more" if len(names) > 5 else "")


def check_people(clips: Sequence[Clip], kind: str) -> None:
    """Refuse to divide fewer than three people.

    Raises:
        TrainingError: saying how many there are.
    """
    speakers = {clip.speaker for clip in clips}
    if len(speakers) < 3:
        raise TrainingError(
            f"split `{kind}`: the {len(clips):,} clips are of {'one speaker' if len(speakers) == 1 else 'two speakers'}"
            f" ({some(speakers)}) and three are needed to train, to validate and to test: add speakers, or take a look"
            " with --split random"
        )


def check_disjoint(sides: Iterable[Iterable[Clip]]) -> None:
    """Refuse a split in which a speaker stands on two sides.

    Raises:
        TrainingError: naming the speakers.
    """
    sides_of = Counter(speaker for side in sides for speaker in {clip.speaker for clip in side})
    if both := [speaker for speaker, count in sides_of.items() if count > 1]:
        raise TrainingError(
            f"speakers on two sides of the split: {some(both)}: each person needs one side, or take a look with "
            "--split random"
        )


def check_recordings(plan: Plan, equal: Sequence[Sequence[Clip]]) -> None:
    """Refuse a split in which one of the groups of equal recordings stands on two sides.

    Raises:
        TrainingError: naming the recordings.
    """
    if twice := on_two_sides(plan, equal):
        pairs = some(" = ".join(clip.path.name for clip in group) for group in twice)
        raise TrainingError(f"the same recording on two sides of the split: {pairs}: leave all but one of each out")


def on_two_sides(plan: Plan, equal: Sequence[Sequence[Clip]]) -> list[Sequence[Clip]]:
    """Return the groups of equal recordings that stand on two sides or more."""
    side_of = {id(clip): side for side in SIDES for clip in plan.sides[side]}
    return [group for group in equal if len({side_of[id(clip)] for clip in group if id(clip) in side_of}) > 1]


def check_labels(plan: Plan, labels: LabelMap, kind: str) -> list[str]:
    """Refuse a side without clips, or one that trains or validates and misses a label.

    Returns notes: what the test misses, and what one person who validates alone misses (EMO-DB's speaker 08 has no
    disgust, and its ten folds are used all the same).

    Raises:
        TrainingError: naming the side and the labels.
    """
    notes = [] if plan.sides["test"] else ["there is no test side: no clip is measured as a test"]
    for side in SIDES:
        there = {labels.of(clip.label) for clip in plan.sides[side]}
        missing = [label for label in labels.labels if label not in there]
        if not missing or (side == "test" and not there):
            continue
        said = f"no {side} clip is labelled {', '.join(missing)}"
        if side == "test" or (there and side == "validation" and kind == "leave-one-speaker-out"):
            notes.append(said)
            continue
        where = f"split `{kind}`{', ' + plan.name if plan.name else ''}"
        because = "".join(f" ({note})" for note in plan.notes)
        raise TrainingError(f"{where}: {said}{because}: add clips, take labels they have, or choose another --split")
    return notes


def shared_sentences(plan: Plan) -> list[str]:
    """Write a note that counts the test's sentences spoken in training; none where no sentence is known."""
    both, tested = sentences_in_common(plan.sides["train"], plan.sides["test"])
    unknown = sum(not clip.text for clip in plan.sides["test"])
    notes = [f"{both:,} of {tested:,} test sentences are also spoken in training"] if tested else []
    return notes + ([f"what is said in {unknown:,} test clips is not known"] if unknown else [])
