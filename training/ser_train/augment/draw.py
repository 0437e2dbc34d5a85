"""Draw numbers and windows from a given generator."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["chosen", "uniform"]


def uniform(generator: torch.Generator, *shape: int, low: float = 0.0, high: float = 1.0) -> Tensor:
    """Draw numbers between `low` and `high`, of that shape."""
    return low + (high - low) * torch.rand(*shape, generator=generator)


def chosen(batch: int, share: float, generator: torch.Generator) -> Tensor:
    """Draw the indices of a random share of a batch's windows, `(chosen,)`; none for a share of 0."""
    return torch.nonzero(uniform(generator, batch) < share)[:, 0]
