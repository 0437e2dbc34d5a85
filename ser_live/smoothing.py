"""Smooth an utterance's window probabilities and decide what may be said of them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ser_live.types import State

__all__ = ["Smoother"]

Probabilities = NDArray[np.float64]


class Smoother:
    """Exponential average over speech, with hysteresis on its largest label.

    With `d` seconds of new speech the average moves by `1 - exp(-d / time_constant)` towards the window's
    probabilities; the utterance's first window sets it. A label is `committed` once it has led the average
    throughout `commit` seconds of speech.

    Args:
        time_constant: seconds of speech; 0 = no smoothing.
        warm_up: seconds of speech in a window under which its record is `warming-up`.
        threshold: `uncertain` where the largest average stays under it.
        commit: seconds of speech for which a label must lead.

    Shape:
        `feed`: probabilities `(labels,)` to their average `(labels,)`, its largest index, and the state.
    """

    def __init__(self, *, time_constant: float, warm_up: float, threshold: float, commit: float) -> None:
        self.time_constant = time_constant
        self.warm_up = warm_up
        self.threshold = threshold
        self.commit = commit
        self.reset()

    def reset(self) -> None:
        """Forget the utterance: as a new object."""
        self._average: Probabilities | None = None
        self._leader = -1
        self._led = 0.0  # seconds of speech since the leader took over

    def feed(
        self, probabilities: Probabilities, *, new_speech: float, speech: float
    ) -> tuple[Probabilities, int, State]:
        """Take the next window's probabilities, `new_speech` seconds after the last, `speech` seconds in it."""
        if self._average is None or self.time_constant == 0:
            self._average = probabilities
        else:
            self._average = self._average + -math.expm1(-new_speech / self.time_constant) * (
                probabilities - self._average
            )
        leader = int(np.argmax(self._average))
        if leader == self._leader:
            self._led += new_speech
        else:
            self._leader, self._led = leader, 0.0
        state: State
        if speech < self.warm_up:
            state = "warming-up"
        elif self._average[leader] < self.threshold:
            state = "uncertain"
        elif self._led >= self.commit - 1e-9:
            state = "committed"
        else:
            state = "provisional"
        return self._average, leader, state
