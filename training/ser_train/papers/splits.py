"""Who trains, who chooses and who is measured, in rows: a clip and the copies that belong to it.

The random kinds reproduce papers, and share speakers; in all others nobody stands on two sides and the augmented
copies are those of training clips alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ser_train.corpora import Clip
from ser_train.corpora.labels import LabelMap
from ser_train.errors import TrainingError
from ser_train.papers.arrays import Rows
from ser_train.papers.protocols import Protocol
from ser_train.splits import SHARED, SplitSettings, make_splits
from ser_train.splits.public import PUBLIC

__all__ = ["RANDOM", "Fold", "make_folds"]

RANDOM = ("rows", "clips")
"""Kinds of protocols whose test voices are heard in training."""


@dataclass(frozen=True, kw_only=True)
class Fold:
    """One division.

    Attributes:
        name: of the fold; empty where there is one alone.
        train: rows that train.
        validation: rows that choose; there may be none.
        test: rows that are measured.
        notes: what a reader of the figures must know.
    """

    name: str = ""
    train: Rows
    validation: Rows
    test: Rows
    notes: tuple[str, ...] = ()


def make_folds(clips: Sequence[Clip], labels: LabelMap, copies: int, protocol: Protocol, seed: int) -> list[Fold]:
    """Divide the clips.

    Args:
        clips: each with a word that the labels take.
        labels: of the task.
        copies: augmented ones of each clip.
        protocol: how.
        seed: of what is drawn.

    Raises:
        TrainingError: if the clips cannot be divided so.
    """
    folds = _KINDS[protocol.kind](clips, labels, copies, protocol, seed)
    if protocol.back:
        other = Protocol(kind=protocol.kind, text=protocol.text, train=protocol.to, to=protocol.train)
        folds += _KINDS[protocol.kind](clips, labels, copies, other, seed)
    for fold in folds:
        if not len(fold.train) or not len(fold.test):
            raise TrainingError(f"protocol `{protocol.kind}`: nobody trains or nobody is measured: add recordings")
    return folds


def _rows(clips: Sequence[Clip], labels: LabelMap, copies: int, protocol: Protocol, seed: int) -> list[Fold]:
    """Clips and copies alike drawn at random: what is measured has a sister in training."""
    train, validation, test = _drawn(_all(range(len(clips)), copies), protocol, seed)
    return [Fold(train=train, validation=validation, test=test, notes=(SHARED,))]


def _clips(clips: Sequence[Clip], labels: LabelMap, copies: int, protocol: Protocol, seed: int) -> list[Fold]:
    """Clips drawn at random, of each corpus and label alike; copies of training clips alone."""
    generator = np.random.default_rng(seed)
    sides: list[list[int]] = [[], [], []]
    for group in sorted({(clip.corpus, str(labels.of(clip.label))) for clip in clips}):
        own = generator.permutation(
            [i for i, clip in enumerate(clips) if (clip.corpus, labels.of(clip.label)) == group]
        )
        test, rest = round(protocol.test * len(own)), round((protocol.test + protocol.validation) * len(own))
        for side, part in zip(sides, (own[rest:], own[test:rest], own[:test]), strict=True):
            side += part.tolist()
    return [_fold(sides, copies, protocol, notes=(SHARED,))]


def _across_rows(clips: Sequence[Clip], labels: LabelMap, copies: int, protocol: Protocol, seed: int) -> list[Fold]:
    """Rows of some corpora train and validate, whoever speaks; other corpora are the test."""
    own = _all((i for i, clip in enumerate(clips) if clip.corpus in protocol.train), copies)
    train, validation, left = _drawn(own, protocol, seed)
    test = _all((i for i, clip in enumerate(clips) if clip.corpus in protocol.to), copies * protocol.test_copies)
    left_out = f"{len(left):,} rows of the training corpora are left out, as the paper left its test out"
    return [Fold(train=train, validation=validation, test=test, notes=(left_out,) if len(left) else ())]


def _each_speaker(clips: Sequence[Clip], labels: LabelMap, copies: int, protocol: Protocol, seed: int) -> list[Fold]:
    """Each of two speakers trains once; a tenth of what they say validates, the other one is the test."""
    speakers = sorted({clip.speaker for clip in clips})
    if len(speakers) != 2:
        raise TrainingError(f"protocol `each-speaker` needs two speakers, not {len(speakers)}")
    generator = np.random.default_rng(seed)
    folds = []
    for one, other in (speakers, speakers[::-1]):
        said = sorted({clip.text for clip in clips if clip.speaker == one})
        chosen = set(generator.permutation(said)[: max(1, len(said) // 10)].tolist())
        sides: list[list[int]] = [[], [], []]
        for i, clip in enumerate(clips):
            sides[2 if clip.speaker == other else 1 if clip.text in chosen else 0].append(i)
        folds.append(_fold(sides, copies, protocol, name=f"from {one} to {other}"))
    return folds


def _public(clips: Sequence[Clip], labels: LabelMap, copies: int, protocol: Protocol, seed: int) -> list[Fold]:
    """The corpora's public sides; TESS has two speakers, of whom OAF trains and YAF is measured."""
    known = PUBLIC | {"tess-OAF": "train", "tess-YAF": "test"}
    sides: list[list[int]] = [[], [], []]
    for i, clip in enumerate(clips):
        side = known.get(clip.speaker, "train")
        sides[("train", "validation", "test").index(side)].append(i)
    alone = sorted({clip.corpus for clip in clips if clip.speaker not in known})
    notes = (f"trains only, for it has no public split: {', '.join(alone)}",) if alone else ()
    return [_fold(sides, copies, protocol, notes=notes)]


