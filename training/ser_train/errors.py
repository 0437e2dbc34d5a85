"""The one error of the trainer, a `SerLiveError`: one sentence that says what to do."""

from __future__ import annotations

from ser_live.errors import SerLiveError

__all__ = ["TrainingError"]


class TrainingError(SerLiveError):
    """Data, a recipe or a checkpoint cannot be used for what was asked."""
