"""Live speech emotion recognition: audio in, calibrated probabilities and events out."""

from __future__ import annotations

from ser_live.errors import ModelError, NonFiniteSampleError, OutputError, SerLiveError, SettingsError, SourceError
from ser_live.quiet_libraries import switch_off_usage_data

TYPE_CHECKING = False  # not from `typing`, which is slow to import: until then Ctrl-C would leave a traceback
if TYPE_CHECKING:
    from typing import Any

    from ser_live.analysis import analyze, verdict
    from ser_live.classifier import Classifier
    from ser_live.listening import listen, stream
    from ser_live.pipeline import EmotionPipeline
    from ser_live.types import Event, Prediction

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
    "listen",
    "stream",
    "verdict",
]

switch_off_usage_data()

_LAZY = {
    "Classifier": "classifier",
    "EmotionPipeline": "pipeline",
    "Event": "types",
    "Prediction": "types",
    "analyze": "analysis",
    "listen": "listening",
    "stream": "listening",
    "verdict": "analysis",
}


def __getattr__(name: str) -> Any:
    """Load what needs NumPy, onnxruntime and the audio libraries when it is first asked for."""
    if name in _LAZY:
        from importlib import import_module

        return getattr(import_module(f"ser_live.{_LAZY[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
