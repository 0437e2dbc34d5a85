"""Draw the side of each speaker: one function for each kind of split."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import floor

from ser_train.corpora import Clip
from ser_train.corpora.labels import LabelMap
from ser_train.errors import TrainingError
from ser_train.settings import near_miss
from ser_train.splits.checks import faults, some
from ser_train.splits.people import SHARE, Family, deal, draw, families, together
from ser_train.splits.public import EMOBOX, PUBLIC
from ser_train.splits.split import SHARED, SIDES, Plan, Side, SplitSettings

__all__ = ["PLANS"]

_DRAWS = 100
"""Draws of the speakers, at most, until one serves."""

_PAIR = "two speakers: one trains, one validates, nobody is the test; --split random trains on both"


def _speakers(clips: Sequence[Clip], labels: LabelMap, settings: SplitSettings, seed: int) -> list[Plan]:
    """Draw 70/15/15 of the speakers of each family, or of all together where no family has three.

    Where a draw leaves a side without a label, others are tried, and the first of the best is taken.
    """
    groups = families(clips)
    if all(len(family.sexes) < 3 for family in groups):
        groups = [together(groups)]
    pair = len(groups) == 1 and len(groups[0].sexes) == 2
    how = "one speaker drawn to validate" if pair else "speakers drawn 70/15/15"
    plans = []
    for n in range(_DRAWS):
        sides, notes = (_draw_validation if pair else _draw_all)(groups, seed + n * 2**32)  # no other run's seed
        plans.append(Plan(how=how, sides=_divide(clips, sides), notes=(_PAIR,) if pair else notes))
        if not any(faults(plans[-1].sides, labels)):
            return plans[-1:]
    return [min(plans, key=lambda plan: faults(plan.sides, labels))]


def _public(clips: Sequence[Clip], labels: LabelMap, settings: SplitSettings, seed: int) -> list[Plan]:
    """Take the public sides; speakers without one are drawn."""
    others = [clip for clip in clips if clip.speaker not in PUBLIC]
    drawn, notes = _draw_all(families(others), seed)
    how = "the corpora's public splits"
    if others:
        how += ", other speakers drawn 70/15/15"
        notes = (f"no public split, so speakers are drawn: {some({clip.corpus for clip in others})}", *notes)
    if any(clip.corpus == "tess" for clip in clips):
        notes = ("tess trains only: it has two speakers", *notes)
    return [Plan(how=how, sides=_divide(clips, PUBLIC | drawn), notes=notes)]


def _stated(clips: Sequence[Clip], labels: LabelMap, settings: SplitSettings, seed: int) -> list[Plan]:
    """Take the sides that came with the clips."""
    if astray := [clip for clip in clips if clip.side not in SIDES]:
        raise TrainingError(
            f"split `stated`: {len(astray):,} of {len(clips):,} clips have no side ({', '.join(SIDES)}): "
            f"{some(clip.name for clip in astray)}; name one in the manifest, or choose another --split"
        )
    sides: dict[Side, list[Clip]] = {side: [clip for clip in clips if clip.side == side] for side in SIDES}
    return [Plan(how="sides as stated with the clips", sides=sides)]


def _folds(clips: Sequence[Clip], labels: LabelMap, settings: SplitSettings, seed: int) -> list[Plan]:
    """Make fold i the test and let the next one validate; RAVDESS alone in six folds is divided as by EmoBox."""
    groups, k = families(clips), settings.folds
    people = [speaker for family in groups for speaker in family.sexes]
    if k > len(people):
        raise TrainingError(f"split `folds`: {k} folds need {k} speakers or more, not {len(people)}: choose fewer")
    if k == 6 and {EMOBOX.get(speaker) for speaker in people} == set(range(6)):
        fold, how = {speaker: EMOBOX[speaker] for speaker in people}, "EmoBox's folds of four actors"
    else:
        fold, how = deal(groups, seed, k), "folds over speakers"
    return [
        Plan(
            name=f"fold {i + 1} of {k}",
            how=f"fold {i + 1} of {k}, {how}",
            sides=_divide(clips, {speaker: _side(of_speaker, i, k) for speaker, of_speaker in fold.items()}),
        )
        for i in range(k)
    ]


def _side(fold: int, i: int, k: int) -> Side:
    """Return the side of a fold's speakers in the split of which fold `i` of `k` is the test."""
    return "test" if fold == i else "validation" if fold == (i + 1) % k else "train"


def _leave_one_speaker_out(clips: Sequence[Clip], labels: LabelMap, settings: SplitSettings, seed: int) -> list[Plan]:
    """Make each speaker the test once; the next one of the corpus validates."""
    groups = families(clips)
    speakers = [speaker for family in groups for speaker in family.sexes]
    plans = []
    for family in groups:
        ring = list(family.sexes) if len(family.sexes) > 1 else speakers
        for speaker in family.sexes:
            following = ring[(ring.index(speaker) + 1) % len(ring)]
            sides: dict[str, Side] = dict.fromkeys(speakers, "train")
            sides |= {speaker: "test", following: "validation"}
            how = f"leave one speaker out, {speaker} is the test and {following} validates"
            plans.append(Plan(name=f"without {speaker}", how=how, sides=_divide(clips, sides)))
    return plans


