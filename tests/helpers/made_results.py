"""Clips, and what a model said of them, made up: figures with known answers."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from ser_train.corpora import Clip
from ser_train.evaluation.inference import Heard
from ser_train.evaluation.scores import figures

THREE = ("angry", "happy", "sad")

A, H, S = ((0.8, 0.1, 0.1), (0.2, 0.7, 0.1), (0.25, 0.15, 0.6))
"""Probabilities that say angry (confidence 0.8), happy (0.7) and sad (0.6)."""


def clip(label: str, speaker: str = "a", **fields: Any) -> Clip:
    """A clip that has no file."""
    defaults: dict[str, Any] = {"corpus": "made", "sex": None, "text": "t", "path": Path(f"{speaker}-{label}.wav")}
    return Clip(label=label, speaker=speaker, **{**defaults, **fields})


def heard(*windows: tuple[float, ...], labels: int = 3) -> Heard:
    """What the pipeline says in windows of one second each; no windows, no verdict."""
    probabilities = np.array(windows, np.float64).reshape(-1, len(windows[0]) if windows else labels)
    return Heard(
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
HEARD = [heard(A), heard(A, H, A), heard(A), heard(H), heard(S, S), heard()]
"""Right, right, wrong, right, right, nothing."""


def row(**settings: Any) -> dict[str, Any]:
    """Figures of those clips, with other fields where they are given."""
    return deepcopy(_row()) | settings


@cache
def _row() -> dict[str, Any]:
    return figures(CLIPS, HEARD, THREE, "made up")
