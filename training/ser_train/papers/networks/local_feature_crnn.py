"""Four modified local feature learning blocks and a BiLSTM, over a spectrogram as an image.

Yadav, Bastola, Sharma 2023, "Speech Emotion Recognition using Convolutional Recurrent Neural Network", table 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ser_train.errors import TrainingError
from ser_train.papers.networks.keras_start import keras_start
from ser_train.settings import at_least

__all__ = ["LocalFeatureCRNN", "LocalFeatureSettings"]


@dataclass(frozen=True, kw_only=True)
class LocalFeatureSettings:
    """Sizes; the defaults are table 1's.

    Attributes:
        channels: filters of each block.
        kernels: side of each block's filters; odd.
        pools: side of each block's pool.
        lstm: units a direction.
    """

    channels: tuple[int, ...] = (64, 64, 128, 128)
    kernels: tuple[int, ...] = (9, 7, 5, 3)
    pools: tuple[int, ...] = (2, 4, 4, 4)
    lstm: int = 128

    def __post_init__(self) -> None:
        at_least(self, 1, "channels", "kernels", "pools", "lstm")
        if not len(self.channels) == len(self.kernels) == len(self.pools) > 0:
            raise TrainingError("`channels`, `kernels` and `pools` must have one value for each block")


class LocalFeatureCRNN(nn.Module):
    """Logits from log-mel windows.

    A block is a convolution that keeps the size, batch norm, ReLU and a pool; there is no dropout. Of 259 frames and
    128 bands, two steps and one band are left, which the BiLSTM reads; its two last states go to the dense layer.

    Args:
        labels: how many.
        shape: frames and bands.
        settings: sizes.

    Shape:
        `(batch, frames, n_mels)` to logits `(batch, labels)` and None.
    """

    def __init__(self, labels: int, shape: tuple[int, ...], settings: LocalFeatureSettings) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        width, (frames, bands) = 1, shape
        for channels, kernel, pool in zip(settings.channels, settings.kernels, settings.pools, strict=True):
            layers += [
                nn.Conv2d(width, channels, kernel, padding=kernel // 2),
                nn.BatchNorm2d(channels),
                nn.ReLU(),
                nn.MaxPool2d(pool),
            ]
            width, frames, bands = channels, frames // pool, bands // pool
        if not frames * bands:
            raise TrainingError(f"the pools leave nothing of {shape[0]} frames and {shape[1]} bands")
        self.blocks = nn.Sequential(*layers)
        self.lstm = nn.LSTM(width * bands, settings.lstm, batch_first=True, bidirectional=True)
        self.output = nn.Linear(2 * settings.lstm, labels)
        keras_start(self)
        self.to(memory_format=torch.channels_last)

    def forward(self, features: Tensor) -> tuple[Tensor, None]:
        """Logits and None."""
        maps = self.blocks(features[:, None].contiguous(memory_format=torch.channels_last))
        steps = maps.permute(0, 2, 1, 3).flatten(2)  # (batch, steps, channels x bands)
        last = self.lstm(steps)[1][0]  # (2, batch, units): each direction's state after its last step
        return self.output(torch.cat([last[0], last[1]], 1)).float(), None
