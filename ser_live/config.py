"""Every setting of the live path that is not the model's own, with its default and its reason."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Any, Literal, get_args

from ser_live.errors import SettingsError, shortened

__all__ = ["Settings", "VadMode"]

VadMode = Literal["both", "webrtc", "silero", "off"]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings of the pipeline. All durations are seconds of the stream, or of speech where stated.

    Attributes:
        step: speech between two predictions (0.05 to 10).
        smoothing: time constant, in speech, of the exponential average (0 to 60; 0 = none).
        vad: which speech detectors must agree.
        first: speech after which an utterance's first prediction comes.
        max_pause: a pause longer than this ends the utterance.
        min_last: new speech that an utterance's last window must hold to be emitted.
        warm_up: a window with less speech than this is `warming-up` (at most 1).
        evidence: weight of a second of speech when a label is committed (0 to 1e6).

    Raises:
        SettingsError: for a value out of its range.
    """

    step: float = 0.25
    smoothing: float = 0.5
    vad: VadMode = "both"
    first: float = 0.75
    max_pause: float = 1.5
    min_last: float = 0.3
    warm_up: float = 1.0
    evidence: float = 5.0

    def __post_init__(self) -> None:
        for name, low, high, unit in (
            ("step", 0.05, 10.0, " seconds"),
            ("smoothing", 0.0, 60.0, " seconds"),
            ("first", 0.1, 10.0, " seconds"),
            ("max_pause", 0.1, 60.0, " seconds"),
            ("min_last", 0.0, 10.0, " seconds"),
            ("warm_up", 0.0, 1.0, " seconds"),
            ("evidence", 0.0, 1e6, ""),
        ):
            value = getattr(self, name)
            if not _within(value, low, high):
                told = shortened(repr(value), 40) if isinstance(value, (str, float)) else type(value).__name__
                raise SettingsError(f"{name} must be between {low:g} and {high:g}{unit}, not {told}")
        if not isinstance(self.vad, str) or self.vad not in get_args(VadMode):
            raise SettingsError(
                f"vad must be one of {', '.join(get_args(VadMode))}, not {shortened(repr(self.vad), 40)}"
            )


def _within(value: Any, low: float, high: float) -> bool:
    return bool(isinstance(value, Real) and low <= value <= high)  # type: ignore[operator] # numbers compare
