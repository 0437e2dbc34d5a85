"""Smooth the window probabilities of an utterance and give each result a state."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ser_live.types import State

__all__ = ["Smoother"]

Probabilities = NDArray[np.float64]

_LEAST = 1e-4  # what a window, or the past, leaves of any label


class Smoother:
    """Exponential average over speech, and Bayes' rule to commit to a label.

    With `d` seconds of new speech the average moves by `1 - exp(-d / time_constant)` towards the window's
    probabilities; the utterance's first window sets it.

    The labels' posterior starts even. Each window multiplies it by its probabilities to the power of `evidence x d`:
    windows overlap, and what they say is not independent. No label's share falls under 0.0001, so that another emotion
    is recognised within seconds, however long the first has lasted: a sequential test of many hypotheses that forgets
    (Baum and Veeravalli 1994, https://doi.org/10.1109/18.340472, without its end). `committed` is a label that leads
    the average and has more than half of the posterior.

    Args:
        time_constant: seconds of speech; 0 = no smoothing.
        warm_up: seconds of speech in a window under which its record is `warming-up`.
        threshold: `uncertain` where the largest average stays under it.
        evidence: weight of a second of speech in the posterior, 0 or more.

    Shape:
        `feed`: probabilities `(labels,)` to their average `(labels,)`, its largest index, and the state.
    """

    def __init__(self, *, time_constant: float, warm_up: float, threshold: float, evidence: float) -> None:
        self.time_constant = time_constant
        self.warm_up = warm_up
        self.threshold = threshold
        self.evidence = evidence
        self.reset()

    def reset(self) -> None:
        """Return to the state of a new object."""
        self._average: Probabilities | None = None
        self._posterior: Probabilities | None = None

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
        self._posterior = self._update(probabilities, new_speech)
        leader = int(np.argmax(self._average))
        state: State = "provisional"
        if speech < self.warm_up:
            state = "warming-up"
        elif self._average[leader] < self.threshold:
            state = "uncertain"
        elif self._posterior[leader] > 0.5:
            state = "committed"
        return self._average, leader, state

    def _update(self, probabilities: Probabilities, seconds: float) -> Probabilities:
        """Return the posterior after a window that came `seconds` of speech after the one before."""
        before = np.ones(len(probabilities)) if self._posterior is None else self._posterior
        logs = np.log(np.maximum(before, _LEAST))
        logs += self.evidence * seconds * np.log(np.maximum(probabilities, _LEAST))
        likely = np.exp(logs - logs.max())
        posterior: Probabilities = likely / likely.sum()
        return posterior
