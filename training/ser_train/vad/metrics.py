"""Figures of decisions beside the truth, in cells of 10 ms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ser_live.config import VadMode
from ser_train.vad.detectors import Thresholds, decide, widened
from ser_train.vad.recordings import Material, Piece

__all__ = ["MODES", "TOLERANCE", "score", "side_figures"]

MODES: tuple[VadMode, ...] = ("webrtc", "silero", "both")
TOLERANCE = 20
"""Cells: on clips, what is taken for speech at most 0.2 s from an active cell is no mistake. The truth there is the
level, which falls before a word's last sound does, and the padding is meant to reach over it."""


def score(
    pieces: Sequence[Piece], mode: VadMode, thresholds: Thresholds, tolerance: int = 0
) -> dict[str, float | None]:
    """Precision and recall of all cells together, and shares of time and of recordings.

    Args:
        pieces: recordings.
        mode: which detectors.
        thresholds: of the decisions.
        tolerance: cells around the truth in which a decision for speech is no mistake.

    Returns:
        `precision`, `recall` (None where nothing was found, or nobody speaks), `share` of the time taken for speech,
        `without`: share of the recordings in which no speech was found.
    """
    decisions = [decide(piece.values, mode, thresholds) for piece in pieces]
    found = sum(int(cells.sum()) for cells in decisions)
    right = sum(int((d & widened(p.truth, tolerance)).sum()) for d, p in zip(decisions, pieces, strict=True))
    hit = sum(int((d & p.truth).sum()) for d, p in zip(decisions, pieces, strict=True))
    spoken = sum(int(piece.truth.sum()) for piece in pieces)
    return {
        "precision": right / found if found else None,
        "recall": hit / spoken if spoken else None,
        "share": found / max(sum(len(cells) for cells in decisions), 1),
        "without": float(np.mean([not cells.any() for cells in decisions])),
    }


def side_figures(material: Material, thresholds: Thresholds) -> dict[str, Any]:
    """All figures of one side, of each detector and of both, with the counts beside them."""

    def rows(pieces: Sequence[Piece], tolerance: int = 0) -> dict[str, Any]:
        return {mode: score(pieces, mode, thresholds, tolerance) for mode in MODES}

    return {
        "counts": material.counts,
        "meetings": {name: rows(pieces) for name, pieces in material.meetings.items()},
        "speech": {name: rows(pieces, TOLERANCE) for name, pieces in material.speech.items()},
        "quiet": {name: rows(pieces) for name, pieces in material.quiet.items()},
    }
