"""Divide clips into sides: a plan is drawn, checked and described."""

from __future__ import annotations

from collections.abc import Sequence

from ser_train.corpora import Clip
from ser_train.corpora.duplicates import equal_recordings
from ser_train.corpora.labels import LabelMap
from ser_train.errors import TrainingError
from ser_train.splits.checks import (
    check_disjoint,
    check_labels,
    check_people,
    check_recordings,
    on_two_sides,
    shared_sentences,
    some,
)
from ser_train.splits.plans import PLANS
from ser_train.splits.protocol import protocol
from ser_train.splits.split import Plan, Split, SplitSettings

__all__ = ["make_splits"]


def make_splits(clips: Sequence[Clip], labels: LabelMap, settings: SplitSettings, seed: int) -> list[Split]:
    """Divide the clips whose words have a label: one split, or one for each fold.

    No speaker and no recording stands on two sides, except with `random`, whose protocol and notes say so.

    Raises:
        TrainingError: if the clips cannot be divided so, a side misses a label, or a speaker or recording stands on
            two sides.
    """
    taken = [clip for clip in clips if labels.of(clip.label) is not None]
    if not taken:
        raise TrainingError(
            f"none of {len(clips):,} clips has a word of the labels `{labels.name}` ({', '.join(labels.words)}): "
            "choose other labels, or other clips"
        )
    if settings.kind not in ("stated", "random"):
        check_people(taken, settings.kind)
    equal = equal_recordings(taken)
    left_out = [clip for clip in clips if labels.of(clip.label) is None]
    notes = [f"{len(left_out):,} clips are left out: {some({clip.label for clip in left_out})}"] if left_out else []
    plans = PLANS[settings.kind](taken, labels, settings, seed)
    return [_checked(plan, labels, settings.kind, seed, equal, notes) for plan in plans]


def _checked(
    plan: Plan, labels: LabelMap, kind: str, seed: int, equal: Sequence[Sequence[Clip]], notes: Sequence[str]
) -> Split:
    """Check a plan and make a split of it.

    Raises:
        TrainingError: if it is not sound.
    """
    notes = [*notes, *plan.notes]
    if kind == "random":
        twice = len(on_two_sides(plan, equal))
        notes += [f"recordings that stand on two sides, byte for byte: {twice:,}"] if twice else []
    else:
        check_disjoint(plan.sides.values())
        check_recordings(plan, equal)
    notes += check_labels(plan, labels, kind)
    notes += shared_sentences(plan)
    return Split(
        name=plan.name,
        sides=plan.sides,
        protocol=protocol(plan, kind, seed),
        speakers_shared=kind == "random",
        notes=tuple(notes),
    )
