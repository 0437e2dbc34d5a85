"""Who trains, who chooses, who is measured: whole speakers, never clips."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from training.corpora import Clip, six_classes
from training.errors import TrainingError

__all__ = ["LABELS", "SIDES", "Side", "Split", "SplitSettings", "check_disjoint", "public_split", "split_clips"]

LABELS = ("angry", "disgust", "fear", "happy", "neutral", "sad")
"""Of the six-class task, in the order of the logits."""

Side = Literal["train", "validation", "test"]

SIDES: tuple[Side, ...] = ("train", "validation", "test")


@dataclass(frozen=True, kw_only=True)
class SplitSettings:
    """How clips are divided; a table `[split]` of a recipe.

    Attributes:
        kind: `speakers` (70/15/15 of each corpus's speakers, drawn with the seed), `public` (the corpora's public
            splits), `stated` (the manifest's own), `folds` (over speakers), `leave-one-speaker-out`,
            `leave-one-corpus-out`, `across` (some corpora train, others are the test), or `random` (over clips, to
            reproduce papers: speakers are shared, and everything says so).
        folds: how many, for `folds`.
        train: corpora that train, for `across`.
        test: corpora that are the test, for `across`.
    """

    kind: str = "speakers"
    folds: int = 5
    train: tuple[str, ...] = ()
    test: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Split:
    """One division of the clips into those that train, choose and are measured.

    Attributes:
        name: of the fold, such as `fold 1 of 5` or `without tess`; empty where there is one split alone.
        sides: the clips of each side.
        protocol: one sentence that stands beside every figure.
        speakers_shared: True if voices of the test are heard in training: then no figure measures new voices.
        notes: what a reader of the figures must know, such as sentences that stand on two sides.
    """

    name: str
    sides: dict[Side, list[Clip]]
    protocol: str
    speakers_shared: bool = False
    notes: tuple[str, ...] = ()


def _cremad() -> dict[str, Side]:
    """The split of TensorFlow Datasets 4: shuffled actors, 63 / 9 / 19.

    https://www.tensorflow.org/datasets/catalog/crema_d
    """
    actors = list(range(1001, 1092))
    np.random.RandomState(0).shuffle(actors)
    sides = [SIDES[0]] * 63 + [SIDES[1]] * 9 + [SIDES[2]] * 19
    return {f"cremad-{actor}": side for actor, side in zip(actors, sides, strict=True)}


def _named(corpus: str, validation: Iterable[str], test: Iterable[str], everyone: Iterable[str]) -> dict[str, Side]:
    sides: dict[str, Side] = {f"{corpus}-{speaker}": "train" for speaker in everyone}
    sides |= {f"{corpus}-{speaker}": "validation" for speaker in validation}
    sides |= {f"{corpus}-{speaker}": "test" for speaker in test}
    return sides


_PUBLIC: dict[str, Side] = (
    _cremad()
    | _named("ravdess", ("17", "18", "19", "20"), ("21", "22", "23", "24"), (f"{n:02d}" for n in range(1, 25)))
    | _named("emodb", ("14", "15"), ("12", "16"), ("03", "08", "09", "10", "11", "12", "13", "14", "15", "16"))
    | _named("tess", (), (), ("OAF", "YAF"))
)


def public_split(clip: Clip) -> Side:
    """Side of a clip in the shipped model's split, by its speaker.

    CREMA-D: the public split of TensorFlow Datasets (63 / 9 / 19 actors). RAVDESS: actors 17-20 choose, 21-24 are
    measured. EMO-DB: speakers 14, 15 choose, 12, 16 are measured. TESS (two speakers) trains only.
    """
    return _PUBLIC[clip.speaker]


def check_disjoint(sides: Iterable[Iterable[Clip]]) -> None:
    """Refuse a split in which a speaker stands on two sides.

    Raises:
        TrainingError: naming the speakers.
    """
    seen: set[str] = set()
    for side in sides:
        speakers = {clip.speaker for clip in side}
        if both := seen & speakers:
            raise TrainingError(f"speakers on two sides of the split: {', '.join(sorted(both))}")
        seen |= speakers


def split_clips(clips: Sequence[Clip]) -> dict[Side, list[Clip]]:
    """The six-class clips of each side of the public split, speakers apart.

    Raises:
        TrainingError: if a side that is needed is empty, or a speaker stands on two.
    """
    sides: dict[Side, list[Clip]] = {side: [] for side in SIDES}
    for clip in clips:
        if six_classes(clip.label) is not None:
            sides[public_split(clip)].append(clip)
    check_disjoint(sides.values())
    for side in ("train", "validation"):
        missing = set(LABELS) - {six_classes(clip.label) for clip in sides[side]}
        if missing:
            raise TrainingError(f"no {side} clip is labelled {', '.join(sorted(missing))}: more corpora are needed")
    return sides
