"""Fit a network to arrays: one page of training loop, equal for an equal seed on the CPU."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ser_train.fitting.schedules import plateaus
from ser_train.networks.warm_start import groups
from ser_train.papers.arrays import Arrays, Rows
from ser_train.papers.protocols import FitSettings

__all__ = ["Fitted", "Standardised", "fit_network", "logits_of", "moments"]

Progress = Callable[[dict[str, float]], None]
"""Called after every epoch with its row of history."""


@dataclass(kw_only=True)
class Fitted:
    """A finished fit.

    Attributes:
        network: with the weights that are kept, its standardisation inside.
        history: one row an epoch: loss and accuracy of training, and of the held rows, learning rate, seconds.
        epoch: the one whose weights are kept, from 1.
    """

    network: Standardised
    history: list[dict[str, float]]
    epoch: int


class Standardised(nn.Module):
    """A network that first brings each feature to mean 0 and deviation 1, by constants.

    Args:
        network: takes `(batch, *shape)`.
        mean: of each feature, the last dimension; empty leaves the arrays as they are.
        deviation: of each feature.

    Shape:
        `(batch, *shape)`; of arrays of frames, those that are all 0 are padding and stay so.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, network: nn.Module, mean: Tensor, deviation: Tensor) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("mean", mean)
        self.register_buffer("deviation", deviation)

    def forward(self, values: Tensor) -> tuple[Tensor, Tensor | None]:
        """Logits, and attention weights or None."""
        if len(self.mean):
            scaled = (values - self.mean) / self.deviation
            if values.dim() > 2:
                scaled = scaled * (values.abs().amax(-1, keepdim=True) > 0)
            values = scaled
        found: tuple[Tensor, Tensor | None] = self.network(values)
        return found


def moments(arrays: Arrays, rows: Rows) -> tuple[Tensor, Tensor]:
    """Mean and deviation of each feature over the rows, and over the frames that are no padding."""
    width = arrays.shape[-1]
    count, sums, squares = 0, np.zeros(width), np.zeros(width)
    for start in range(0, len(rows), 512):
        values = arrays.take(rows[start : start + 512]).reshape(-1, width).astype(np.float64)
        values = values[np.abs(values).max(axis=1) > 0]
        count += len(values)
        sums += values.sum(axis=0)
        squares += np.square(values).sum(axis=0)
    mean = sums / count
    deviation = np.sqrt(np.maximum(squares / count - np.square(mean), 0))
    deviation[deviation == 0] = 1  # as scikit-learn's scaler, which the papers used
    return torch.tensor(mean, dtype=torch.float32), torch.tensor(deviation, dtype=torch.float32)


def fit_network(
    network: Standardised,
    arrays: Arrays,
    truth: NDArray[np.int64],
    train: Rows,
    held: Rows,
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
        arrays: of all clips.
        truth: index of each clip's label.
        train: rows that train.
        held: rows of which the loss is told after every epoch; only where `settings` asks for it do they choose.
        settings: how.
        draw: train on one row of each clip an epoch, drawn, instead of on all.
        seed: of order and dropout.
        device: to train on.
        progress: told after every epoch.
        given: names of the weights, of the network within, that a start gave; they learn by `start_rate`.
    """
    torch.manual_seed(seed)
    generator = np.random.default_rng(seed)
    network.to(device)
    parameters = groups(network.network, given, settings.start_rate)
    for weight in parameters[-1]["params"]:
        weight.requires_grad_(settings.start_rate > 0)  # nothing is computed for what stays as it is
    optimiser = torch.optim.Adam(parameters, lr=settings.learning_rate)
    history: list[dict[str, float]] = []
    best, kept, epoch_kept = math.inf, copy.deepcopy(network.state_dict()), 0
    for epoch in range(1, settings.epochs + 1):
        began = time.monotonic()
        watched = [row["loss" if settings.watch == "training" else "held_loss"] for row in history]
        rate = max(
            settings.least_rate, settings.learning_rate * settings.factor ** plateaus(watched, settings.patience)
        )
        for group in optimiser.param_groups:
            group["lr"] = rate * group["share"]
        loss, accuracy = _epoch(network, optimiser, arrays, truth, _order(train, draw, generator), settings, device)
        row = {"epoch": float(epoch), "learning_rate": rate, "loss": loss, "accuracy": accuracy}
        if len(held):
            logits = logits_of(network, arrays, held, device)
            labels = torch.from_numpy(truth[held[:, 0]])
            row["held_loss"] = float(functional.cross_entropy(logits, labels))
            row["held_accuracy"] = float((logits.argmax(1) == labels).float().mean())
        history.append(row | {"seconds": time.monotonic() - began})
        progress(history[-1])
        if settings.keep == "last" or row["held_loss"] < best:
            best, kept, epoch_kept = row.get("held_loss", best), copy.deepcopy(network.state_dict()), epoch
        if settings.stop_after and epoch - epoch_kept >= settings.stop_after:
            break
    network.load_state_dict(kept)
    return Fitted(network=network.eval(), history=history, epoch=epoch_kept)


def _order(train: Rows, draw: bool, generator: np.random.Generator) -> Rows:
    """The rows of an epoch, in their order: shuffled, and of each clip one alone where they are drawn."""
    shuffled = train[generator.permutation(len(train))]
    if not draw:
        return shuffled
    firsts = np.unique(shuffled[:, 0], return_index=True)[1]
    chosen: Rows = shuffled[generator.permutation(firsts)]
    return chosen


def _epoch(
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    arrays: Arrays,
    truth: NDArray[np.int64],
    rows: Rows,
    settings: FitSettings,
    device: torch.device,
) -> tuple[float, float]:
    """Loss and accuracy over the steps of one epoch."""
    network.train()
    losses, right = 0.0, 0
    for start in range(0, len(rows), settings.batch):
        batch = rows[start : start + settings.batch]
        if len(batch) == 1 < len(rows):
            break  # batch norm needs two
        values = torch.from_numpy(arrays.take(batch)).to(device)
        labels = torch.from_numpy(truth[batch[:, 0]]).to(device)
        with torch.autocast(device.type, torch.bfloat16, enabled=settings.precision == "bfloat16"):
            logits = network(values)[0].float()
        loss = functional.cross_entropy(logits, labels)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        losses += float(loss.detach()) * len(batch)
        right += int((logits.argmax(1) == labels).sum())
    return losses / len(rows), right / len(rows)


@torch.no_grad()
def logits_of(network: nn.Module, arrays: Arrays, rows: Rows, device: torch.device) -> Tensor:
    """Logits of the rows, `(rows, labels)`, on the CPU."""
    network.eval()
    parts = [
        network(torch.from_numpy(arrays.take(rows[start : start + 64])).to(device))[0].float().cpu()
        for start in range(0, len(rows), 64)
    ]
    return torch.cat(parts)
