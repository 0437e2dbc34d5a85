"""Fit the attention CRNN: one page of training loop, resumable after every epoch, equal for an equal seed."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from training.batches import Batch, WindowSet, training_batches, validation_batches
from training.crnn import AttentionCRNN
from training.errors import TrainingError
from training.features import TorchFrontEnd
from training.metrics import uar
from training.recipe import Optimisation, Recipe

__all__ = ["Fit", "clip_verdicts", "fit", "window_logits"]

Progress = Callable[[dict[str, float]], None]
"""Called after every step with epoch, epochs, step, steps, loss, learning_rate, clips_per_second."""


@dataclass(kw_only=True)
class Fit:
    """A finished (or interrupted) fit.

    Attributes:
        model: with the averaged weights of the best epoch.
        history: one row an epoch: losses, unweighted average recall on validation, learning rate, seconds.
        best_epoch: the one whose weights `model` has, from 1.
    """

    model: AttentionCRNN
    history: list[dict[str, float]]
    best_epoch: int


def learning_rate(step: int, steps: int, settings: Optimisation) -> float:
    """Linear warm-up, then a cosine to zero."""
    warm = max(1, round(settings.warm_up * steps))
    if step < warm:
        return settings.learning_rate * (step + 1) / warm
    return settings.learning_rate * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def fit(
    recipe: Recipe,
    train: WindowSet,
    validation: WindowSet,
    noises: Tensor,
    front_end: TorchFrontEnd,
    *,
    checkpoint: Path,
    resume: bool,
    device: torch.device,
    progress: Progress,
    told: Progress,
) -> Fit:
    """Train until the recipe's last epoch; a checkpoint is written after each, and `told` gets its row of history.

    Raises:
        TrainingError: if the checkpoint to resume from is of another recipe, or cannot be read or written.
    """
    settings = recipe.optimisation
    torch.manual_seed(recipe.seed)
    model = AttentionCRNN(labels=train.label_count, n_mels=recipe.features.n_mels, settings=recipe.model).to(device)
    model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    keep = get_ema_multi_avg_fn(settings.averaging)  # type: ignore[no-untyped-call]
    average = AveragedModel(model, multi_avg_fn=keep, use_buffers=True)
    optimiser = torch.optim.AdamW(model.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay)
    state: dict[str, Any] = {"epoch": 0, "history": [], "best": None, "best_epoch": 0}
    digest = _digest(recipe, train)
    if resume:
        state = _load(checkpoint, digest)
        model.load_state_dict(state["model"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
    counts = torch.bincount(torch.tensor(train.labels), minlength=train.label_count).float()
    weights = (counts.sum() / (counts * train.label_count).clamp(min=1)).to(device)
    usable = sum(1 for cuts in train.windows if cuts)
    to_measure = list(validation_batches(validation, front_end))
    steps = len(range(0, usable - settings.batch // 2, settings.batch))
    for epoch in range(state["epoch"], settings.epochs):
        torch.manual_seed(recipe.seed * 100_003 + epoch)  # dropout's; a resumed run draws as the unbroken one
        model.train()
        began, losses, heard = time.monotonic(), 0.0, 0
        batches = training_batches(
            train,
            front_end,
            recipe.augmentation,
            noises,
            size=settings.batch,
            short=settings.short,
            seed=(recipe.seed, epoch),
        )
        for step, batch in enumerate(batches):
            rate = learning_rate(epoch * steps + step, settings.epochs * steps, settings)
            for group in optimiser.param_groups:
                group["lr"] = rate
            targets = batch.targets.to(device)
            with torch.autocast(device.type, torch.bfloat16):
                logits, _ = model(batch.features.to(device))
            loss = _loss(logits, targets, weights, settings.label_smoothing)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(model.parameters(), settings.clip)
            optimiser.step()
            average.update_parameters(model)
            losses += float(loss.detach()) * len(targets)
            heard += len(targets)
            if not math.isfinite(losses):
                raise TrainingError(f"the loss is no number any more in epoch {epoch + 1}: lower the learning rate")
            progress(
                {
                    "epoch": epoch + 1,
                    "epochs": settings.epochs,
                    "step": step + 1,
                    "steps": steps,
                    "loss": losses / heard,
                    "learning_rate": rate,
                    "clips_per_second": heard / (time.monotonic() - began),
                }
            )
        measured = _measure(average.module, validation, to_measure, device)
        row = {
            "epoch": epoch + 1,
            "loss": losses / heard,
            **measured,
            "learning_rate": rate,
            "seconds": time.monotonic() - began,
        }
        state["history"].append(row)
        best = max(state["history"], key=lambda r: r["validation_uar"])
        if best["epoch"] == epoch + 1:
            state["best"] = {k: v.clone() for k, v in average.module.state_dict().items()}
            state["best_epoch"] = epoch + 1
        state |= {
            "epoch": epoch + 1,
            "model": model.state_dict(),
            "average": average.state_dict(),
            "optimiser": optimiser.state_dict(),
            "digest": digest,
        }
        _save(state, checkpoint)
        told(row)
    model.load_state_dict(state["best"])
    return Fit(model=model.eval().cpu(), history=state["history"], best_epoch=state["best_epoch"])


def _loss(logits: Tensor, targets: Tensor, weights: Tensor, smoothing: float) -> Tensor:
    """Cross-entropy with target distributions, each label weighted by its rarity."""
    smooth = targets * (1 - smoothing) + smoothing / targets.shape[1]
    each = -(smooth * functional.log_softmax(logits, 1)).sum(1)
    weight = (targets * weights).sum(1)
    return (each * weight).sum() / weight.sum()


@torch.no_grad()
def window_logits(model: nn.Module, batches: Iterable[Batch], device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Logits `(windows, labels)` of the batches' windows, the clip of each, its seconds of speech."""
    model.eval()
    rows = [(model(batch.features.to(device))[0].cpu(), batch.clips, batch.seconds) for batch in batches]
    logits, clips, seconds = zip(*rows, strict=True)
    return torch.cat(logits), torch.cat(clips), torch.cat(seconds)


