"""Weights in the loss, so that neither the commonest label nor the largest corpus decides alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

__all__ = ["corpus_weights", "label_weights"]


def corpus_weights(corpora: Sequence[str], balance: Literal["off", "root", "equal"]) -> Tensor | None:
    """Weight of each clip `(clips,)`, 1 on average; None for `off`.

    Args:
        corpora: the corpus of each clip.
        balance: with `equal` the weights of every corpus have the same sum, with `root` one that goes with the square
            root of its size.
    """
    if balance == "off":
        return None
    power = -1.0 if balance == "equal" else -0.5
    counts = Counter(corpora)
    weights = torch.tensor([counts[corpus] ** power for corpus in corpora])
    return weights / weights.mean()


def label_weights(targets: Tensor, clip_weights: Tensor | None) -> Tensor:
    """Weights `(labels,)` under which all labels have the same share of the clips' targets `(clips, labels)`."""
    if clip_weights is not None:
        targets = targets * clip_weights[:, None]
    counts = targets.sum(0)
    return counts.sum() / (counts * len(counts)).clamp(min=1)
