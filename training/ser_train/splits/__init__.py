"""Who trains, who chooses, who is measured: whole speakers, never clips."""

from __future__ import annotations

from ser_train.splits.divide import make_splits, public_serves
from ser_train.splits.protocol import pooled_protocol
from ser_train.splits.split import SHARED, SIDES, Side, Split, SplitSettings

__all__ = [
    "SHARED",
    "SIDES",
    "Side",
    "Split",
    "SplitSettings",
    "make_splits",
    "pooled_protocol",
    "public_serves",
]
