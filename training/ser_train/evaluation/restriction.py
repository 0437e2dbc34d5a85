"""Figures of fewer labels than a model has: its probabilities restricted to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ser_train.corpora.labels import LabelMap
from ser_train.errors import TrainingError
from ser_train.evaluation.inference import Heard
from ser_train.settings import near_miss

__all__ = ["chosen_labels", "restrict_heard", "restrict_words", "restriction"]


def chosen_labels(asked: Sequence[str], labels: Sequence[str]) -> tuple[str, ...]:
    """The labels that are asked for, in the model's order; all of them where none is.

    Raises:
        TrainingError: for a label that the model does not have, one that is given twice, or a single one.
    """
    for label in asked:
        if label not in labels:
            raise TrainingError(f"{label!r} is none of the labels to measure; {near_miss(label, labels)}")
    if len(set(asked)) < len(asked) or len(asked) == 1:
        raise TrainingError(f"labels to measure must be two or more, each once, not {', '.join(asked)}")
    return tuple(label for label in labels if label in asked) if asked else tuple(labels)


def restrict_heard(heard: Sequence[Heard], labels: Sequence[str], kept: Sequence[str]) -> list[Heard]:
    """Each window's probabilities of the kept labels alone, scaled to sum to 1; the verdicts are averaged anew.

    A window that gives all of the kept labels nothing gives each of them the same. The smoothed probabilities, of
    which only the largest are known, are left out.
    """
    if tuple(kept) == tuple(labels):
        return list(heard)
    columns = [list(labels).index(label) for label in kept]
    restricted = []
    for one in heard:
        rows = one.probabilities[:, columns]
        sums = rows.sum(axis=1, keepdims=True)
        rows = np.divide(rows, sums, out=np.full_like(rows, 1 / len(kept)), where=sums > 0)
        verdict = None if one.verdict is None else one.speech @ rows / one.speech.sum()
        restricted.append(replace(one, verdict=verdict, probabilities=rows, smoothed=[]))
    return restricted


def restrict_words(words: LabelMap, kept: Sequence[str]) -> LabelMap:
    """The words whose labels are kept."""
    return LabelMap(name=words.name, words={word: label for word, label in words.words.items() if label in kept})


def restriction(labels: Sequence[str], kept: Sequence[str]) -> str:
    """What a protocol says of it, after what it says of the rest; empty where every label is kept.

    >>> restriction(("angry", "sad"), ("angry", "sad"))
    ''
    """
    if len(kept) == len(labels):
        return ""
    how = "in each window the others dropped, the rest scaled to sum to 1"
    return f"; probabilities of {len(labels)} labels restricted to {', '.join(kept)} ({how})"
