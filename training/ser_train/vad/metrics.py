"""Scores of decisions beside the truth, in cells of 10 ms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ser_live.config import VadMode
from ser_train.vad.detectors import decide, widened
from ser_train.vad.recordings import Recording, Recordings
from ser_train.vad.scores import MODES, TOLERANCE, DetectionScore, SideScores, Thresholds

__all__ = ["detection_score", "side_scores"]


def detection_score(
    recordings: Sequence[Recording], mode: VadMode, thresholds: Thresholds, tolerance: int = 0
) -> DetectionScore:
    """Score all cells of some recordings together.

    Args:
        recordings: one at least.
        mode: which detectors.
        thresholds: of the decisions.
        tolerance: cells around the truth in which a decision for speech is no mistake.
    """
    decisions = [decide(recording.values, mode, thresholds) for recording in recordings]
    pairs = [(cells, recording.truth) for cells, recording in zip(decisions, recordings, strict=True)]
    detected = sum(int(cells.sum()) for cells in decisions)
    right = sum(int((cells & widened(truth, tolerance)).sum()) for cells, truth in pairs)
    hit = sum(int((cells & truth).sum()) for cells, truth in pairs)
    spoken = sum(int(truth.sum()) for _, truth in pairs)
    return DetectionScore(
        precision=right / detected if detected else None,
        recall=hit / spoken if spoken else None,
        share=detected / max(sum(len(cells) for cells in decisions), 1),
        without=float(np.mean([not cells.any() for cells in decisions])),
    )


def side_scores(recordings: Recordings, thresholds: Thresholds) -> SideScores:
    """Score one side's recordings by each detector and by both."""

    def scores(group: Mapping[str, Sequence[Recording]], tolerance: int = 0) -> dict[str, dict[str, DetectionScore]]:
        return {
            name: {mode: detection_score(each, mode, thresholds, tolerance) for mode in MODES}
            for name, each in group.items()
        }

    return SideScores(
        counts=recordings.counts,
        meetings=scores(recordings.meetings),
        speech=scores(recordings.speech, TOLERANCE),
        quiet=scores(recordings.quiet),
    )
