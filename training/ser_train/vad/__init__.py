"""Speech detection measured: webrtcvad, Silero and both, and the search that chose the thresholds."""

from ser_train.vad.report import vad_markdown

__all__ = ["vad_markdown"]
