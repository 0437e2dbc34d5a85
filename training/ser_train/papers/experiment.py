"""What all folds of a run share: the system, its protocol, its recordings and the machine."""

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
from ser_train.papers.system import System

__all__ = ["Experiment", "Recordings"]


@dataclass(frozen=True, kw_only=True)
class Recordings:
    """The recordings of a system as arrays.

    Attributes:
        arrays: of the clips.
        truth: index of each clip's label, `(clips,)`.
        absent: optional corpora that were not found.
    """

    arrays: Arrays
    truth: NDArray[np.int64]
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """A system under one of its protocols.

    Attributes:
        system: that is run.
        protocol: its name.
        settings: of the fit.
        recordings: that train and are measured.
        device: to train on.
        cache: folder for finished folds.
        resume: take finished folds from there.
        console: for progress.
        start: weights that the network begins with, for a system that asks for them.
    """

    system: System
    protocol: str
    settings: FitSettings
    recordings: Recordings
    device: torch.device
    cache: Path
    resume: bool
    console: Console
    start: Start | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the task."""
        return self.system.label_map.labels
