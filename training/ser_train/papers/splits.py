"""Who trains, who chooses the epoch and who is measured, as examples: a clip or one of its augmented copies.

The random kinds reproduce papers, and share speakers. In all others no speaker stands on two sides, and only training
clips have augmented copies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ser_train.corpora import Clip
from ser_train.corpora.labels import LabelMap
from ser_train.errors import TrainingError
from ser_train.papers.arrays import Examples
from ser_train.papers.protocols import Protocol
from ser_train.splits import SHARED, SplitSettings, make_splits
from ser_train.splits.public import PUBLIC

__all__ = ["RANDOM", "Fold", "make_folds"]

RANDOM = ("rows", "clips")
"""Kinds of protocols whose test speakers are heard in training."""


@dataclass(frozen=True, kw_only=True)
class Fold:
    """One division into training, validation and test.

    Attributes:
        name: of the fold; empty where there is only one.
        train: examples that train.
        validation: examples that choose the epoch; there may be none.
        test: examples that are measured.
        notes: what a reader of the scores must know.
    """

    name: str = ""
    train: Examples
    validation: Examples
    test: Examples
    notes: tuple[str, ...] = ()


def make_folds(clips: Sequence[Clip], labels: LabelMap, copies: int, protocol: Protocol, seed: int) -> list[Fold]:
    """Divide the clips.

    Args:
        clips: each with a word that the labels take.
        labels: of the task.
        copies: how many augmented copies each clip has.
        protocol: how they are divided.
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


def _random_examples(clips: Sequence[Clip], labels: LabelMap, copies: int, protocol: Protocol, seed: int) -> list[Fold]:
    """Drawn at random over clips and copies alike: most test examples have another copy of their clip in training."""
    train, validation, test = _drawn(_all(range(len(clips)), copies), protocol, seed)
    return [Fold(train=train, validation=validation, test=test, notes=(SHARED,))]


def _random_clips(clips: Sequence[Clip], labels: LabelMap, copies: int, protocol: Protocol, seed: int) -> list[Fold]:
    """Drawn at random over the clips of each corpus and label; only training clips have copies."""
    generator = np.random.default_rng(seed)
    sides: list[list[int]] = [[], [], []]
    for group in sorted({(clip.corpus, str(labels.of(clip.label))) for clip in clips}):
        order = generator.permutation(
            [i for i, clip in enumerate(clips) if (clip.corpus, labels.of(clip.label)) == group]
        )
        test, rest = round(protocol.test * len(order)), round((protocol.test + protocol.validation) * len(order))
        for side, part in zip(sides, (order[rest:], order[test:rest], order[:test]), strict=True):
            side += part.tolist()
    return [_fold(sides, copies, protocol, notes=(SHARED,))]


def _across_examples(clips: Sequence[Clip], labels: LabelMap, copies: int, protocol: Protocol, seed: int) -> list[Fold]:
    """Examples of some corpora train and validate, whoever speaks; other corpora are the test."""
    inside = _all((i for i, clip in enumerate(clips) if clip.corpus in protocol.train), copies)
    train, validation, left = _drawn(inside, protocol, seed)
    test = _all((i for i, clip in enumerate(clips) if clip.corpus in protocol.to), copies * protocol.test_copies)
    left_out = f"{len(left):,} rows of the training corpora are left out, as the paper left its test out"
    return [Fold(train=train, validation=validation, test=test, notes=(left_out,) if len(left) else ())]


def _each_speaker(clips: Sequence[Clip], labels: LabelMap, copies: int, protocol: Protocol, seed: int) -> list[Fold]:
    """Each of two speakers trains once, a tenth of the sentences validates, and the other speaker is the test."""
    speakers = sorted({clip.speaker for clip in clips})
    if len(speakers) != 2:
        raise TrainingError(f"protocol `each-speaker` needs two speakers, not {len(speakers)}")
    generator = np.random.default_rng(seed)
    folds = []
    for speaker, other in (speakers, speakers[::-1]):
        texts = sorted({clip.text for clip in clips if clip.speaker == speaker})
        chosen = set(generator.permutation(texts)[: max(1, len(texts) // 10)].tolist())
        sides: list[list[int]] = [[], [], []]
        for i, clip in enumerate(clips):
            sides[2 if clip.speaker == other else 1 if clip.text in chosen else 0].append(i)
        folds.append(_fold(sides, copies, protocol, name=f"from {speaker} to {other}"))
    return folds


def _public(clips: Sequence[Clip], labels: LabelMap, copies: int, protocol: Protocol, seed: int) -> list[Fold]:
    """Return the public split of each corpus; TESS has two speakers, of whom OAF trains and YAF is measured."""
    known = PUBLIC | {"tess-OAF": "train", "tess-YAF": "test"}
    sides: list[list[int]] = [[], [], []]
    for i, clip in enumerate(clips):
        side = known.get(clip.speaker, "train")
        sides[("train", "validation", "test").index(side)].append(i)
    alone = sorted({clip.corpus for clip in clips if clip.speaker not in known})
    notes = (f"trains only, for it has no public split: {', '.join(alone)}",) if alone else ()
    return [_fold(sides, copies, protocol, notes=notes)]


def _by_speakers(clips: Sequence[Clip], labels: LabelMap, copies: int, protocol: Protocol, seed: int) -> list[Fold]:
    """Folds of the live trainer, which checks that no speaker and no recording stands on two sides."""
    if protocol.kind == "across":
        present = {clip.corpus for clip in clips}  # optional corpora may be absent
        train, test = (tuple(name for name in names if name in present) for names in (protocol.train, protocol.to))
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
    """Examples of the clips of each side: copies train, and are measured if the protocol says so."""
    train, validation, test = sides
    return Fold(
        name=name,
        train=_all(train, copies),
        validation=_all(validation, 0),
        test=_all(test, copies * protocol.test_copies),
        notes=notes,
    )


def _all(clips: Iterable[int], copies: int) -> Examples:
    """Return the clips themselves and so many copies of each."""
    examples = [(clip, copy) for clip in clips for copy in range(copies + 1)]
    return np.array(examples, np.int64).reshape(-1, 2)


def _drawn(examples: Examples, protocol: Protocol, seed: int) -> tuple[Examples, Examples, Examples]:
    """Examples that train, validate and test, drawn at random."""
    order: NDArray[np.int64] = np.random.default_rng(seed).permutation(len(examples))
    test, rest = round(protocol.test * len(order)), round((protocol.test + protocol.validation) * len(order))
    return examples[order[rest:]], examples[order[test:rest]], examples[order[:test]]


_KINDS: dict[str, Callable[[Sequence[Clip], LabelMap, int, Protocol, int], list[Fold]]] = {
    "rows": _random_examples,
    "clips": _random_clips,
    "across": _by_speakers,
    "across-rows": _across_examples,
    "folds": _by_speakers,
    "leave-one-speaker-out": _by_speakers,
    "public": _public,
    "each-speaker": _each_speaker,
}
