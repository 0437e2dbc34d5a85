"""Fit a network: one page of training loop, resumable after every epoch, equal for an equal seed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from ser_live.interrupts import Interrupts
from ser_train.augment import Sounds
from ser_train.data.front_end import TorchFrontEnd
from ser_train.data.windows import WindowSet
from ser_train.errors import TrainingError
from ser_train.fitting.balance import corpus_weights, label_weights
from ser_train.fitting.batches import training_batches, validation_batches
from ser_train.fitting.checkpoint import load_checkpoint, run_digest, save_checkpoint
from ser_train.fitting.distillation import Teachers
from ser_train.fitting.losses import soft_cross_entropy
from ser_train.fitting.recipe import Recipe
from ser_train.fitting.schedules import averaging_decay, learning_rate, stands_still
from ser_train.fitting.validation import clip_verdicts, validation_figures, window_logits
from ser_train.networks import build_model
from ser_train.networks.warm_start import Start, begin_with, groups

__all__ = ["Fit", "Progress", "clip_verdicts", "fit", "window_logits"]

Progress = Callable[[dict[str, float]], None]
"""Called after every step with epoch, epochs, step, steps, loss, learning_rate, clips_per_second."""

_WHOLE: dict[str, Any] = {"step": 0, "losses": 0.0, "heard": 0, "rate": 0.0}
"""Where a run stands between two epochs."""

_OPTIMISERS = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}


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


def fit(
    recipe: Recipe,
    train: WindowSet,
    validation: WindowSet,
    sounds: Sounds,
    front_end: TorchFrontEnd,
    *,
    checkpoint: Path,
    resume: bool,
    device: torch.device,
    progress: Progress,
    told: Progress,
    start: Start | None = None,
    teachers: Teachers | None = None,
) -> Fit:
    """Train until the recipe's end; a checkpoint is written after each epoch, and `told` gets its row of history.

    With `start` the weights begin as that one's, with `teachers` the targets are mixed with their opinions.

    Ctrl-C (termination and hang-up too) lets the step end and saves where the run stands within the epoch; a second one
    does not wait. A run that is resumed tells the rows it had before, too, and ends with the unbroken run's weights.

    Raises:
        KeyboardInterrupt: after a signal.
        TrainingError: if the checkpoint to resume from is of another recipe, or cannot be read or written; if there are
            too few clips for one step, or the loss grows beyond all numbers.
    """
    settings = recipe.optimisation
    steps = _steps(train, validation, settings.batch)
    torch.manual_seed(recipe.seed)
    model = build_model(
        recipe.architecture, labels=train.label_count, n_mels=recipe.features.n_mels, settings=recipe.model
    )
    given = begin_with(model, start) if start is not None else set()
    model = model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    decay = averaging_decay(settings.averaging, settings.epochs * steps)
    keep = get_ema_multi_avg_fn(decay)  # type: ignore[no-untyped-call]
    average = AveragedModel(model, multi_avg_fn=keep, use_buffers=True)
    parameters = groups(model, given, settings.start_rate)
    begun = parameters[1]["params"]
    optimiser = _OPTIMISERS[settings.optimiser](
        parameters, lr=settings.learning_rate, weight_decay=settings.weight_decay
    )
    history: list[dict[str, float]] = []
    best: dict[str, Tensor] = {}
    partway = _WHOLE
    digest = run_digest(recipe, (train, validation), sounds, start, teachers.names if teachers else [])
    if resume:
        state = load_checkpoint(checkpoint, digest)
        model.load_state_dict(state["model"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        history, best, partway = state["history"], state["best"], state["partway"]
        for row in history:
            told(row)
    of_clips = corpus_weights([train.cache.clips[clip].corpus for clip in train.clips], settings.balance_corpora)
    of_labels = (
        label_weights(train.distributions, of_clips) if settings.balance_labels else torch.ones(train.label_count)
    )
    of_labels = of_labels.to(device)
    autocast = torch.autocast(device.type, torch.bfloat16, enabled=settings.precision == "bfloat16")
    to_measure = list(validation_batches(validation, front_end))

    def save(partway: dict[str, Any]) -> None:
        weights = {"model": model.state_dict(), "average": average.state_dict(), "optimiser": optimiser.state_dict()}
        known = {"history": history, "best": best, "partway": partway, "digest": digest}
        save_checkpoint(weights | known, checkpoint)

    with Interrupts() as interrupts:
        while len(history) < settings.epochs and not stands_still(_recalls(history), settings.stop_after):
            epoch = len(history)
            torch.manual_seed(recipe.seed * 100_003 + epoch)  # dropout's; a resumed run draws as the unbroken one
            if partway["step"]:
                _set_random_state(partway["random"], device)
            model.train()
            began, losses, heard, rate = time.monotonic(), partway["losses"], partway["heard"], partway["rate"]
            batches = training_batches(
                train,
                front_end,
                recipe.augmentation,
                sounds,
                size=settings.batch,
                short=settings.short,
                joined=settings.joined,
                teachers=teachers,
                teaching=settings.teaching,
                seed=(recipe.seed, epoch),
            )
            for step, batch in enumerate(batches):
                if step < partway["step"]:
                    continue  # heard before the interruption; made once more, for what is drawn
                before = [row["validation_loss"] for row in history]
                rate = learning_rate(epoch * steps + step, settings.epochs * steps, settings, before)
                for group in optimiser.param_groups:
                    group["lr"] = rate * group["share"]
                waits = epoch * steps + step < settings.head_first * settings.epochs * steps
                for weight in begun:
                    weight.requires_grad_(not waits)
                features = batch.features.to(device, non_blocking=True)  # (batch, frames, n_mels)
                targets = batch.targets.to(device, non_blocking=True)  # (batch, labels)
                weights = None if of_clips is None else of_clips[batch.clips].to(device)
                with autocast:
                    logits, _ = model(features)
                loss = soft_cross_entropy(logits, targets, of_labels, settings.label_smoothing, weights)
                optimiser.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                nn.utils.clip_grad_norm_(model.parameters(), settings.clip)
                optimiser.step()
                average.update_parameters(model)
                losses += float(loss.detach()) * len(targets)
                heard += len(targets)
                if not math.isfinite(losses):
                    raise TrainingError(f"the loss is no number any more in epoch {epoch + 1}: lower the learning rate")
                speed = (heard - partway["heard"]) / (time.monotonic() - began)
                progress(
                    {
                        "epoch": epoch + 1,
                        "epochs": settings.epochs,
                        "step": step + 1,
                        "steps": steps,
                        "loss": losses / heard,
                        "learning_rate": rate,
                        "clips_per_second": speed,
                    }
                )
                if interrupts.signal:
                    state = {"step": step + 1, "losses": losses, "heard": heard, "rate": rate}
                    save(state | {"random": _random_state(device)})
                    raise KeyboardInterrupt
            speed = (heard - partway["heard"]) / (time.monotonic() - began)
            partway = _WHOLE
            with autocast:
                figures = validation_figures(average.module, validation, to_measure, device)
            row = {"epoch": epoch + 1, "loss": losses / heard, **figures, "learning_rate": rate}
            history.append(row | {"seconds": time.monotonic() - began, "clips_per_second": speed})
            if _best(history) == epoch + 1:
                best = {name: value.clone() for name, value in average.module.state_dict().items()}
            save(partway)
            told(history[-1])
            if interrupts.signal:
                raise KeyboardInterrupt
    model.load_state_dict(best)
    return Fit(model=model.eval().cpu(), history=history, best_epoch=_best(history))


def _random_state(device: torch.device) -> list[Tensor]:
    """State of the generators that dropout draws from."""
    return [torch.get_rng_state(), *([torch.cuda.get_rng_state(device)] if device.type == "cuda" else [])]


def _set_random_state(states: list[Tensor], device: torch.device) -> None:
    torch.set_rng_state(states[0])
    if device.type == "cuda":
        torch.cuda.set_rng_state(states[1], device)


def _recalls(history: list[dict[str, float]]) -> list[float]:
    return [row["validation_uar"] for row in history]


def _best(history: list[dict[str, float]]) -> int:
    """The first epoch with the highest recall on validation, from 1."""
    recalls = _recalls(history)
    return 1 + recalls.index(max(recalls))


def _steps(train: WindowSet, validation: WindowSet, batch: int) -> int:
    """Steps of an epoch.

    Raises:
        TrainingError: if there is not one, or nothing to choose the best epoch by.
    """
    usable = sum(1 for cuts in train.windows if cuts)
    steps = len(range(0, usable - batch // 2, batch))
    if not steps:
        raise TrainingError(f"{usable} clips with enough speech are too few for a batch of {batch}: lower `batch`")
    if not any(validation.windows):
        raise TrainingError("no validation clip holds enough speech for a window: more or longer clips are needed")
    return steps
