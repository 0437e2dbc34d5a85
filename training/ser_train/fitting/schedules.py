"""What changes over a run's steps, and its end: pure functions, so that a resumed run goes on unchanged."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ser_train.fitting.optimisation import Optimisation

__all__ = ["averaging_decay", "learning_rate", "plateaus", "stands_still"]

_FIRST, _LAST = 25.0, 1e4
"""One cycle starts at a 25th of the highest rate and ends at a 10,000th of that."""


def learning_rate(step: int, steps: int, settings: Optimisation, losses: Sequence[float] = ()) -> float:
    """Learning rate of one step.

    Args:
        step: from 0, over all epochs.
        steps: of the longest run.
        settings: the schedule and its numbers.
        losses: validation loss of each epoch so far; for `plateau` alone.
    """
    highest = settings.learning_rate
    warm = max(1, round(settings.warm_up * steps))
    if settings.schedule == "one-cycle":
        return highest * _one_cycle(step, steps, warm)
    if step < warm:
        return highest * (step + 1) / warm
    if settings.schedule == "cosine":
        return highest * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))
    if settings.schedule == "plateau":
        return float(highest * settings.factor ** plateaus(losses, settings.patience))
    return highest


def averaging_decay(asked: float, steps: int) -> float:
    """Decay of the weights' average: what is asked for, or less in a run so short that the average would not move.

    At the end of `steps` the first weights are less than 1 % of the average (e^-5).

    >>> averaging_decay(0.995, 5_000), averaging_decay(0.995, 100)
    (0.995, 0.95)
    """
    return min(asked, max(0.0, 1 - 5 / steps))


def _one_cycle(step: int, steps: int, warm: int) -> float:
    """Share of the highest rate: up along a cosine, then down along a longer one.

    Smith, Topin, "Super-convergence", https://arxiv.org/abs/1708.07120, as `torch.optim.lr_scheduler.OneCycleLR` has
    it; the momentum stays as it is.
    """
    top = warm - 1
    if step < top:
        start, end, along = 1 / _FIRST, 1.0, step / top
    else:
        start, end, along = 1.0, 1 / _FIRST / _LAST, (step - top) / max(1, steps - 1 - top)
    return end + (start - end) / 2 * (1 + math.cos(math.pi * along))


def plateaus(losses: Sequence[float], patience: int, threshold: float = 1e-4) -> int:
    """How often the loss stood still for more than `patience` epochs, as `ReduceLROnPlateau` counts it.

    Args:
        losses: of each epoch so far.
        patience: epochs without a better loss that are let pass.
        threshold: share by which a loss must be lower to be better.
    """
    best, waited, count = math.inf, 0, 0
    for loss in losses:
        if loss < best * (1 - threshold):
            best, waited = loss, 0
        else:
            waited += 1
        if waited > patience:
            waited, count = 0, count + 1
    return count


def stands_still(recalls: Sequence[float], epochs: int) -> bool:
    """True if the last `epochs` epochs brought no better recall than there was before; never for 0."""
    if not epochs or not recalls:
        return False
    return len(recalls) - 1 - recalls.index(max(recalls)) >= epochs