def _leave_one_corpus_out(clips: Sequence[Clip], labels: LabelMap, settings: SplitSettings, seed: int) -> list[Plan]:
    """Make each corpus, with those that share its people, the test once."""
    groups = families(clips)
    if len(groups) < 2:
        raise TrainingError(
            f"split `leave-one-corpus-out`: there is {groups[0].name} alone: give two corpora of different people"
        )
    plans = []
    for left in groups:
        sides, notes = _draw_validation([family for family in groups if family is not left], seed)
        sides |= dict.fromkeys(left.sexes, "test")
        how = f"leave one corpus out, {left.name} is the test, 15 % of the other speakers validate"
        plans.append(Plan(name=f"without {left.name}", how=how, sides=_divide(clips, sides), notes=notes))
    return plans


def _across(clips: Sequence[Clip], labels: LabelMap, settings: SplitSettings, seed: int) -> list[Plan]:
    """Train on some corpora and test on others."""
    there = sorted({clip.corpus for clip in clips})
    for name in (*settings.train, *settings.test):
        if name not in there:
            raise TrainingError(f"split `across`: no clip is of {name!r}; {near_miss(name, there)}")
    training = [clip for clip in clips if clip.corpus in settings.train]
    drawn, notes = _draw_validation(families(training), seed)
    sides = _divide(training, drawn)
    sides["test"] = [clip for clip in clips if clip.corpus in settings.test]
    unused = [name for name in there if name not in (*settings.train, *settings.test)]
    left_out = (f"neither trains nor is measured: {', '.join(unused)}",) if unused else ()
    how = f"from {', '.join(settings.train)} to {', '.join(settings.test)}, 15 % of the speakers validate"
    return [Plan(how=how, sides=sides, notes=notes + left_out)]


def _random(clips: Sequence[Clip], labels: LabelMap, settings: SplitSettings, seed: int) -> list[Plan]:
    """Draw 70/15/15 of the clips of each label, whoever speaks."""
    generator = random.Random(f"{seed} random")
    sides: dict[Side, list[Clip]] = {side: [] for side in SIDES}
    for label in labels.labels:
        subset = [clip for clip in clips if labels.of(clip.label) == label]
        generator.shuffle(subset)
        each = max(floor(SHARE * len(subset) + 0.5), 1 if len(subset) >= 3 else 0)
        sides["test"] += subset[:each]
        sides["validation"] += subset[each : 2 * each]
        sides["train"] += subset[2 * each :]
    return [Plan(how=f"clips drawn 70/15/15 of each label, {SHARED}", sides=sides)]


def _divide(clips: Sequence[Clip], sides: Mapping[str, Side]) -> dict[Side, list[Clip]]:
    """Divide the clips by the side of their speaker."""
    divided: dict[Side, list[Clip]] = {side: [] for side in SIDES}
    for clip in clips:
        divided[sides[clip.speaker]].append(clip)
    return divided


def _draw_all(groups: Sequence[Family], seed: int) -> tuple[dict[str, Side], tuple[str, ...]]:
    """Draw every speaker's side, 70/15/15 of each family; fewer than three speakers train only, and a note says so."""
    sides: dict[str, Side] = {}
    for family in groups:
        sides |= draw(family, seed, ("validation", "test") if len(family.sexes) >= 3 else ())
    return sides, _train_only(family for family in groups if len(family.sexes) < 3)


def _draw_validation(groups: Sequence[Family], seed: int) -> tuple[dict[str, Side], tuple[str, ...]]:
    """Draw who validates, 15 % of each family of three speakers or more; of two where no family is larger."""
    least = 3 if any(len(family.sexes) >= 3 for family in groups) else 2
    sides: dict[str, Side] = {}
    for family in groups:
        sides |= draw(family, seed, ("validation",) if len(family.sexes) >= least else ())
    return sides, _train_only(family for family in groups if len(family.sexes) < least)


def _train_only(groups: Iterable[Family]) -> tuple[str, ...]:
    return tuple(f"{family.name} trains only: it has fewer than three speakers" for family in groups)


PLANS: dict[str, Callable[[Sequence[Clip], LabelMap, SplitSettings, int], list[Plan]]] = {
    "speakers": _speakers,
    "public": _public,
    "stated": _stated,
    "folds": _folds,
    "leave-one-speaker-out": _leave_one_speaker_out,
    "leave-one-corpus-out": _leave_one_corpus_out,
    "across": _across,
    "random": _random,
}
"""The function of each kind."""
