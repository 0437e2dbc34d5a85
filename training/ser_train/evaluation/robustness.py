"""Score the same clips under a test condition: what is lost against the clean ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ser_train.corpora import Clip
from ser_train.corpora.labels import LabelMap
from ser_train.evaluation.bootstrap import bootstrap_loss
from ser_train.evaluation.clip_scores import true_positions
from ser_train.evaluation.headline import Interval
from ser_train.evaluation.inference import ClipPredictions
from ser_train.evaluation.scores import ClipScores, ConditionScore

__all__ = ["condition_score", "loss_interval"]


def condition_score(
    changed: ClipScores, clean: ClipScores, condition: str, interval: Interval | None = None
) -> ConditionScore:
    """Return the score under a condition, with the points of recall lost against the clean clips.

    Args:
        changed: scores under the condition.
        clean: scores of the same clips as they are.
        condition: its name.
        interval: of the points lost, as `loss_interval` gives it.
    """
    return ConditionScore(
        condition=condition,
        clips=changed.clips,
        speakers=changed.speakers,
        uar=changed.uar,
        uar_interval=changed.uar_interval,
        accuracy=changed.accuracy,
        ece=changed.ece,
        without_prediction=changed.without_prediction,
        loss=round(100 * (clean.uar - changed.uar), 1),
        loss_interval=interval,
    )


def loss_interval(
    clips: Sequence[Clip],
    clean: Sequence[ClipPredictions],
    changed: Sequence[ClipPredictions],
    labels: Sequence[str],
    words: LabelMap,
) -> Interval | None:
    """Return the 95 % interval over speakers of the points of recall lost; None for one speaker."""
    speakers = [clip.speaker for clip in clips]
    if len(set(speakers)) < 2:
        return None
    before, after = (np.array([p.position for p in predictions]) for predictions in (clean, changed))
    low, high = bootstrap_loss(true_positions(clips, labels, words), before, after, speakers, len(labels))
    return round(100 * low, 1), round(100 * high, 1)
