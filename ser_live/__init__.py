"""Live speech emotion recognition: probabilities, events and honesty about both."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ser_live.errors import ModelError, NonFiniteSampleError, OutputError, SerLiveError, SettingsError, SourceError
from ser_live.types import Event, Prediction

if TYPE_CHECKING:
    from ser_live.analysis import analyze, verdict
    from ser_live.classifier import Classifier
    from ser_live.pipeline import EmotionPipeline

__version__ = "0.1.0"

__all__ = [
    "Classifier",
    "EmotionPipeline",
    "Event",
    "ModelError",
    "NonFiniteSampleError",
    "OutputError",
    "Prediction",
    "SerLiveError",
    "SettingsError",
    "SourceError",
    "analyze",
    "verdict",
]

_LAZY = {
    "Classifier": "classifier",
    "EmotionPipeline": "pipeline",
    "analyze": "analysis",
    "verdict": "analysis",
}


def __getattr__(name: str) -> Any:
    """Load what needs onnxruntime and the audio libraries when it is first asked for."""
    if name in _LAZY:
        return getattr(import_module(f"ser_live.{_LAZY[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
