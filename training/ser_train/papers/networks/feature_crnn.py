"""One-dimensional CNNs and CRNNs over a vector of averaged features, of which each value is a step.

Davies, Chen, "Speech Audio Emotion Recognition", 2024, "Modeling" and appendix 11.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn

from ser_train.errors import TrainingError
from ser_train.papers.networks.keras_start import keras_start
from ser_train.settings import at_least, shares

__all__ = ["FeatureCRNN", "FeatureCRNNSettings"]

_ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "elu": nn.ELU, "tanh": nn.Tanh}


@dataclass(frozen=True, kw_only=True)
class FeatureCRNNSettings:
    """Sizes.

    Attributes:
        channels: filters of each convolution.
        kernels: length of each convolution's filters; odd.
        activations: after each convolution.
        pool: steps that each pool takes together; 0 has no pools.
        stride: steps from pool to pool.
        recurrent: `lstm` or `gru` layers behind the convolutions, or `none`: the maps are flattened then.
        layers: how many recurrent layers.
        units: of each recurrent layer.
        dense: units of a dense layer behind the flattened maps; 0 has none.
        dropout: after each recurrent layer, or of the flattened maps.
        dense_dropout: after the dense layer.
    """

    channels: tuple[int, ...]
    kernels: tuple[int, ...]
    activations: tuple[Literal["relu", "elu", "tanh"], ...]
    pool: int = 2
    stride: int = 2
    recurrent: Literal["none", "lstm", "gru"] = "none"
    layers: int = 4
    units: int = 64
    dense: int = 0
    dropout: float = 0.2
    dense_dropout: float = 0.0

    def __post_init__(self) -> None:
        at_least(self, 1, "channels", "kernels", "stride", "layers", "units")
        at_least(self, 0, "pool", "dense")
        shares(self, "dropout", "dense_dropout")
        if not len(self.channels) == len(self.kernels) == len(self.activations) > 0:
            raise TrainingError("`channels`, `kernels` and `activations` must have one value for each convolution")


class FeatureCRNN(nn.Module):
    """Logits from standardised vectors of features.

    Args:
        labels: how many.
        length: of a vector.
        settings: sizes.

    Shape:
        `(batch, length)` to logits `(batch, labels)` and None.
    """

    def __init__(self, labels: int, length: int, settings: FeatureCRNNSettings) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        width = 1
        for channels, kernel, activation in zip(settings.channels, settings.kernels, settings.activations, strict=True):
            layers += [nn.Conv1d(width, channels, kernel, padding=kernel // 2), _ACTIVATIONS[activation]()]
            if settings.pool:
                # pools that overlap reach over both ends, those that do not drop what is left over
                around = settings.pool // 2 if settings.pool > settings.stride else 0
                layers.append(nn.MaxPool1d(settings.pool, settings.stride, padding=around))
                length = (length + 2 * around - settings.pool) // settings.stride + 1
            width = channels
        self.convolutions = nn.Sequential(*layers)
        recurrent = {"lstm": nn.LSTM, "gru": nn.GRU, "none": None}[settings.recurrent]
        self.recurrent = nn.ModuleList()
        if recurrent is not None:
            for _ in range(settings.layers):
                self.recurrent.append(recurrent(width, settings.units, batch_first=True))
                width = settings.units
        else:
            width *= length
        self.dropout = nn.Dropout(settings.dropout)
        hidden: list[nn.Module] = []
        if settings.dense:
            hidden = [nn.Linear(width, settings.dense), nn.ReLU(), nn.Dropout(settings.dense_dropout)]
            width = settings.dense
        self.hidden = nn.Sequential(*hidden)
        self.output = nn.Linear(width, labels)
        keras_start(self)

    def forward(self, features: Tensor) -> tuple[Tensor, None]:
        """Logits and None."""
        maps = self.convolutions(features[:, None])  # (batch, channels, steps)
        if not self.recurrent:
            return self.output(self.hidden(self.dropout(maps.transpose(1, 2).flatten(1)))).float(), None
        states = maps.transpose(1, 2)
        for layer in self.recurrent:
            states = self.dropout(layer(states)[0])
        return self.output(self.hidden(states[:, -1])).float(), None
