"""Figures against what listeners heard, which is not always what the speaker intended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ser_train.corpora import Clip
from ser_train.corpora.labels import LabelMap, fitting_map
from ser_train.evaluation.bootstrap import bootstrap_uar
from ser_train.evaluation.inference import Heard
from ser_train.evaluation.metrics import Floats, uar

__all__ = ["against_listeners", "votes"]


def votes(clip: Clip, labels: Sequence[str], words: LabelMap | None = None) -> Floats | None:
    """Shares `(labels,)` of the listeners' votes that went to the model's labels, summing to 1; None without any."""
    words = words or fitting_map(labels)
    shares = np.zeros(len(labels))
    for word, share in clip.perceived:
        label = words.of(word)
        if label is not None:
            shares[labels.index(label)] += share
    return shares / shares.sum() if shares.sum() > 0 else None


def against_listeners(
    clips: Sequence[Clip], heard: Sequence[Heard], labels: Sequence[str], words: LabelMap | None = None
) -> dict[str, Any] | None:
    """Figures by clip against the votes, and what the votes themselves reach against the intended label.

    The label is the one most voted for; where several are tied, any of them counts as right. `cross_entropy` (nats) is
    that of the verdict against the shares of the votes, `kl` the same less the votes' own entropy, both over the clips
    with a verdict. `one_listener_uar` is what a single listener, drawn anew for each clip, reaches on average against
    the intended label of these very clips: the ceiling beside the model's own figure.

    Returns:
        None where no clip has votes.
    """
    words = words or fitting_map(labels)
    asked = [
        (clip, one, shares)
        for clip, one in zip(clips, heard, strict=True)
        if (shares := votes(clip, labels, words)) is not None
    ]
    if not asked:
        return None
    said = np.array([-1 if one.verdict is None else int(one.verdict.argmax()) for _, one, _ in asked])
    shares = np.stack([own for _, _, own in asked])
    most = shares >= shares.max(axis=1, keepdims=True) - 1e-6
    rows = np.arange(len(said))
    right = (said >= 0) & most[rows, said]
    majority = np.where(right, said, shares.argmax(axis=1))
    speakers = [clip.speaker for clip, _, _ in asked]
    intended = np.array([labels.index(words.words[clip.label]) for clip, _, _ in asked])
    interval = bootstrap_uar(majority, said, speakers, len(labels)) if len(set(speakers)) > 1 else None
    crosses, divergences = [], []
    for _, one, own in asked:
        if one.verdict is not None:
            given = own > 0
            cross = -float(np.sum(own[given] * np.log(np.maximum(one.verdict[given], 1e-7))))
            crosses.append(cross)
            divergences.append(cross + float(np.sum(own[given] * np.log(own[given]))))
    hit = shares[rows, intended]
    return {
        "clips": len(asked),
        "speakers": len(set(speakers)),
        "ties": int(np.count_nonzero(most.sum(axis=1) > 1)),
        "uar": round(uar(majority, said, len(labels)), 4),
        "uar_interval": None if interval is None else [round(end, 4) for end in interval],
        "accuracy": round(float(right.mean()), 4),
        "cross_entropy": round(float(np.mean(crosses)), 4) if crosses else None,
        "kl": round(float(np.mean(divergences)), 4) if divergences else None,
        "one_listener_uar": round(
            float(np.mean([hit[intended == label].mean() for label in set(intended.tolist())])), 4
        ),
    }
