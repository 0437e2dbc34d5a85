"""One-dimensional convolutions over frames of hand-made features, then LSTMs.

After figure 8 of "Speech Emotion Recognition using Deep Neural Networks" (paper 004), which gives no sizes: these are
chosen here.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from ser_train.papers.networks.keras_start import keras_start
from ser_train.settings import at_least, shares

__all__ = ["FrameCRNN", "FrameCRNNSettings"]


@dataclass(frozen=True, kw_only=True)
class FrameCRNNSettings:
    """Sizes.

    Attributes:
        channels: filters of each convolution, of 5 frames; each is followed by batch norm, ReLU and a pool of 2.
        lstm: units of each LSTM layer.
        dense: units of the dense layer.
        dropout: after each pool, each LSTM and the dense layer.
    """

    channels: tuple[int, ...] = (64, 128, 128)
    lstm: tuple[int, ...] = (128, 64)
    dense: int = 64
    dropout: float = 0.2

    def __post_init__(self) -> None:
        at_least(self, 1, "channels", "lstm", "dense")
        shares(self, "dropout")


class FrameCRNN(nn.Module):
    """Logits from standardised frames of features, zeros where there is padding.

    Args:
        labels: how many.
        features: values of a frame.
        settings: sizes.

    Shape:
        `(batch, frames, features)` to logits `(batch, labels)` and None.
    """

    def __init__(self, labels: int, features: int, settings: FrameCRNNSettings) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        width = features
        for channels in settings.channels:
            layers += [
                nn.Conv1d(width, channels, 5, padding=2),
                nn.BatchNorm1d(channels),
                nn.ReLU(),
                nn.MaxPool1d(2),
                nn.Dropout(settings.dropout),
            ]
            width = channels
        self.convolutions = nn.Sequential(*layers)
        self.recurrent = nn.ModuleList()
        for units in settings.lstm:
            self.recurrent.append(nn.LSTM(width, units, batch_first=True))
            width = units
        self.dropout = nn.Dropout(settings.dropout)
        self.dense = nn.Linear(width, settings.dense)
        self.output = nn.Linear(settings.dense, labels)
        keras_start(self)

    def forward(self, frames: Tensor) -> tuple[Tensor, None]:
        """Logits and None."""
        states = self.convolutions(frames.transpose(1, 2)).transpose(1, 2)  # (batch, frames / 8, channels)
        for layer in self.recurrent:
            states = self.dropout(layer(states)[0])
        return self.output(self.dropout(self.dense(states[:, -1]).relu())).float(), None
