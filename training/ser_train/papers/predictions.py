"""What a finished fold leaves in the cache: its predictions, from which scores are made, and how the fit went."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ser_train.errors import TrainingError
from ser_train.evaluation.metrics import Ints
from ser_train.files import write_whole
from ser_train.papers.results import Epoch
from ser_train.records import from_json, key, to_json

__all__ = ["FoldPredictions", "read_predictions", "write_predictions"]


@dataclass(frozen=True, kw_only=True)
class FoldPredictions:
    """Predictions for the test examples of a fold.

    Attributes:
        seed: of the first weights and the order.
        fold: its name; empty where there is only one.
        notes: what a reader of the scores must know.
        truth: index of the label of each test example.
        predicted: index of the label that the network gave it.
        corpora: of each test example.
        clips: name of the clip of each test example.
        speakers: of each test example.
        train_examples: that trained: clips and their augmented copies.
        train_clips: clips among them.
        train_speakers: speakers among them.
        validation_examples: that chose the epoch; may be 0.
        history: every epoch.
        kept: number of the epoch whose weights predict.
        device: `cpu` or `cuda`.
        commit: of the code.
    """

    seed: int
    fold: str
    notes: tuple[str, ...]
    truth: tuple[int, ...]
    predicted: tuple[int, ...] = key("said")
    corpora: tuple[str, ...]
    clips: tuple[str, ...]
    speakers: tuple[str, ...]
    train_examples: int = key("train_rows")
    train_clips: int
    train_speakers: int
    validation_examples: int = key("validation_rows")
    history: tuple[Epoch, ...]
    kept: int = key("epoch")
    device: str
    commit: str

    @property
    def indices(self) -> tuple[Ints, Ints]:
        """Truth and predictions as arrays, `(examples,)` each."""
        return np.array(self.truth, np.int64), np.array(self.predicted, np.int64)


def read_predictions(path: Path) -> FoldPredictions:
    """Read what `write_predictions` wrote.

    Raises:
        TrainingError: for a file that holds something else.
    """
    try:
        return from_json(FoldPredictions, json.loads(path.read_text(encoding="utf-8")), "a fold")
    except (OSError, ValueError, TrainingError) as error:
        raise TrainingError(f"the cache {path} holds no finished fold ({error}): delete it and run again") from None


def write_predictions(predictions: FoldPredictions, path: Path) -> None:
    """Write a finished fold.

    Raises:
        TrainingError: if it cannot be written.
    """
    write_whole(path, json.dumps(to_json(predictions)), "the cache")
