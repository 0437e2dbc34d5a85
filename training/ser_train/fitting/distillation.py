"""Teachers: finished models whose opinions of a training window a new one learns beside the label.

Hinton, Vinyals and Dean 2015, "Distilling the knowledge in a neural network", https://arxiv.org/abs/1503.02531. The
teachers get the window as it is, the pupil through rooms, noise and lines (Xie et al. 2020, "Self-training with noisy
student", https://arxiv.org/abs/1911.04252).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ser_live.classifier import Classifier, softmax
from ser_live.contract import InputSettings
from ser_train.errors import TrainingError
from ser_train.fitting.recipe import Recipe

__all__ = ["Teachers"]


class Teachers:
    """The mean opinion of several models.

    Args:
        models: ONNX files with a contract.
        recipe: the pupil's.
        split: protocol of the pupil's split; teachers of another one may be trained on its test speakers.

    Attributes:
        names: the files' names, with the first digits of their SHA-256.

    Raises:
        TrainingError: for a model with other labels, another front end or another split.
    """

    def __init__(self, models: Sequence[Path], recipe: Recipe, split: str) -> None:
        self._classifiers = [Classifier(path, "cpu") for path in models]
        self.names = [f"{c.path.name} ({c.sha256[:12]})" for c in self._classifiers]
        for classifier in self._classifiers:
            contract = classifier.contract
            for what, same in (
                ("set of labels", contract.labels == recipe.label_map.labels),
                ("length of window", contract.input.window_seconds == recipe.window_seconds),
                ("front end", _front_end(contract.input) == _front_end(recipe)),
                ("split", contract.training.get("split") == split),
            ):
                if not same:
                    raise TrainingError(
                        f"{classifier.path.name} cannot teach this run: its {what} is another than this run's, so give "
                        "another --teacher"
                    )

    def opinions(self, features: Tensor) -> Tensor:
        """Return mean probabilities `(batch, labels)` of windows `(batch, frames, n_mels)`."""
        windows = features.numpy()
        each = [softmax(c.logits(windows).astype(np.float64) / c.contract.temperature) for c in self._classifiers]
        return torch.from_numpy(sum(each[1:], each[0]) / len(each)).float()


def _front_end(of: InputSettings | Recipe) -> tuple[object, ...]:
    return of.features, of.normalisation, of.range_db
