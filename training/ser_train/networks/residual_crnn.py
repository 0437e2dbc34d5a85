"""The shipped network: the attention CRNN grown leaner; it pools early and spends its work on few, wide maps.

From the report's network (see `crnn`) it keeps the order convolutions, bidirectional recurrence, attention, dense. New
are residual blocks (He et al. 2016, https://arxiv.org/abs/1512.03385), a GRU in place of two LSTMs (Cho et al. 2014,
https://arxiv.org/abs/1406.1078), and attentive statistics: the weighted deviation of the states beside their weighted
mean (Okabe et al. 2018, https://arxiv.org/abs/1803.10963).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["ResidualCRNN", "ResidualSettings"]

_STRIDE = 8
"""Frames of one step of the recurrent layer: halved by the stem and by every block but the first."""


@dataclass(frozen=True, kw_only=True)
class ResidualSettings:
    """Sizes.

    Attributes:
        stem: filters of the first convolution, 5x5.
        channels: filters of the three residual blocks.
        recurrent: units a direction of the GRU.
        dense: units of the dense layer and of the attention's hidden layer.
        dropout: after each block, and before and after the dense layer.
    """

    stem: int = 16
    channels: tuple[int, int, int] = (32, 64, 96)
    recurrent: int = 96
    dense: int = 64
    dropout: float = 0.2


class ResidualCRNN(nn.Module):
    """Logits and attention weights from normalised log-mel windows.

    Steps that hold padding alone (zeros, see `ser_live.features.front_end.FrontEnd`) get no attention.

    Args:
        labels: how many.
        n_mels: bands.
        settings: sizes.

    Shape:
        `(batch, frames, n_mels)` to logits `(batch, labels)` and weights `(batch, ceil(frames / 8))` that sum to 1.
    """

    def __init__(self, *, labels: int, n_mels: int = 64, settings: ResidualSettings | None = None) -> None:
        super().__init__()
        sizes = settings or ResidualSettings()
        first, second, third = sizes.channels
        self.bands = nn.BatchNorm1d(n_mels)
        self.blocks = nn.Sequential(
            nn.Conv2d(1, sizes.stem, 5, stride=2, padding=2, bias=False),
            nn.BatchNorm2d(sizes.stem),
            nn.ReLU(),
            _Block(sizes.stem, first, (2, 1)),
            nn.Dropout(sizes.dropout),
            _Block(first, second, (2, 2)),
            nn.Dropout(sizes.dropout),
            _Block(second, third, (2, 2)),
            nn.Dropout(sizes.dropout),
        )
        self.recurrent = nn.GRU(third * -(-n_mels // 16), sizes.recurrent, batch_first=True, bidirectional=True)
        width = 2 * sizes.recurrent
        self.state = nn.Linear(width, sizes.dense)
        self.score = nn.Linear(sizes.dense, 1, bias=False)
        self.norm = nn.BatchNorm1d(2 * width)
        self.dense = nn.Linear(2 * width, sizes.dense)
        self.dropout = nn.Dropout(sizes.dropout)
        self.output = nn.Linear(sizes.dense, labels)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits and attention weights."""
        loudest = features.abs().amax(2)  # 0 where a frame is padding
        mask = functional.max_pool1d(loudest[:, None], _STRIDE, ceil_mode=True)[:, 0] > 0
        scaled = self.bands(features.transpose(1, 2)) * (loudest > 0)[:, None]
        maps = self.blocks(scaled[:, None])  # (batch, channels, n_mels / 16, steps)
        states = self.recurrent(maps.flatten(1, 2).transpose(1, 2))[0].float()
        scores = self.score(torch.tanh(self.state(states)))[:, :, 0].float()
        weights = torch.softmax(scores.masked_fill(~mask, -1e4), 1)
        mean = (states * weights[:, :, None]).sum(1)
        variance = ((states - mean[:, None]).square() * weights[:, :, None]).sum(1)
        summary = self.norm(torch.cat([mean, (variance + 1e-4).sqrt()], 1))
        hidden = functional.relu(self.dense(self.dropout(summary)))
        return self.output(self.dropout(hidden)).float(), weights


class _Block(nn.Module):
    """Two 3x3 convolutions, the first with a stride, around which the input is carried by a 1x1 convolution."""

    def __init__(self, channels_in: int, channels: int, stride: tuple[int, int]) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels_in, channels, 3, stride=stride, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(channels)
        self.carry = nn.Conv2d(channels_in, channels, 1, bias=False)
        self.stride = stride
        self.carry_norm = nn.BatchNorm2d(channels)

    def forward(self, maps: Tensor) -> Tensor:
        inner = functional.relu(self.first_norm(self.first(maps)))
        # Sliced, not strided: the gradient of torch's strided 1x1 convolution corrupts memory (seen in 2.11.0 and
        # 2.14.1: float32, channels last, four input channels or fewer).
        carried = self.carry_norm(self.carry(maps[:, :, :: self.stride[0], :: self.stride[1]]))
        return functional.relu(carried + self.second_norm(self.second(inner)))
