"""The predictions of one lane in columns of small numbers: a few bytes each, however long the session is."""

from __future__ import annotations

import base64
import math
import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from ser_live.errors import OutputError
from ser_live.types import Event, Prediction

__all__ = ["SHARE_STEPS", "STATES", "LaneColumns", "milliseconds"]

STATES: Final = ("warming-up", "uncertain", "provisional", "committed")
SHARE_STEPS: Final = 10_000
"""Probabilities are written in hundredths of a percent."""
_LONGEST: Final = 0xFFFF  # milliseconds of a window, and of the speech in it
_ROOTS: Final = bytes(round(255 * math.sqrt(thousandth / 1000)) for thousandth in range(1001))


class LaneColumns:
    """Collect what one lane says.

    A prediction takes 10 bytes, 4 for each label and 1 for each share of the attention.

    Args:
        name: of the lane, None where there is only one.
        labels: of the model, in its order.

    Attributes:
        name: of the lane.
        last: the latest time that a record names, in seconds.
        attention: whether any prediction says where the model listened.
    """

    def __init__(self, name: str | None, labels: Sequence[str]) -> None:
        self.name = name
        self.last = 0.0
        self.attention = False
        self._labels = tuple(labels)
        self._numbers = {label: number for number, label in enumerate(labels)}
        self._ends = array("I")
        self._lengths = array("H")
        self._speech = array("H")
        self._said = array("B")  # state and label in one byte
        self._smoothed = array("H")
        self._window = array("H")
        self._heard = array("B")  # shares of attention, one prediction's after the other's
        self._heard_counts = array("B")
        self._utterances = array("I")  # start, end, start, end …
        self._speaking: float | None = None

    def __len__(self) -> int:
        return len(self._ends)

    @property
    def heard_nothing(self) -> bool:
        """Whether no speech began."""
        return not self._utterances and self._speaking is None and not self._ends

    def take(self, record: Prediction | Event) -> None:
        """Take a prediction of this lane or an event of its speech.

        Raises:
            OutputError: for a value that is not a number.
        """
        if isinstance(record, Prediction):
            try:
                self._predict(record)
            except (ValueError, OverflowError):  # of a NaN, of infinity
                raise OutputError(
                    "the model gave a value that is not a number: the model is broken, export it again or use another"
                ) from None
        elif record.kind == "speech":
            self._speaking = record.start if record.end is None else None
            if record.end is not None:
                self._utterances.extend((milliseconds(record.start), milliseconds(record.end)))
        self.last = max(self.last, record.start, record.end or 0.0)

    def _predict(self, said: Prediction) -> None:
        self._ends.append(milliseconds(said.end))
        self._lengths.append(min(_LONGEST, milliseconds(said.end - said.start)))
        self._speech.append(min(_LONGEST, milliseconds(said.speech_seconds)))
        self._said.append(16 * STATES.index(said.state) + self._numbers.get(said.label, 15))
        self._smoothed.extend(self._steps(said.smoothed))
        self._window.extend(self._steps(said.probabilities))
        shares = (said.attention or ())[:255]
        self.attention = self.attention or bool(shares)
        self._heard_counts.append(len(shares))
        self._heard.extend(_ROOTS[round(1000 * min(1.0, max(0.0, share)))] for share in shares)

    def _steps(self, probabilities: Mapping[str, float]) -> Iterable[int]:
        return [min(SHARE_STEPS, max(0, round(SHARE_STEPS * probabilities.get(label, 0.0)))) for label in self._labels]

    def utterances(self, end: float) -> array[int]:
        """Return start and end of each utterance in milliseconds, the open one until `end`."""
        if self._speaking is None:
            return self._utterances
        return self._utterances + array("I", (milliseconds(self._speaking), milliseconds(end)))

    def fields(self, end: float) -> dict[str, Any]:
        """Return the columns as text (base64, little end first) for the page's script."""
        columns: dict[str, array[int]] = {
            "ends": self._ends,
            "lengths": self._lengths,
            "speech": self._speech,
            "said": self._said,
            "smoothed": self._smoothed,
            "window": self._window,
            "heard": self._heard,
            "heardCounts": self._heard_counts,
            "utterances": self.utterances(end),
        }
        return {"name": self.name, **{name: _text(column) for name, column in columns.items()}}


def milliseconds(seconds: float) -> int:
    """Return a time in whole milliseconds, within what four bytes hold (49 days)."""
    return min(0xFFFF_FFFF, max(0, round(1000 * seconds)))


def _text(column: array[int]) -> str:
    if sys.byteorder == "big":  # pragma: no cover
        column = array(column.typecode, column)
        column.byteswap()
    return base64.b64encode(column.tobytes()).decode("ascii")
