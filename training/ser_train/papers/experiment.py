"""What every fold of a row's run is made with: records that the parts of this package share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console

from ser_train.networks.warm_start import Start
from ser_train.papers.arrays import Arrays
from ser_train.papers.protocols import FitSettings
from ser_train.papers.system import Row

__all__ = ["Bench", "Material"]


@dataclass(frozen=True, kw_only=True)
class Material:
    """Recordings of a row as arrays.

    Attributes:
        arrays: of the clips.
        truth: index of each clip's label.
        absent: optional corpora that were not found.
    """

    arrays: Arrays
    truth: NDArray[np.int64]
    absent: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What every fold of a run is made with.

    Attributes:
        row: that is run.
        protocol: name of it.
        settings: of the fit.
        material: its recordings.
        device: to train on.
        folder: for what is finished.
        resume: take what is finished from there.
        console: for progress.
        start: weights that networks begin with, of a row that asks for them.
    """

    row: Row
    protocol: str
    settings: FitSettings
    material: Material
    device: torch.device
    folder: Path
    resume: bool
    console: Console
    start: Start | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """Of the task."""
        return self.row.label_map.labels
