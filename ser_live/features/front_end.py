"""The front ends that contracts ask for: the plain one of `features`, and those that see a window as a whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Final, Literal

import numpy as np

from ser_live.contract import FeatureSettings, HandmadeSettings, InputSettings, Step
from ser_live.errors import ModelError, SettingsError
from ser_live.features import handmade
from ser_live.features.log_mel import FrontEnd, LogMel, Normalisation
from ser_live.types import FloatArray

__all__ = ["PreparedFrontEnd", "front_end_of", "make_front_end", "peak", "z_score"]

_Signal = Callable[[FloatArray], FloatArray]


def peak(samples: FloatArray) -> FloatArray:
    """Bring the largest amplitude to 1; silence stays silence."""
    return np.asarray(samples / np.maximum(np.abs(samples).max(initial=0.0), np.float32(1e-8)), np.float32)


def z_score(features: FloatArray) -> FloatArray:
    """Bring the mean over all values to 0 and their deviation to 1; equal values become 0."""
    centred = features - features.mean()
    return np.asarray(centred / np.maximum(centred.std(), np.float32(1e-5)), np.float32)


_STEPS: Final[dict[Step, _Signal]] = {"peak": peak, "trim": handmade.trim, "wiener": handmade.wiener}


@dataclass(frozen=True, kw_only=True)
class PreparedFrontEnd:
    """From a window's speech to the model's input, by way of what must see the window as a whole.

    Args:
        shape: of the model's input.
        window_samples: samples of the longest window.
        steps: what is done to the samples, in this order.
        features: from at most `window_samples` samples to the model's input.
    """

    shape: tuple[int, ...]
    window_samples: int
    steps: tuple[_Signal, ...]
    features: _Signal

    def prepare(self, samples: FloatArray) -> FloatArray:
        """Do the steps to samples `(samples,)`, of which some may be cut off."""
        for step in self.steps:
            samples = step(samples)
        return samples

    def __call__(self, samples: FloatArray) -> FloatArray:
        """Compute the model's input of `(samples,)`; longer input keeps its end."""
        return self.features(self.prepare(samples)[-self.window_samples :])


def front_end_of(settings: InputSettings) -> FrontEnd | PreparedFrontEnd:
    """Front end that a contract, which is its own input settings, asks for.

    Windows shorter than the longest: with log-mel features and no dynamic range to keep the samples are
    padded with zeros first; else the features are, after their normalisation.

    Raises:
        ModelError: for settings that contradict each other, a window too short for one frame, or where the extra
            `[papers]` is needed and not installed.
    """
    features, rate = settings.features, settings.sample_rate
    window = round(settings.window_seconds * rate)
    if isinstance(features, HandmadeSettings) or {"trim", "wiener"} & set(settings.preprocessing):
        handmade.require()
    steps = tuple(_STEPS[step] for step in settings.preprocessing)
    if settings.range_db is not None and isinstance(features, FeatureSettings):
        plain = make_front_end(
            features,
            sample_rate=rate,
            window_seconds=settings.window_seconds,
            range_db=settings.range_db,
            normalisation="peak" if settings.normalisation == "peak" else "window",
        )
        if not steps:
            return plain
        return PreparedFrontEnd(shape=plain.shape, window_samples=window, steps=steps, features=plain)
    normalise = z_score if settings.normalisation == "z-score" else np.asarray
    if isinstance(features, FeatureSettings):
        log_mel = _log_mel(features, rate, window)
        return PreparedFrontEnd(
            shape=(log_mel.frames(window), log_mel.n_mels),
            window_samples=window,
            steps=steps,
            features=lambda samples: normalise(log_mel(np.pad(samples, (0, window - len(samples))))),
        )
    if features.kind == "averaged":
        return PreparedFrontEnd(
            shape=(handmade.AVERAGED,),
            window_samples=window,
            steps=steps,
            features=lambda samples: normalise(handmade.averaged(samples, rate)),
        )
    frames = handmade.frame_count(window)
    return PreparedFrontEnd(
        shape=(frames, handmade.FRAMES),
        window_samples=window,
        steps=steps,
        features=lambda samples: _padded(normalise(handmade.frames(samples, rate)), frames),
    )


def _padded(features: FloatArray, frames: int) -> FloatArray:
    return np.pad(features, ((0, frames - len(features)), (0, 0)))


def make_front_end(
    features: FeatureSettings,
    *,
    sample_rate: int,
    window_seconds: float,
    range_db: float,
    normalisation: Literal["window", "peak"] = "window",
) -> FrontEnd:
    """Front end of log-mel features, normalised window by window.

    Raises:
        ModelError: for settings that contradict each other, or a window too short for one frame.
    """
    window = round(window_seconds * sample_rate)
    return FrontEnd(
        log_mel=_log_mel(features, sample_rate, window),
        normalisation=Normalisation(range_db=range_db, method=normalisation),
        window_samples=window,
    )


def _log_mel(features: FeatureSettings, sample_rate: int, window: int) -> LogMel:
    try:
        log_mel = LogMel(sample_rate=sample_rate, **asdict(features))
    except SettingsError as error:
        raise ModelError(f"the model's contract cannot be met: `input.features`: {error}") from None
    if not log_mel.frames(window):
        raise ModelError(
            f"the model's contract cannot be met: `input.features.n_fft` is {features.n_fft}, "
            f"longer than the window's {window} samples"
        )
    return log_mel
