"""Fit a network to arrays; on the CPU an equal seed gives equal weights."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ser_train.errors import TrainingError
from ser_train.fitting.schedules import plateaus
from ser_train.networks.warm_start import groups
from ser_train.papers.arrays import Arrays, Examples
from ser_train.papers.experiment import Recordings
from ser_train.papers.protocols import FitSettings
from ser_train.papers.results import Epoch
from ser_train.papers.standardised import Standardised

__all__ = ["Fitted", "fit_network", "logits_of"]

Progress = Callable[[Epoch], None]
"""Called after every epoch."""


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A finished fit.

    Attributes:
        network: with the weights that are kept, its standardisation inside.
        history: every epoch.
        kept: number of the epoch whose weights are kept, from 1.
    """

    network: Standardised
    history: tuple[Epoch, ...]
    kept: int


def fit_network(
    network: Standardised,
    recordings: Recordings,
    train: Examples,
    held: Examples,
    settings: FitSettings,
    *,
    draw: bool,
    seed: int,
    device: torch.device,
    progress: Progress,
    given: Collection[str] = (),
) -> Fitted:
    """Fit a network.

    Args:
        network: with fresh weights.
        recordings: of both sides.
        train: examples that train.
        held: examples whose loss is measured after every epoch; they choose only if `settings` says so.
        settings: of the fit.
        draw: whether an epoch takes one example of each clip, drawn, instead of all.
        seed: of order and dropout.
        device: to train on.
        progress: called after every epoch.
        given: names of weights that the network began with; they learn by `start_rate`.

    Raises:
        TrainingError: if the loss becomes infinite or no number.
    """
    torch.manual_seed(seed)
    generator = np.random.default_rng(seed)
    network.to(device)
    parameters = groups(network.network, given, settings.start_rate)
    for weight in parameters[-1]["params"]:
        weight.requires_grad_(settings.start_rate > 0)  # nothing is computed for what stays as it is
    optimiser = torch.optim.Adam(parameters, lr=settings.learning_rate)
    history: list[Epoch] = []
    best, weights, kept = math.inf, copy.deepcopy(network.state_dict()), 0
    for number in range(1, settings.epochs + 1):
        began = time.monotonic()
        rate = _learning_rate(settings, history)
        for group in optimiser.param_groups:
            group["lr"] = rate * group["share"]
        order = _order(train, draw, generator)
        loss, accuracy = _train_epoch(network, optimiser, recordings, order, settings, device)
        held_loss, held_accuracy = _measure(network, recordings, held, device)
        if not math.isfinite(loss + held_loss):
            raise TrainingError(f"the loss of epoch {number} is no number: give a lower learning_rate in [fit]")
        history.append(
            Epoch(
                epoch=float(number),
                learning_rate=rate,
                loss=loss,
                accuracy=accuracy,
                held_loss=held_loss,
                held_accuracy=held_accuracy,
                seconds=time.monotonic() - began,
            )
        )
        progress(history[-1])
        if settings.keep == "last" or held_loss < best:
            best, weights, kept = held_loss, copy.deepcopy(network.state_dict()), number
        if settings.stop_after and number - kept >= settings.stop_after:
            break
    network.load_state_dict(weights)
    return Fitted(network=network.eval(), history=tuple(history), kept=kept)


def _learning_rate(settings: FitSettings, history: Sequence[Epoch]) -> float:
    """Learning rate of the next epoch, lower after every plateau of the watched loss."""
    losses = [epoch.loss if settings.watch == "training" else epoch.held_loss for epoch in history]
    return max(settings.least_rate, settings.learning_rate * settings.factor ** plateaus(losses, settings.patience))


def _order(train: Examples, draw: bool, generator: np.random.Generator) -> Examples:
    """Examples of an epoch in random order: all, or one of each clip where they are drawn."""
    shuffled = train[generator.permutation(len(train))]
    if not draw:
        return shuffled
    firsts = np.unique(shuffled[:, 0], return_index=True)[1]
    chosen: Examples = shuffled[generator.permutation(firsts)]
    return chosen


def _train_epoch(
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    recordings: Recordings,
    examples: Examples,
    settings: FitSettings,
    device: torch.device,
) -> tuple[float, float]:
    """Loss and accuracy over the steps of one epoch."""
    network.train()
    losses, right = 0.0, 0
    for start in range(0, len(examples), settings.batch):
        batch = examples[start : start + settings.batch]
        if len(batch) == 1 < len(examples):
            break  # batch norm needs two
        values = torch.from_numpy(recordings.arrays.take(batch)).to(device)
        labels = torch.from_numpy(recordings.truth[batch[:, 0]]).to(device)
        with torch.autocast(device.type, torch.bfloat16, enabled=settings.precision == "bfloat16"):
            logits = network(values)[0].float()
        loss = functional.cross_entropy(logits, labels)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        losses += float(loss.detach()) * len(batch)
        right += int((logits.argmax(1) == labels).sum())
    return losses / len(examples), right / len(examples)


def _measure(
    network: nn.Module, recordings: Recordings, examples: Examples, device: torch.device
) -> tuple[float, float]:
    """Loss and accuracy of examples that do not train."""
    logits = logits_of(network, recordings.arrays, examples, device)
    labels = torch.from_numpy(recordings.truth[examples[:, 0]])
    return float(functional.cross_entropy(logits, labels)), float((logits.argmax(1) == labels).float().mean())


@torch.no_grad()
def logits_of(network: nn.Module, arrays: Arrays, examples: Examples, device: torch.device) -> Tensor:
    """Return the logits of examples, `(examples, labels)`, on the CPU."""
    network.eval()
    parts = [
        network(torch.from_numpy(arrays.take(examples[start : start + 64])).to(device))[0].float().cpu()
        for start in range(0, len(examples), 64)
    ]
    return torch.cat(parts)
