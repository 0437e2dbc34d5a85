"""Clips and a model's predictions of them, made up: scores with known answers."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from ser_train.corpora import Clip
from ser_train.evaluation.clip_scores import score_clips
from ser_train.evaluation.inference import ClipPredictions
from ser_train.evaluation.scores import ClipScores

THREE = ("angry", "happy", "sad")

A, H, S = ((0.8, 0.1, 0.1), (0.2, 0.7, 0.1), (0.25, 0.15, 0.6))
"""Probabilities that say angry (confidence 0.8), happy (0.7) and sad (0.6)."""


def clip(label: str, speaker: str = "a", **fields: Any) -> Clip:
    """A clip that has no file."""
    defaults: dict[str, Any] = {"corpus": "made", "sex": None, "text": "t", "path": Path(f"{speaker}-{label}.wav")}
    return Clip(label=label, speaker=speaker, **{**defaults, **fields})


def predicted(*windows: tuple[float, ...], labels: int = 3) -> ClipPredictions:
    """Predictions of windows of one second each; no windows, no verdict."""
    probabilities = np.array(windows, np.float64).reshape(-1, len(windows[0]) if windows else labels)
    return ClipPredictions(
        verdict=probabilities.mean(axis=0) if windows else None,
        probabilities=probabilities,
        speech=np.ones(len(windows)),
        smoothed=[max(window) for window in windows],
    )


CLIPS = [
    clip("angry", "a", sex="male", age=29, ethnicity="X"),
    clip("angry", "b", sex="female", age=30),
    clip("happy", "a", sex="male", age=29, ethnicity="X"),
    clip("happy", "b", sex="female", age=30),
    clip("sad", "a", sex="male", age=29, ethnicity="X"),
    clip("sad", "c"),
]
PREDICTIONS = [predicted(A), predicted(A, H, A), predicted(A), predicted(H), predicted(S, S), predicted()]
"""Right, right, wrong, right, right, nothing."""


def made_scores(**fields: Any) -> ClipScores:
    """Scores of those clips, with other fields where they are given."""
    return replace(_made(), **fields)


@cache
def _made() -> ClipScores:
    return score_clips(CLIPS, PREDICTIONS, THREE, "made up")
