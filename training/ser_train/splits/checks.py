"""Refuse splits that are not fit to train on, and write notes for those who read the scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from ser_train.corpora import Clip
from ser_train.corpora.duplicates import sentences_in_common
from ser_train.corpora.labels import LabelMap
from ser_train.errors import TrainingError
from ser_train.splits.split import SIDES, Plan, Side

__all__ = [
    "check_disjoint",
    "check_labels",
    "check_people",
    "check_recordings",
    "faults",
    "few_clips",
    "on_two_sides",
    "shared_sentences",
    "some",
]

_FEW = 10
"""Train clips of a label under which a note names it."""


def some(names: Iterable[str]) -> str:
    """List the first five names, and say how many others there are."""
    names = sorted(names)
    return ", ".join(names[:5]) + (f" and {len(names) - 5:,} more" if len(names) > 5 else "")


def check_people(clips: Sequence[Clip], kind: str) -> None:
    """Refuse to divide fewer than three people; with `speakers`, two are enough to train and to validate.

    Raises:
        TrainingError: saying how many there are.
    """
    speakers = {clip.speaker for clip in clips}
    least, needed = (2, "two are needed to train and to validate")
    if kind != "speakers":
        least, needed = (3, "three are needed to train, to validate and to test")
    if len(speakers) < least:
        raise TrainingError(
            f"split `{kind}`: the {len(clips):,} clips are of {'one speaker' if len(speakers) == 1 else 'two speakers'}"
            f" ({some(speakers)}) and {needed}: add speakers, or try --split random"
        )


def check_disjoint(sides: Iterable[Iterable[Clip]]) -> None:
    """Refuse a split in which a speaker stands on two sides.

    Raises:
        TrainingError: naming the speakers.
    """
    sides_of = Counter(speaker for side in sides for speaker in {clip.speaker for clip in side})
    if both := [speaker for speaker, count in sides_of.items() if count > 1]:
        raise TrainingError(
            f"speakers on two sides of the split: {some(both)}: each person needs one side, or try --split random"
        )


def check_recordings(plan: Plan, equal: Sequence[Sequence[Clip]]) -> None:
    """Refuse a split in which one of the groups of equal recordings stands on two sides.

    Raises:
        TrainingError: naming the recordings.
    """
    if twice := on_two_sides(plan, equal):
        pairs = some(" = ".join(clip.path.name for clip in group) for group in twice)
        raise TrainingError(
            f"the same recording on two sides of the split: {pairs}: keep one of each and remove the others"
        )


def on_two_sides(plan: Plan, equal: Sequence[Sequence[Clip]]) -> list[Sequence[Clip]]:
    """Return the groups of equal recordings that stand on two sides or more."""
    side_of = {id(clip): side for side in SIDES for clip in plan.sides[side]}
    return [group for group in equal if len({side_of[id(clip)] for clip in group if id(clip) in side_of}) > 1]


def faults(sides: Mapping[Side, Sequence[Clip]], labels: LabelMap) -> tuple[int, int, bool]:
    """Count what the sides lack to train and to validate: labels of train, labels of validation, and size.

    Returns:
        how many labels no train clip has, how many no validation clip has, and whether another side is larger than
        train. Nothing is wrong where none of the three is true.
    """
    without_train, without_validation = (len(_missing(sides[side], labels)) for side in ("train", "validation"))
    return without_train, without_validation, len(sides["train"]) < max(map(len, sides.values()))


def check_labels(plan: Plan, labels: LabelMap, kind: str) -> list[str]:
    """Refuse a split in which train misses a label, or in which nobody validates.

    Validation and the test may miss some: their averages are over the labels that occur (EMO-DB's speaker 08 has no
    disgust, and its ten folds are used all the same).

    Returns:
        notes: the labels that validation and the test miss.

    Raises:
        TrainingError: naming the side and the labels.
    """
    notes = [] if plan.sides["test"] else ["there is no test side: no clip is measured as a test"]
    for side in SIDES:
        missing = _missing(plan.sides[side], labels)
        if not missing or (side == "test" and not plan.sides[side]):
            continue
        lack = f"no {side} clip is labelled {', '.join(missing)}"
        if side != "train" and plan.sides[side]:
            notes.append(lack)
            continue
        where = f"split `{kind}`{', ' + plan.name if plan.name else ''}"
        because = "".join(f" ({note})" for note in plan.notes)
        raise TrainingError(
            f"{where}: {lack}{because}: add clips, use --labels with labels that they have, or another --split"
        )
    return notes


def few_clips(plan: Plan, labels: LabelMap) -> list[str]:
    """Write a note with the labels of which train has few clips; none where there are enough."""
    counts = Counter(labels.of(clip.label) for clip in plan.sides["train"])
    few = [f"{label} {counts[label]}" for label in labels.labels if counts[label] < _FEW]
    return [f"labels of fewer than {_FEW} train clips, hardly learnt: {', '.join(few)}"] if few else []


def _missing(clips: Sequence[Clip], labels: LabelMap) -> list[str]:
    """Return the labels that no clip has."""
    there = {labels.of(clip.label) for clip in clips}
    return [label for label in labels.labels if label not in there]


def shared_sentences(plan: Plan) -> list[str]:
    """Write a note that counts the test's sentences spoken in training; none where no sentence is known."""
    both, tested = sentences_in_common(plan.sides["train"], plan.sides["test"])
    unknown = sum(not clip.text for clip in plan.sides["test"])
    notes = [f"{both:,} of {tested:,} test sentences are also spoken in training"] if tested else []
    return notes + ([f"what is said in {unknown:,} test clips is not known"] if unknown else [])
