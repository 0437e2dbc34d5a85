"""Standardise features inside the network, by constants of the training examples."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from ser_train.papers.arrays import Arrays, Examples

__all__ = ["Standardised", "moments"]


class Standardised(nn.Module):
    """A network that first brings each feature to mean 0 and deviation 1, by constants of the training examples.

    Args:
        network: takes `(batch, *shape)`.
        mean: of each feature (the last dimension), `(features,)`; empty leaves the arrays as they are.
        deviation: of each feature, `(features,)`.

    Shape:
        `(batch, *shape)`; frames that are all 0 are padding and stay 0.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, network: nn.Module, mean: Tensor, deviation: Tensor) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("mean", mean)
        self.register_buffer("deviation", deviation)

    def forward(self, values: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return logits, and attention weights or None."""
        if len(self.mean):
            scaled = (values - self.mean) / self.deviation
            if values.dim() > 2:
                scaled = scaled * (values.abs().amax(-1, keepdim=True) > 0)
            values = scaled
        outputs: tuple[Tensor, Tensor | None] = self.network(values)
        return outputs


def moments(arrays: Arrays, examples: Examples) -> tuple[Tensor, Tensor]:
    """Return mean and deviation of each feature, `(features,)` each, over examples and frames that are no padding."""
    width = arrays.shape[-1]
    count, sums, squares = 0, np.zeros(width), np.zeros(width)
    for start in range(0, len(examples), 512):
        values = arrays.take(examples[start : start + 512]).reshape(-1, width).astype(np.float64)
        values = values[np.abs(values).max(axis=1) > 0]
        count += len(values)
        sums += values.sum(axis=0)
        squares += np.square(values).sum(axis=0)
    mean = sums / count
    deviation = np.sqrt(np.maximum(squares / count - np.square(mean), 0))
    deviation[deviation == 0] = 1  # as scikit-learn's scaler, which the papers used
    return torch.tensor(mean, dtype=torch.float32), torch.tensor(deviation, dtype=torch.float32)
