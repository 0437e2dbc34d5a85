"""The public splits of the known corpora, by speaker."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ser_train.splits.split import SIDES, Side

__all__ = ["EMOBOX", "PUBLIC"]


def _cremad() -> dict[str, Side]:
    """Return the split of TensorFlow Datasets 4: shuffled actors, 63 / 9 / 19.

    https://www.tensorflow.org/datasets/catalog/crema_d
    """
    actors = list(range(1001, 1092))
    np.random.RandomState(0).shuffle(actors)
    sides = [SIDES[0]] * 63 + [SIDES[1]] * 9 + [SIDES[2]] * 19
    return {f"cremad-{actor}": side for actor, side in zip(actors, sides, strict=True)}


def _named(corpus: str, validation: Iterable[str], test: Iterable[str], speakers: Iterable[str]) -> dict[str, Side]:
    sides: dict[str, Side] = {f"{corpus}-{speaker}": "train" for speaker in speakers}
    sides |= {f"{corpus}-{speaker}": "validation" for speaker in validation}
    sides |= {f"{corpus}-{speaker}": "test" for speaker in test}
    return sides


PUBLIC: dict[str, Side] = (
    _cremad()
    | _named("ravdess", ("17", "18", "19", "20"), ("21", "22", "23", "24"), (f"{n:02d}" for n in range(1, 25)))
    | _named("emodb", ("14", "15"), ("12", "16"), ("03", "08", "09", "10", "11", "12", "13", "14", "15", "16"))
    | _named("tess", (), (), ("OAF", "YAF"))
)
"""Side of each speaker. CREMA-D: TensorFlow Datasets (63 / 9 / 19 actors). RAVDESS: actors 17-20 choose, 21-24 are
measured. EMO-DB: speakers 14, 15 choose, 12, 16 are measured. TESS (two speakers) trains only."""

EMOBOX = {f"ravdess-{actor:02d}": (actor - 1) // 4 for actor in range(1, 25)}
"""Fold, from 0, of each RAVDESS actor: six folds of four actors, two of each sex.

Ma et al. 2024, "EmoBox", https://arxiv.org/abs/2406.07162.
"""
