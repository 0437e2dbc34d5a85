"""What the server counts, in Prometheus' text format. Emotions are never counted: they are personal data."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Metrics"]

_HELP = {
    "sessions": ("gauge", "Streams that are open."),
    "sessions_total": ("counter", "Streams that were opened."),
    "refused_total": ("counter", "Connections that ended with a named error."),
    "audio_seconds_total": ("counter", "Seconds of sound heard."),
    "compute_seconds_total": ("counter", "Seconds of computing."),
    "predictions_total": ("counter", "Predictions made."),
    "queue_age_seconds": ("gauge", "Age of the oldest sound that waits."),
    "real_time_factor": ("gauge", "Seconds of computing for a second of sound."),
}


@dataclass
class Metrics:
    """Counters; the computing thread writes the middle three, the event loop the others."""

    sessions: int = 0
    sessions_total: int = 0
    refused_total: int = 0
    audio_seconds_total: float = 0.0
    compute_seconds_total: float = 0.0
    predictions_total: int = 0

    def text(self, queue_age: float) -> str:
        """Return the text, where `queue_age` is how long the oldest sound has waited, in seconds."""
        values = {
            **vars(self),
            "queue_age_seconds": queue_age,
            "real_time_factor": self.compute_seconds_total / self.audio_seconds_total
            if self.audio_seconds_total
            else 0.0,
        }
        return "".join(
            f"# HELP ser_live_{name} {words}\n# TYPE ser_live_{name} {kind}\nser_live_{name} {values[name]:.9g}\n"
            for name, (kind, words) in _HELP.items()
        )
