"""Score against what listeners heard, which is not always what the speaker intended."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ser_train.corpora import Clip
from ser_train.corpora.labels import LabelMap, fitting_map
from ser_train.evaluation.headline import uar_interval
from ser_train.evaluation.inference import ClipPredictions
from ser_train.evaluation.metrics import Floats, uar
from ser_train.evaluation.scores import ListenerScores

__all__ = ["score_against_listeners", "votes"]


def votes(clip: Clip, labels: Sequence[str], words: LabelMap | None = None) -> Floats | None:
    """Return the shares `(labels,)` of the listeners' votes for the model's labels, summing to 1; None without any."""
    words = words or fitting_map(labels)
    shares = np.zeros(len(labels))
    for word, share in clip.perceived:
        label = words.of(word)
        if label is not None:
            shares[labels.index(label)] += share
    return shares / shares.sum() if shares.sum() > 0 else None


def score_against_listeners(
    clips: Sequence[Clip],
    predictions: Sequence[ClipPredictions],
    labels: Sequence[str],
    words: LabelMap | None = None,
) -> ListenerScores | None:
    """Score verdicts against the votes, and the votes themselves against the intended label.

    The true label is the one most voted for; where several are tied, any of them counts as right. `one_listener_uar` is
    what a single listener, drawn anew for each clip, reaches on average against the intended label of these clips: the
    ceiling beside the model's own.

    Returns:
        None where no clip has votes.
    """
    words = words or fitting_map(labels)
    voted = [
        (clip, prediction, shares)
        for clip, prediction in zip(clips, predictions, strict=True)
        if (shares := votes(clip, labels, words)) is not None
    ]
    if not voted:
        return None
    predicted = np.array([prediction.position for _, prediction, _ in voted])
    shares = np.stack([of_clip for _, _, of_clip in voted])
    most = shares >= shares.max(axis=1, keepdims=True) - 1e-6
    rows = np.arange(len(voted))
    right = (predicted >= 0) & most[rows, predicted]
    majority = np.where(right, predicted, shares.argmax(axis=1))
    speakers = [clip.speaker for clip, _, _ in voted]
    intended = np.array([labels.index(words.words[clip.label]) for clip, _, _ in voted])
    crosses, divergences = _entropies([(p.verdict, of_clip) for _, p, of_clip in voted if p.verdict is not None])
    hit = shares[rows, intended]
    by_label = [hit[intended == label].mean() for label in set(intended.tolist())]
    return ListenerScores(
        clips=len(voted),
        speakers=len(set(speakers)),
        ties=int(np.count_nonzero(most.sum(axis=1) > 1)),
        uar=round(uar(majority, predicted, len(labels)), 4),
        uar_interval=uar_interval(majority, predicted, speakers, len(labels)),
        accuracy=round(float(right.mean()), 4),
        cross_entropy=round(float(np.mean(crosses)), 4) if crosses else None,
        kl=round(float(np.mean(divergences)), 4) if divergences else None,
        one_listener_uar=round(float(np.mean(by_label)), 4),
    )


def _entropies(pairs: Sequence[tuple[Floats, Floats]]) -> tuple[list[float], list[float]]:
    """Return cross-entropy and divergence, in nats, of each verdict from the shares of the votes."""
    crosses, divergences = [], []
    for verdict, shares in pairs:
        given = shares > 0
        cross = -float(np.sum(shares[given] * np.log(np.maximum(verdict[given], 1e-7))))
        crosses.append(cross)
        divergences.append(cross + float(np.sum(shares[given] * np.log(shares[given]))))
    return crosses, divergences
