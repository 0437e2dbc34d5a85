"""Fit a network: one page of training loop, resumable after every epoch, equal for an equal seed."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
from torch import nn

from ser_live.interrupts import Interrupts
from ser_train.data.windows import WindowSet
from ser_train.errors import TrainingError
from ser_train.fitting.balance import label_weights
from ser_train.fitting.batches import training_batches, validation_batches
from ser_train.fitting.checkpoint import run_digest
from ser_train.fitting.inputs import FitInputs
from ser_train.fitting.losses import soft_cross_entropy
from ser_train.fitting.state import Partway, TrainState
from ser_train.fitting.validation import best_epoch, validation_scores
from ser_train.networks import build_model
from ser_train.networks.warm_start import begin_with

__all__ = ["Fit", "Watcher", "fit"]


class Watcher(Protocol):
    """A watcher of a fit's progress."""

    def step(self, at: dict[str, float]) -> None:
        """Take the state after every step: epoch, epochs, step, steps, loss, learning_rate, clips_per_second."""

    def epoch(self, row: dict[str, float]) -> None:
        """Take the row of history after every epoch, of those before a resumption too."""


@dataclass(kw_only=True)
class Fit:
    """A finished fit.

    Attributes:
        model: with the averaged weights of the best epoch.
        history: one row an epoch: losses, unweighted average recall on validation, learning rate, seconds, clips/s.
        best_epoch: the one whose weights `model` has, from 1.
    """

    model: nn.Module
    history: list[dict[str, float]]
    best_epoch: int


def fit(inputs: FitInputs, watcher: Watcher, *, checkpoint: Path, resume: bool) -> Fit:
    """Train until the recipe's end; a checkpoint is written after each epoch.

    Ctrl-C (termination and hang-up too) lets the step end and saves where the run stands within the epoch; a second one
    does not wait. A resumed run ends with the weights of the unbroken one.

    Raises:
        KeyboardInterrupt: after a signal.
        TrainingError: if the checkpoint to resume from is of another run, or cannot be read or written; if there are
            too few clips for one step, or the loss is no longer a number.
    """
    recipe, settings, train, device = inputs.recipe, inputs.recipe.optimisation, inputs.train, inputs.device
    steps = _steps(train, inputs.validation, settings.batch)
    state = _begin(inputs, steps, checkpoint)
    if resume:
        state.load()
        for row in state.history:
            watcher.epoch(row)
    of_labels = label_weights(train.distributions) if settings.balance_labels else torch.ones(train.label_count)
    of_labels = of_labels.to(device)
    autocast = torch.autocast(device.type, torch.bfloat16, enabled=settings.precision == "bfloat16")
    to_validate = list(validation_batches(inputs.validation, inputs.front_end))
    with Interrupts() as interrupts:
        while len(state.history) < settings.epochs:
            epoch, at = len(state.history), state.partway
            state.begin_epoch(recipe.seed * 100_003 + epoch)
            began, done, earlier = time.monotonic(), at.step, at.windows
            for step, batch in enumerate(training_batches(inputs, seed=(recipe.seed, epoch))):
                if step < done:
                    continue  # heard before the interruption; made once more, for what is drawn
                at.rate = state.set_rate(step)
                features = batch.features.to(device, non_blocking=True)  # (batch, frames, n_mels)
                targets = batch.targets.to(device, non_blocking=True)  # (batch, labels)
                with autocast:
                    logits, _ = state.model(features)
                loss = soft_cross_entropy(logits, targets, of_labels, settings.label_smoothing)
                state.update(loss)
                at.step, at.windows = step + 1, at.windows + len(targets)
                at.losses += float(loss.detach()) * len(targets)
                if not math.isfinite(at.losses):
                    raise TrainingError(f"the loss is no longer a number in epoch {epoch + 1}: lower the learning rate")
                speed = (at.windows - earlier) / (time.monotonic() - began)
                watcher.step(_progress(epoch, settings.epochs, steps, at, speed))
                if interrupts.signal:
                    state.note_random_state()
                    state.save()
                    raise KeyboardInterrupt
            speed = (at.windows - earlier) / (time.monotonic() - began)
            with autocast:
                scores = validation_scores(state.average.module, inputs.validation, to_validate, device)
            row = {"epoch": epoch + 1, "loss": at.losses / at.windows, **scores, "learning_rate": at.rate}
            state.end_epoch(row | {"seconds": time.monotonic() - began, "clips_per_second": speed})
            watcher.epoch(state.history[-1])
            if interrupts.signal:
                raise KeyboardInterrupt
    state.model.load_state_dict(state.best)
    return Fit(model=state.model.eval().cpu(), history=state.history, best_epoch=best_epoch(state.history))


def _begin(inputs: FitInputs, steps: int, checkpoint: Path) -> TrainState:
    """Return the state before the first step."""
    recipe, train = inputs.recipe, inputs.train
    torch.manual_seed(recipe.seed)
    model = build_model(
        recipe.architecture, labels=train.label_count, n_mels=recipe.features.n_mels, settings=recipe.model
    )
    started = begin_with(model, inputs.start) if inputs.start is not None else set()
    model = model.to(inputs.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    teachers = inputs.teachers.names if inputs.teachers else []
    return TrainState(
        model,
        started,
        recipe.optimisation,
        steps=steps,
        device=inputs.device,
        path=checkpoint,
        digest=run_digest(recipe, (train, inputs.validation), inputs.sounds, inputs.start, teachers),
    )


def _progress(epoch: int, epochs: int, steps: int, at: Partway, speed: float) -> dict[str, float]:
    return {
        "epoch": epoch + 1,
        "epochs": epochs,
        "step": at.step,
        "steps": steps,
        "loss": at.losses / at.windows,
        "learning_rate": at.rate,
        "clips_per_second": speed,
    }


def _steps(train: WindowSet, validation: WindowSet, batch: int) -> int:
    """Return the steps of an epoch.

    Raises:
        TrainingError: if there is not one, or nothing to choose the best epoch by.
    """
    usable = sum(1 for cuts in train.windows if cuts)
    steps = len(range(0, usable - batch // 2, batch))
    if not steps:
        raise TrainingError(
            f"{usable} clips with enough speech are too few for a batch of {batch}: "
            "add clips, or lower `batch` in the recipe"
        )
    if not any(validation.windows):
        raise TrainingError("no validation clip holds enough speech for a window: more or longer clips are needed")
    return steps