def _by_speakers(clips: Sequence[Clip], labels: LabelMap, copies: int, protocol: Protocol, seed: int) -> list[Fold]:
    """Folds of the live trainer, which checks that nobody and no recording stands on two sides."""
    if protocol.kind == "across":
        there = {clip.corpus for clip in clips}  # optional corpora may be absent
        train, test = (tuple(name for name in names if name in there) for names in (protocol.train, protocol.to))
        settings = SplitSettings(kind="across", train=train, test=test)
    else:
        settings = SplitSettings(kind=protocol.kind, folds=6)
    places = {id(clip): i for i, clip in enumerate(clips)}
    folds = []
    for split in make_splits(clips, labels, settings, seed):
        sides = [[places[id(clip)] for clip in split.sides[side]] for side in ("train", "validation", "test")]
        name = f"from {', '.join(protocol.train)} to {', '.join(protocol.to)}" if protocol.train else split.name
        folds.append(_fold(sides, copies, protocol, name=name, notes=split.notes))
    return folds


def _fold(
    sides: Sequence[Sequence[int]], copies: int, protocol: Protocol, *, name: str = "", notes: tuple[str, ...] = ()
) -> Fold:
    """Rows of the clips of each side: copies train, and are measured where the protocol says so."""
    train, validation, test = sides
    return Fold(
        name=name,
        train=_all(train, copies),
        validation=_all(validation, 0),
        test=_all(test, copies * protocol.test_copies),
        notes=notes,
    )


def _all(clips: Iterable[int], copies: int) -> Rows:
    """The clips themselves and so many copies of each."""
    rows = [(clip, copy) for clip in clips for copy in range(copies + 1)]
    return np.array(rows, np.int64).reshape(-1, 2)


def _drawn(rows: Rows, protocol: Protocol, seed: int) -> tuple[Rows, Rows, Rows]:
    """Rows that train, validate and test, drawn at random."""
    order: NDArray[np.int64] = np.random.default_rng(seed).permutation(len(rows))
    test, rest = round(protocol.test * len(rows)), round((protocol.test + protocol.validation) * len(rows))
    return rows[order[rest:]], rows[order[test:rest]], rows[order[:test]]


_KINDS: dict[str, Callable[[Sequence[Clip], LabelMap, int, Protocol, int], list[Fold]]] = {
    "rows": _rows,
    "clips": _clips,
    "across": _by_speakers,
    "across-rows": _across_rows,
    "folds": _by_speakers,
    "leave-one-speaker-out": _by_speakers,
    "public": _public,
    "each-speaker": _each_speaker,
}
