"""Speech detection measured: webrtcvad, Silero and both, and the search that chose the thresholds."""

from training.vad.report import vad_markdown

__all__ = ["vad_markdown"]
