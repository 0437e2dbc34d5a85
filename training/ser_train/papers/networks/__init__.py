"""The networks that a system can name; a further one is a line of `NETWORKS`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import nn

from ser_train.networks import ARCHITECTURES
from ser_train.papers.networks.feature_crnn import FeatureCRNN, FeatureCRNNSettings
from ser_train.papers.networks.frame_crnn import FrameCRNN, FrameCRNNSettings
from ser_train.papers.networks.local_feature_crnn import LocalFeatureCRNN, LocalFeatureSettings
from ser_train.papers.networks.spectrogram_cnn import ResNet, ResNetSettings, SpectrogramCNN, SpectrogramCNNSettings

__all__ = ["NETWORKS", "Network"]


@dataclass(frozen=True)
class Network:
    """A kind of network.

    Attributes:
        settings: dataclass of its sizes; the table `[model]` of a recipe fills it.
        build: from how many labels, the shape of one array and the settings to a network that takes `(batch, *shape)`
            and gives logits `(batch, labels)` and attention weights `(batch, steps)`, or None in their place.
    """

    settings: type[Any]
    build: Callable[[int, tuple[int, ...], Any], nn.Module]


def _live(name: str) -> Network:
    """Return a network of the live trainer, for log-mel arrays `(frames, n_mels)`."""
    known = ARCHITECTURES[name]
    return Network(known.settings, lambda labels, shape, settings: known.build(labels, shape[1], settings))


NETWORKS: dict[str, Network] = {
    "attention-crnn": _live("attention-crnn"),
    "attention-encoder": _live("attention-encoder"),
    "feature-crnn": Network(
        FeatureCRNNSettings, lambda labels, shape, settings: FeatureCRNN(labels, shape[0], settings)
    ),
    "frame-crnn": Network(FrameCRNNSettings, lambda labels, shape, settings: FrameCRNN(labels, shape[1], settings)),
    "local-feature-crnn": Network(LocalFeatureSettings, LocalFeatureCRNN),
    "spectrogram-cnn": Network(SpectrogramCNNSettings, SpectrogramCNN),
    "resnet": Network(ResNetSettings, lambda labels, shape, settings: ResNet(labels, settings)),
}
