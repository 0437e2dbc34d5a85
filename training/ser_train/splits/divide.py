"""Divide clips into sides: a plan is drawn, checked and described."""

from __future__ import annotations

from collections import Counter
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
    faults,
    few_clips,
    on_two_sides,
    shared_sentences,
    some,
)
from ser_train.splits.plans import PLANS
from ser_train.splits.protocol import protocol
from ser_train.splits.public import PUBLIC
from ser_train.splits.split import Plan, Split, SplitSettings

__all__ = ["make_splits", "public_serves"]


def public_serves(clips: Sequence[Clip], labels: LabelMap, seed: int) -> bool:
    """Return whether the clips with these labels have a public split with enough to train and to validate."""
    taken = [clip for clip in clips if labels.of(clip.label) is not None]
    if not any(clip.speaker in PUBLIC for clip in taken):
        return False
    (plan,) = PLANS["public"](taken, labels, SplitSettings(kind="public"), seed)
    without_train, _, small = faults(plan.sides, labels)
    return bool(plan.sides["validation"]) and not without_train and not small


def make_splits(clips: Sequence[Clip], labels: LabelMap, settings: SplitSettings, seed: int) -> list[Split]:
    """Divide the clips whose words have a label: one split, or one for each fold.

    No speaker and no recording stands on two sides, except with `random`, whose protocol and notes say so.

    Raises:
        TrainingError: if the clips cannot be divided so, train misses a label, nobody validates, or a speaker or
            recording stands on two sides.
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
    left_out = Counter(clip.label for clip in clips if labels.of(clip.label) is None)
    words = some(f"{word} {count}" for word, count in left_out.items())
    notes = [f"{left_out.total():,} clips are left out: {words}"] if left_out else []
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
    notes += few_clips(plan, labels)
    notes += shared_sentences(plan)
    return Split(
        name=plan.name,
        sides=plan.sides,
        protocol=protocol(plan, kind, seed),
        speakers_shared=kind == "random",
        notes=tuple(notes),
    )
