"""What a training run is asked to do, as one value."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.console import Console

from ser_train.fitting.recipe import Recipe
from ser_train.networks.warm_start import Start

__all__ = ["FitRequest"]


@dataclass(frozen=True, kw_only=True)
class FitRequest:
    """A training run.

    Attributes:
        recipe: everything that the run depends on but the place of the data.
        data: folders and manifests; noise is looked for in the folders.
        out: the ONNX file.
        cache: folder for the cut speech.
        device: to train on.
        console: for progress.
        resume: go on from checkpoints, and keep models that are finished.
        open_test: measure on the test speakers too, and write down that they were opened.
        strict: refuse a run with damaged clips, instead of leaving them out.
        speaker_pattern: see `ser_train.corpora.find_clips`.
        start: weights to begin with.
        teachers: finished models of the same split to learn from.
        keep_weights: write `<out>.weights` too, for other runs to start from.
        asked: settings of the recipe that stay as they are, see `ser_train.fitting.own_data.fit_recipe`.
    """

    recipe: Recipe
    data: Sequence[Path]
    out: Path
    cache: Path
    device: torch.device
    console: Console
    resume: bool = False
    open_test: bool = True
    strict: bool = False
    speaker_pattern: str | None = None
    start: Start | None = None
    teachers: Sequence[Path] = ()
    keep_weights: bool = False
    asked: Collection[str] = ()
