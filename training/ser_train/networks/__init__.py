"""The networks that a recipe can name; a further one is a line of `ARCHITECTURES`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import nn

from ser_train.errors import TrainingError
from ser_train.networks.attention_encoder import AttentionEncoder, EncoderSettings
from ser_train.networks.crnn import AttentionCRNN, CRNNSettings
from ser_train.networks.residual_crnn import ResidualCRNN, ResidualSettings

__all__ = ["ARCHITECTURES", "Architecture", "build_model"]


@dataclass(frozen=True)
class Architecture:
    """A kind of network.

    Attributes:
        settings: dataclass of its sizes, each with a default; the recipe's table `[model]` fills it.
        build: from the number of labels, the number of bands and the settings to a network that takes normalised
            log-mel windows `(batch, frames, n_mels)`, zeros where there is padding, and gives logits `(batch, labels)`
            and attention weights `(batch, steps)`, or None in their place.
    """

    settings: type[Any]
    build: Callable[[int, int, Any], nn.Module]


ARCHITECTURES: dict[str, Architecture] = {
    "attention-encoder": Architecture(
        EncoderSettings,
        lambda labels, n_mels, settings: AttentionEncoder(labels=labels, n_mels=n_mels, settings=settings),
    ),
    "attention-crnn": Architecture(
        CRNNSettings, lambda labels, n_mels, settings: AttentionCRNN(labels=labels, n_mels=n_mels, settings=settings)
    ),
    "residual-crnn": Architecture(
        ResidualSettings, lambda labels, n_mels, settings: ResidualCRNN(labels=labels, n_mels=n_mels, settings=settings)
    ),
}


def build_model(name: str, *, labels: int, n_mels: int, settings: Any) -> nn.Module:
    """Return a network with fresh weights, drawn from torch's global generator.

    Raises:
        TrainingError: if the settings make no network.
    """
    try:
        return ARCHITECTURES[name].build(labels, n_mels, settings)
    except (RuntimeError, ValueError) as error:
        raise TrainingError(f"no {name} can be built from [model] ({error}): change its sizes") from None
