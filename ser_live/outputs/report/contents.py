"""What the page is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ser_live.outputs.report.columns import LaneColumns
from ser_live.outputs.report.marks import Marks
from ser_live.outputs.stretches import Stretch

__all__ = ["Contents"]


@dataclass(frozen=True, kw_only=True)
class Contents:
    """Everything that the page shows.

    Attributes:
        session: fields of the session record.
        summary: fields of the summary, none for a session that broke off.
        labels: of the model, in its order.
        lanes: their predictions and speech.
        stretches: of all lanes, by time.
        marks: the warnings.
        seconds: length of the session.
    """

    session: Mapping[str, Any]
    summary: Mapping[str, Any]
    labels: Sequence[str]
    lanes: Sequence[LaneColumns]
    stretches: Sequence[Stretch]
    marks: Marks
    seconds: float
