"""The search for the thresholds and the padding, on what chooses alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from itertools import product
from typing import Any

import numpy as np

from ser_train.vad.detectors import Thresholds
from ser_train.vad.metrics import TOLERANCE, score
from ser_train.vad.recordings import Material

__all__ = ["GRID", "RULE", "search_thresholds"]

GRID = [
    Thresholds(onset=onset, offset=offset, padding=padding)
    for onset, offset, padding in product((0.3, 0.35, 0.4, 0.5, 0.6), (0.15, 0.2, 0.3, 0.4), (10, 15, 20))
    if offset < onset
]
_PRECISION, _FALSE = 0.92, 0.02
RULE = (
    f"Of those with a precision of at least {_PRECISION} on the meetings and at most {_FALSE:.0%} of all the time "
    "without speech taken for speech: the highest recall, meetings and each condition of the clips counted alike, less "
    "the share of clips without any speech found."
)


def search_thresholds(material: Material, done: Callable[[int, int], None]) -> dict[str, Any]:
    """Try every setting of the grid.

    Args:
        material: of the side that chooses.
        done: called with the settings tried and those there are.

    Returns:
        `rule`, `table` (a row for each setting: its figures, and whether the rule allows it) and `chosen`, the
        setting that the rule takes, or None if it allows none.
    """
    table = []
    for number, thresholds in enumerate(GRID, 1):
        table.append(_row(material, thresholds))
        done(number, len(GRID))
    allowed = [row for row in table if row["allowed"]]
    best = max(allowed, key=lambda row: float(row["value"])) if allowed else None
    return {
        "rule": RULE,
        "table": table,
        "chosen": best and {name: best[name] for name in ("onset", "offset", "padding")},
    }


def _row(material: Material, thresholds: Thresholds) -> dict[str, Any]:
    plain = material.meetings.get("as recorded")
    meetings = score(plain, "both", thresholds) if plain else None
    clips = [score(pieces, "both", thresholds, TOLERANCE) for pieces in material.speech.values()]
    quiet = score([piece for pieces in material.quiet.values() for piece in pieces], "both", thresholds)
    recalls = [float(found["recall"] or 0) for found in ([meetings] if meetings else []) + clips]
    without = float(np.mean([found["without"] for found in clips])) if clips else 0.0
    precise = meetings is None or (meetings["precision"] or 0) >= _PRECISION
    return asdict(thresholds) | {
        "meetings": meetings and {"precision": meetings["precision"], "recall": meetings["recall"]},
        "recall": float(np.mean(recalls)),
        "without": without,
        "false": quiet["share"],
        "value": float(np.mean(recalls)) - without,
        "allowed": bool(precise and (quiet["share"] or 0) <= _FALSE),
    }
