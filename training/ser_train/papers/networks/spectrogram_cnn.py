"""The Toronto report's baselines, which see a spectrogram as an image: a plain CNN and torchvision's ResNet.

Kanoun, He, Dey, Fan, "Speech Emotion Recognition using CRNN", sections 8.1 and 9.1, which give no sizes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from ser_train.settings import at_least, shares

__all__ = ["ResNet", "ResNetSettings", "SpectrogramCNN", "SpectrogramCNNSettings"]


@dataclass(frozen=True, kw_only=True)
class SpectrogramCNNSettings:
    """Sizes; the defaults are those of the convolutions and the dense layer of the report's CRNN.

    Attributes:
        channels: filters of each 3x3 convolution, followed by batch norm, ReLU, a pool of 2x2 and dropout.
        dense: units of the dense layer.
        dropout: after each convolution block and after the dense layer.
    """

    channels: tuple[int, ...] = (32, 64)
    dense: int = 64
    dropout: float = 0.3

    def __post_init__(self) -> None:
        at_least(self, 1, "channels", "dense")
        shares(self, "dropout")


class SpectrogramCNN(nn.Module):
    """Logits from log-mel windows: the report's CRNN with a dense head in place of recurrence and attention.

    Shape:
        `(batch, frames, n_mels)` to logits `(batch, labels)` and None.
    """

    def __init__(self, labels: int, shape: tuple[int, ...], settings: SpectrogramCNNSettings) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        width, (frames, bands) = 1, shape
        for channels in settings.channels:
            layers += [
                nn.Conv2d(width, channels, 3, padding=1),
                nn.BatchNorm2d(channels),
                nn.ReLU(),
                nn.MaxPool2d(2),
                nn.Dropout(settings.dropout),
            ]
            width, frames, bands = channels, frames // 2, bands // 2
        self.blocks = nn.Sequential(*layers)
        self.dense = nn.Linear(width * frames * bands, settings.dense)
        self.dropout = nn.Dropout(settings.dropout)
        self.output = nn.Linear(settings.dense, labels)
        self.to(memory_format=torch.channels_last)

    def forward(self, features: Tensor) -> tuple[Tensor, None]:
        """Logits and None."""
        maps = self.blocks(features[:, None].contiguous(memory_format=torch.channels_last))
        return self.output(self.dropout(self.dense(maps.flatten(1)).relu())).float(), None


@dataclass(frozen=True, kw_only=True)
class ResNetSettings:
    """Size.

    Attributes:
        depth: layers, 18 or 34.
    """

    depth: Literal[18, 34] = 18


class ResNet(nn.Module):
    """Logits from log-mel windows: torchvision's ResNet from random weights, its first convolution for one channel.

    He et al. 2016, https://arxiv.org/abs/1512.03385.

    Shape:
        `(batch, frames, n_mels)` to logits `(batch, labels)` and None.
    """

    def __init__(self, labels: int, settings: ResNetSettings) -> None:
        super().__init__()
        from torchvision import models  # slow to import, and this network alone needs it

        build = {18: models.resnet18, 34: models.resnet34}[settings.depth]
        self.network = build(weights=None, num_classes=labels)
        self.network.conv1 = nn.Conv2d(1, 64, 7, stride=2, padding=3, bias=False)
        self.to(memory_format=torch.channels_last)

    def forward(self, features: Tensor) -> tuple[Tensor, None]:
        """Logits and None."""
        return self.network(features[:, None].contiguous(memory_format=torch.channels_last)).float(), None
