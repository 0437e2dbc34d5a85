"""What changes over a run's steps: pure functions, so that a resumed run goes on unchanged."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ser_train.fitting.optimisation import Optimisation

__all__ = ["averaging_decay", "learning_rate", "plateaus"]


def learning_rate(step: int, steps: int, settings: Optimisation, losses: Sequence[float] = ()) -> float:
    """Return the learning rate of one step.

    Args:
        step: from 0, over all epochs.
        steps: of the longest run.
        settings: the schedule and its numbers.
        losses: validation loss of each epoch so far; for `plateau` alone.
    """
    highest = settings.learning_rate
    warm = max(1, round(settings.warm_up * steps))
    if step < warm:
        return highest * (step + 1) / warm
    if settings.schedule == "plateau":
        return float(highest * settings.factor ** plateaus(losses, settings.patience))
    return highest * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def averaging_decay(asked: float, steps: int) -> float:
    """Return the decay of the weights' average: what is asked for, or less in a run too short for that to move.

    At the end of `steps` the first weights are less than 1 % of the average (e^-5).

    >>> averaging_decay(0.995, 5_000), averaging_decay(0.995, 100)
    (0.995, 0.95)
    """
    return min(asked, max(0.0, 1 - 5 / steps))


def plateaus(losses: Sequence[float], patience: int, threshold: float = 1e-4) -> int:
    """Return how often the loss stood still for more than `patience` epochs, as `ReduceLROnPlateau` counts it.

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
