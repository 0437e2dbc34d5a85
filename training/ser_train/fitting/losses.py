"""What the weights are fitted to."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

__all__ = ["soft_cross_entropy"]


def soft_cross_entropy(logits: Tensor, targets: Tensor, label_weights: Tensor, smoothing: float) -> Tensor:
    """Return the cross-entropy with target distributions, each label weighted, averaged over the weights.

    Shape:
        logits and targets `(batch, labels)`, each row of the targets summing to 1; label_weights `(labels,)`; to `()`.
    """
    smooth = targets * (1 - smoothing) + smoothing / targets.shape[1]
    each = -(smooth * functional.log_softmax(logits, 1)).sum(1)
    weight = (targets * label_weights).sum(1)
    return (each * weight).sum() / weight.sum()
