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
    probabilities; the utterance's first window sets it.

    The hysteresis holds one label. A rival takes over once its lead over it, summed over speech and never less than
    zero, reaches `commit`: a lead of 0.5 in `commit / 0.5` seconds. It is Page's cumulative sum test (1954,
    https://doi.org/10.1093/biomet/41.1-2.100). The first label past the warm-up is held at once, and accepted once
    its lead over the runner-up sums up to as much. `committed` is a label that leads, is held and is accepted.

    Args:
        time_constant: seconds of speech; 0 = no smoothing.
        warm_up: seconds of speech in a window under which its record is `warming-up`.
        threshold: `uncertain` where the largest average stays under it.
        commit: what a lead must sum up to, in seconds of a lead of 1.

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
        self._held = -1
        self._accepted = False
        self._leads: Probabilities = np.zeros(1)  # of each label over the held one, summed over speech
        self._own = 0.0  # the same of the first held label, over the runner-up

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
        if speech < self.warm_up:
            return self._average, leader, "warming-up"
        certain = bool(self._average[leader] >= self.threshold)
        self._hold(self._average, leader, new_speech, certain)
        state: State = "committed" if leader == self._held and self._accepted else "provisional"
        return self._average, leader, state if certain else "uncertain"

    def _hold(self, average: Probabilities, leader: int, seconds: float, certain: bool) -> None:
        """Let the hysteresis hear the next average."""
        if self._held < 0:
            if not certain:
                return
            self._held = leader
        else:
            self._leads = np.maximum(self._leads + seconds * (average - average[self._held]), 0.0)
            if leader != self._held and self._leads[leader] >= self.commit - 1e-9:
                self._held, self._accepted, self._leads = leader, True, np.zeros(1)
        if not self._accepted:
            runner_up = np.delete(average, self._held).max(initial=0.0)
            self._own = max(self._own + seconds * float(average[self._held] - runner_up), 0.0)
            self._accepted = self._own >= self.commit - 1e-9
