"""Training targets from listeners' votes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ser_train.corpora import Clip
from ser_train.corpora.labels import LabelMap

__all__ = ["perceived_targets"]


def perceived_targets(clips: Sequence[Clip], task: LabelMap) -> Tensor:
    """Return the shares of the listeners' votes for each label `(clips, labels)`, each row summing to 1.

    Votes for a word that the task leaves out are not counted; a clip without any other vote has its intended label.

    Args:
        clips: whose intended label the task has.
        task: from words to labels.
    """
    targets = torch.zeros(len(clips), len(task.labels))
    for row, clip in zip(targets, clips, strict=True):
        for word, share in clip.perceived:
            if task.of(word) is not None:
                row[task.index(word)] += share
        if not row.sum() > 0:
            row[task.index(clip.label)] = 1
    return targets / targets.sum(1, keepdim=True)
