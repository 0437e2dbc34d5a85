"""The search for the thresholds and the padding, on the side that chooses alone."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np

from ser_train.vad.metrics import detection_score
from ser_train.vad.recordings import Recordings
from ser_train.vad.scores import TOLERANCE, MeetingScore, Thresholds, ThresholdSearch, Trial

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


def search_thresholds(recordings: Recordings, progress: Callable[[int, int], None]) -> ThresholdSearch:
    """Try every setting of the grid.

    Args:
        recordings: of the side that chooses.
        progress: called with how many settings of how many are tried.
    """
    trials = []
    for number, thresholds in enumerate(GRID, 1):
        trials.append(_trial(recordings, thresholds))
        progress(number, len(GRID))
    best = max((trial for trial in trials if trial.allowed), key=lambda trial: trial.value, default=None)
    chosen = best and Thresholds(onset=best.onset, offset=best.offset, padding=best.padding)
    return ThresholdSearch(rule=RULE, table=tuple(trials), chosen=chosen)


def _trial(recordings: Recordings, thresholds: Thresholds) -> Trial:
    plain = recordings.meetings.get("as recorded")
    meetings = detection_score(plain, "both", thresholds) if plain else None
    clips = [detection_score(group, "both", thresholds, TOLERANCE) for group in recordings.speech.values()]
    quiet = detection_score([each for group in recordings.quiet.values() for each in group], "both", thresholds)
    recall = float(np.mean([score.recall or 0.0 for score in ([meetings] if meetings else []) + clips]))
    without = float(np.mean([score.without for score in clips])) if clips else 0.0
    precise = meetings is None or (meetings.precision or 0.0) >= _PRECISION
    return Trial(
        **vars(thresholds),
        meetings=MeetingScore(precision=meetings.precision, recall=meetings.recall) if meetings else None,
        recall=recall,
        without=without,
        false_share=quiet.share,
        value=recall - without,
        allowed=precise and quiet.share <= _FALSE,
    )
