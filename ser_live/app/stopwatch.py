"""Measure how long computing takes, and how much of it belongs to each prediction."""

from __future__ import annotations

import time
from collections.abc import Callable

from ser_live.types import Event, Prediction

__all__ = ["Stopwatch"]

Records = list[tuple[float, Prediction | Event]]


class Stopwatch:
    """Time the pipeline's work.

    To a prediction belongs all work since the one before it, or since speech began.

    Attributes:
        seconds: of computing so far.
        charge: seconds that belong to each of the latest predictions.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self.charge = 0.0
        self._charged = 0.0  # of `seconds`, those that belong to predictions so far

    def time(self, work: Callable[[], Records], *, speaking: bool) -> Records:
        """Do a piece of work and return its records; `speaking` is whether there was speech before it."""
        if not speaking:
            self._charged = self.seconds
        began = time.perf_counter()
        records = work()
        self.seconds += time.perf_counter() - began
        predictions = sum(isinstance(record, Prediction) for _, record in records)
        if predictions:
            self.charge = (self.seconds - self._charged) / predictions
            self._charged = self.seconds
        return records
