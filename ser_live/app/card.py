"""What a model heard and how it was measured, in short: what a report says of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ser_live.contract import Contract
from ser_live.errors import shortened

__all__ = ["card"]

_OF_A_CORPUS = ("title", "clips", "speakers", "licence")
_OF_A_SCORE = ("corpus", "side", "clips", "speakers", "uar", "uar_interval")
_MOST = 32  # of each; a contract of somebody else may hold anything


def card(contract: Contract) -> dict[str, Any]:
    """Return `trained_on` (a corpus each) and `scores` (a figure each) of the contract, for the session record."""
    return {
        "trained_on": _chosen(contract.training.get("corpora"), _OF_A_CORPUS),
        "scores": _chosen(contract.scores, _OF_A_SCORE),
    }


def _chosen(rows: object, names: Sequence[str]) -> list[dict[str, Any]]:
    if not isinstance(rows, (list, tuple)):
        return []
    rows = [row for row in rows if isinstance(row, dict)][:_MOST]
    return [{name: _plain(row[name]) for name in names if name in row} for row in rows]


def _plain(value: object) -> Any:
    """Return numbers and short lists of them as they are, and everything else as short text."""
    if value is None or isinstance(value, (int, float)):
        return value
    if isinstance(value, list) and len(value) <= 2 and all(isinstance(item, (int, float)) for item in value):
        return value
    return shortened(value)
