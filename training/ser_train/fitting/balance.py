"""Weights in the loss, so that the commonest label does not decide alone."""

from __future__ import annotations

from torch import Tensor

__all__ = ["label_weights"]


def label_weights(targets: Tensor) -> Tensor:
    """Return weights `(labels,)` under which all labels have the same share of the targets `(clips, labels)`."""
    counts = targets.sum(0)
    return counts.sum() / (counts * len(counts)).clamp(min=1)
