"""Dropout for the CPU: torch's own draws a double for each value, and took a sixth of a training step."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["ByteDropout"]


class ByteDropout(nn.Module):
    """Dropout that draws a byte for each value (Srivastava et al. 2014, jmlr.org/papers/v15/srivastava14a.html).

    Args:
        share: of values that become 0 in training, 0 to 1; taken to the next 1/256, and the others are scaled by it.

    Shape:
        any dense tensor, in any memory format, to the same.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.dropped = min(255, round(256 * share))  # bytes below it drop their value

    def forward(self, values: Tensor) -> Tensor:
        """Drop and scale values in training; return them unchanged otherwise."""
        if not self.training or not self.dropped:
            return values
        words = torch.randint(-(2**63), 2**63 - 1, (-(-values.numel() // 8),), device=values.device)
        kept = torch.as_strided(words.view(torch.uint8), values.shape, values.stride()) >= self.dropped
        return values * (kept * (256 / (256 - self.dropped))).to(values.dtype)
