"""Draw people for the sides of a split, both sexes in their corpus's proportion."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor

from ser_train.corpora import Clip
from ser_train.splits.split import Side

__all__ = ["SHARE", "Family", "deal", "draw", "families", "together"]

SHARE = 0.15
"""Of the speakers (or clips) that validate, and of those that are the test."""


@dataclass(frozen=True, kw_only=True)
class Family:
    """Corpora that have people in common, as RAVDESS's speech and song; mostly one corpus alone.

    Attributes:
        name: the corpora's names.
        sexes: sex of each speaker (empty where it is not known), in the order of their names.
    """

    name: str
    sexes: Mapping[str, str]


def families(clips: Sequence[Clip]) -> list[Family]:
    """Group the corpora of the clips by shared people, sorted; most families are one corpus."""
    corpora_of: dict[str, set[str]] = {}
    sexes: dict[str, str] = {}
    for clip in clips:
        corpora_of.setdefault(clip.speaker, set()).add(clip.corpus)
        sexes[clip.speaker] = sexes.get(clip.speaker) or clip.sex or ""
    groups: list[set[str]] = []
    for corpora in corpora_of.values():
        joined = corpora.union(*(group for group in groups if group & corpora))
        groups = [group for group in groups if not group & corpora] + [joined]
    return [
        Family(
            name=" + ".join(sorted(group)),
            sexes={speaker: sexes[speaker] for speaker in sorted(corpora_of) if corpora_of[speaker] <= group},
        )
        for group in sorted(groups, key=sorted)
    ]


def together(groups: Sequence[Family]) -> Family:
    """Join families into one, to draw from all of their people at once."""
    sexes = {speaker: sex for family in groups for speaker, sex in family.sexes.items()}
    return Family(name=" + ".join(family.name for family in groups), sexes=dict(sorted(sexes.items())))


def draw(family: Family, seed: int, sides: Sequence[Side]) -> dict[str, Side]:
    """Draw the side of each speaker of a family: 15 % for each of `sides`, one person at least; all others train.

    A family's draw does not depend on which other families are there.
    """
    order = _mixed(family, seed)
    each = max(1, floor(SHARE * len(order) + 0.5))
    drawn: dict[str, Side] = dict.fromkeys(order, "train")
    for n, side in enumerate(sides):
        drawn |= dict.fromkeys(order[n * each : (n + 1) * each], side)
    return drawn


def deal(groups: Sequence[Family], seed: int, hands: int) -> dict[str, int]:
    """Draw the fold of each speaker, from 0: folds differ by one person at most, also within each corpus and sex."""
    order = [speaker for family in groups for stratum in _strata(family, seed) for speaker in stratum]
    return {speaker: n % hands for n, speaker in enumerate(order)}


def _strata(family: Family, seed: int) -> list[list[str]]:
    """Shuffle the speakers of each sex; which sex comes first is drawn too."""
    # the standard library's generator takes a text as its seed
    generator = random.Random(f"{seed} {family.name}")
    strata = [
        [speaker for speaker, theirs in family.sexes.items() if theirs == sex]
        for sex in sorted(set(family.sexes.values()))
    ]
    generator.shuffle(strata)
    for stratum in strata:
        generator.shuffle(stratum)
    return strata


def _mixed(family: Family, seed: int) -> list[str]:
    """Order the speakers so that every part of the list holds the sexes in about the family's proportion."""
    places = [
        ((n + 0.5) / len(stratum), speaker) for stratum in _strata(family, seed) for n, speaker in enumerate(stratum)
    ]
    return [speaker for _, speaker in sorted(places, key=lambda place: place[0])]