def clip_verdicts(probabilities: Tensor, clips: Tensor, seconds: Tensor, count: int) -> NDArray[np.float64]:
    """Mean of each clip's window probabilities weighted by speech, `(count, labels)`; zeros for a clip without any."""
    total = torch.zeros(count, probabilities.shape[1], dtype=torch.float64)
    total.index_add_(0, clips, probabilities.double() * seconds[:, None].double())
    return np.asarray((total / total.sum(1, keepdim=True).clamp(min=1e-12)).numpy())


def _measure(model: nn.Module, windows: WindowSet, batches: Iterable[Batch], device: torch.device) -> dict[str, float]:
    """Validation figures by clip: loss, unweighted average recall pooled and of each corpus."""
    with torch.autocast(device.type, torch.bfloat16):
        logits, clips, seconds = window_logits(model, batches, device)
    truth = np.array(windows.labels)
    verdicts = clip_verdicts(logits.softmax(1), clips, seconds, len(truth))
    said = np.where(verdicts.any(axis=1), verdicts.argmax(axis=1), -1)
    corpora = np.array([windows.cache.clips[clip].corpus for clip in windows.clips])
    figures = {
        "validation_loss": float(functional.cross_entropy(logits, torch.from_numpy(truth)[clips])),
        "validation_uar": uar(truth, said, windows.label_count),
    }
    for corpus in sorted(set(corpora)):
        own = corpora == corpus
        figures[f"validation_uar_{corpus}"] = uar(truth[own], said[own], windows.label_count)
    return figures


def _digest(recipe: Recipe, train: WindowSet) -> str:
    """What a checkpoint must have in common with the run that resumes it."""
    said = json.dumps(dataclasses.asdict(recipe), sort_keys=True, default=str)
    names = ",".join(train.cache.clips[clip].name for clip in train.clips)
    return hashlib.sha256((said + names).encode()).hexdigest()


def _save(state: dict[str, Any], path: Path) -> None:
    """Write to a temporary name, then rename: an interrupted write loses no earlier checkpoint."""
    temporary = path.with_suffix(path.suffix + ".tmp")
    try:
        torch.save(state, temporary)
        temporary.replace(path)
    except (OSError, RuntimeError) as error:
        temporary.unlink(missing_ok=True)
        raise TrainingError(f"the checkpoint {path} cannot be written ({error}); the earlier one is kept") from None


def _load(path: Path, digest: str) -> dict[str, Any]:
    if not path.exists():
        raise TrainingError(f"there is no checkpoint {path} to resume from: start without --resume")
    try:
        state: dict[str, Any] = torch.load(path, weights_only=True)
    except Exception as error:  # torch raises half a dozen kinds for a broken file
        raise TrainingError(f"the checkpoint {path} cannot be read: {error}") from None
    if state.get("digest") != digest:
        raise TrainingError(f"the checkpoint {path} belongs to another recipe or other data: start without --resume")
    return state
