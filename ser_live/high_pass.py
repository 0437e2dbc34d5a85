"""A causal high-pass in front of the speech detectors: offset, mains hum and rumble lie below every voice."""

from __future__ import annotations

import math

import numpy as np

from ser_live.types import FloatArray

__all__ = ["HighPass"]

_NOTHING = (
    1e-12  # of full scale; in digital silence a state would fade for ever, into numbers that are slow to work with
)


class HighPass:
    """A Butterworth high-pass of second order, whose result does not depend on how the signal is cut.

    What lies below the voice would hold the leveller's gain down, so that a quiet voice is not found. Each cell is
    filtered by one product and the filter's state in double precision, cell after cell: the response of a recursive
    filter over a block (Oppenheim and Schafer, Discrete-Time Signal Processing, chapter 6), its coefficients by the
    bilinear transform.

    Args:
        cut_off: frequency that loses 3 dB, Hz.
        sample_rate: Hz.
        cell: samples of one step; the shorter, the fewer products and the more steps.

    Shape:
        `feed`: `(n * cell,)` to the same; the caller feeds whole cells.
    """

    def __init__(self, cut_off: float, sample_rate: int, cell: int) -> None:
        warped = math.tan(math.pi * cut_off / sample_rate)
        scale = 1 / (1 + math.sqrt(2) * warped + warped**2)
        numerator = scale * np.array([1.0, -2.0, 1.0])
        denominator = np.array([1.0, 2 * (warped**2 - 1) * scale, (1 - math.sqrt(2) * warped + warped**2) * scale])
        self._cell = cell
        step = np.array([[-denominator[1], 1.0], [-denominator[2], 0.0]])  # transposed direct form II
        enter = np.array([numerator[1] - denominator[1] * numerator[0], numerator[2] - denominator[2] * numerator[0]])
        response = np.empty(cell)
        fading = np.empty((cell, 2))  # of the state, in the output
        entering = np.empty((cell, 2))  # of each sample, in the state after the cell
        power = np.eye(2)
        response[0] = numerator[0]
        for i in range(cell):
            fading[i] = power[0]
            entering[cell - 1 - i] = power @ enter
            if i + 1 < cell:
                response[i + 1] = power[0] @ enter
            power = power @ step
        self._after = power.tolist()
        self._fading = fading
        self._entering = np.ascontiguousarray(entering.T)
        lag = np.arange(cell)[:, None] - np.arange(cell)
        self._product = np.where(lag >= 0, response[np.maximum(lag, 0)], 0.0)
        # the state in which a constant signal gives nothing: a stream begins as if its first sample had stood for ever
        self._still = np.linalg.solve(np.eye(2) - step, enter)
        self.reset()

    def reset(self) -> None:
        """Return to the state of a new object."""
        self._state: tuple[float, float] | None = None

    def feed(self, samples: FloatArray) -> FloatArray:
        """Filter the next whole cells."""
        cells = samples.reshape(-1, self._cell).astype(np.float64)
        if not len(cells):
            return samples
        if self._state is None:
            first, second = (self._still * cells[0, 0]).tolist()
            self._state = first, second
        new = np.einsum("ij,kj->ik", cells, self._entering)  # no product of linear algebra: it would wake threads
        (a, b), (c, d) = self._after
        first, second = self._state
        states = []
        for one, other in new.tolist():
            states.append((first, second))
            first, second = a * first + b * second + one, c * first + d * second + other
            if abs(first) + abs(second) < _NOTHING:
                first = second = 0.0
        self._state = first, second
        filtered = np.einsum("ij,kj->ik", cells, self._product)
        filtered += np.einsum("ij,kj->ik", np.array(states), self._fading)
        result: FloatArray = filtered.reshape(-1).astype(np.float32)
        return result
