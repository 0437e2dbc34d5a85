"""The attention CRNN of the Toronto report: two convolution blocks, two BiLSTM layers, attention, dense.

Kanoun, He, Dey, Fan, "Speech Emotion Recognition using CRNN", University of Toronto, section 6.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from ser_train.networks.dropout import ByteDropout
from ser_train.settings import at_least, shares

__all__ = ["AttentionCRNN", "CRNNSettings"]

_POOL = 4
"""Frames of one step after the two pools."""


@dataclass(frozen=True, kw_only=True)
class CRNNSettings:
    """Sizes; the defaults are the report's.

    Attributes:
        channels: filters of the two 3x3 convolutions.
        lstm: units a direction of the two BiLSTM layers.
        dense: units of the dense layer.
        dropout: after each convolution block, between the recurrent layers and after the dense layer.
    """

    channels: tuple[int, int] = (32, 64)
    lstm: tuple[int, int] = (128, 64)
    dense: int = 64
    dropout: float = 0.3

    def __post_init__(self) -> None:
        at_least(self, 1, "channels", "lstm", "dense")
        shares(self, "dropout")


class AttentionCRNN(nn.Module):
    """Logits and attention weights from normalised log-mel windows.

    Steps that hold padding alone (zeros, see `ser_live.features.front_end.FrontEnd`) get no attention.

    Args:
        labels: how many.
        n_mels: bands; a multiple of 4.
        settings: sizes.

    Shape:
        `(batch, frames, n_mels)` to logits `(batch, labels)` and weights `(batch, frames // 4)` that sum to 1.
    """

    def __init__(self, *, labels: int, n_mels: int = 64, settings: CRNNSettings | None = None) -> None:
        super().__init__()
        sizes = settings or CRNNSettings()
        first, second = sizes.channels
        self.blocks = nn.Sequential(
            *_block(1, first, sizes),
            *_block(first, second, sizes),
        )
        self.lstm1 = nn.LSTM(second * (n_mels // _POOL), sizes.lstm[0], batch_first=True, bidirectional=True)
        self.between = ByteDropout(sizes.dropout)
        self.lstm2 = nn.LSTM(2 * sizes.lstm[0], sizes.lstm[1], batch_first=True, bidirectional=True)
        width = 2 * sizes.lstm[1]
        # A state's weight depends on the state itself and on the sequence as a whole (its mean).
        self.state = nn.Linear(width, width)
        self.sequence = nn.Linear(width, width, bias=False)
        self.score = nn.Linear(width, 1, bias=False)
        self.dense = nn.Linear(width, sizes.dense)
        self.dropout = ByteDropout(sizes.dropout)
        self.output = nn.Linear(sizes.dense, labels)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits and attention weights."""
        speech = features.abs().amax(2)  # 0 where a frame is padding
        steps = speech.shape[1] // _POOL
        mask = functional.max_pool1d(speech[:, None, : steps * _POOL], _POOL)[:, 0] > 0
        maps = self.blocks(features[:, None])  # (batch, channels, steps, n_mels / 4)
        states = self.lstm1(maps.permute(0, 2, 1, 3).flatten(2))[0]
        states = self.lstm2(self.between(states))[0].float()
        share = mask.float() / mask.sum(1, keepdim=True).clamp(min=1)
        mean = (states * share[:, :, None]).sum(1, keepdim=True)
        scores = self.score(torch.tanh(self.state(states) + self.sequence(mean)))[:, :, 0].float()
        weights = torch.softmax(scores.masked_fill(~mask, -1e4), 1)
        context = (states * weights[:, :, None]).sum(1)
        return self.output(self.dropout(functional.relu(self.dense(context)))).float(), weights


def _block(channels_in: int, channels_out: int, sizes: CRNNSettings) -> list[nn.Module]:
    return [
        nn.Conv2d(channels_in, channels_out, 3, padding=1),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(),
        nn.MaxPool2d(2),
        ByteDropout(sizes.dropout),
    ]
