"""Build the front end that a contract asks for."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Final, Literal

import numpy as np

from ser_live.contract import FeatureSettings, HandmadeSettings, InputSettings, Step
from ser_live.errors import ModelError, SettingsError
from ser_live.features import handmade
from ser_live.features.front_end import FrontEnd, Signal
from ser_live.features.log_mel import LogMel, Normalisation
from ser_live.types import FloatArray

__all__ = ["front_end_of", "make_front_end", "peak", "z_score"]


def peak(samples: FloatArray) -> FloatArray:
    """Bring the largest amplitude to 1; silence stays silence."""
    return np.asarray(samples / np.maximum(np.abs(samples).max(initial=0.0), np.float32(1e-8)), np.float32)


def z_score(features: FloatArray) -> FloatArray:
    """Bring the mean over all values to 0 and their deviation to 1; equal values become 0."""
    centred = features - features.mean()
    return np.asarray(centred / np.maximum(centred.std(), np.float32(1e-5)), np.float32)


_STEPS: Final[dict[Step, Signal]] = {"peak": peak, "trim": handmade.trim, "wiener": handmade.wiener}


def front_end_of(settings: InputSettings) -> FrontEnd:
    """Return the front end that the `input` of a contract asks for.

    Windows shorter than the longest: with log-mel features and no dynamic range to keep the samples are padded with
    zeros first; else the features are, after their normalisation.

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
        return replace(plain, steps=steps, log_mel=None) if steps else plain
    normalise = z_score if settings.normalisation == "z-score" else np.asarray
    if isinstance(features, FeatureSettings):
        log_mel = _log_mel(features, rate, window)
        return FrontEnd(
            shape=(log_mel.frames(window), log_mel.n_mels),
            window_samples=window,
            steps=steps,
            features=lambda samples: log_mel(np.pad(samples, (0, window - len(samples)))),
            finish=normalise,
        )
    if features.kind == "averaged":
        return FrontEnd(
            shape=(handmade.AVERAGED,),
            window_samples=window,
            steps=steps,
            features=lambda samples: handmade.averaged(samples, rate),
            finish=normalise,
        )
    frames = handmade.frame_count(window)
    return FrontEnd(
        shape=(frames, handmade.FRAMES),
        window_samples=window,
        steps=steps,
        features=lambda samples: handmade.frames(samples, rate),
        finish=lambda values: _padded(normalise(values), frames),
    )


def make_front_end(
    features: FeatureSettings,
    *,
    sample_rate: int,
    window_seconds: float,
    range_db: float,
    normalisation: Literal["window", "peak"] = "window",
) -> FrontEnd:
    """Return a front end of log-mel features, normalised window by window, then padded on the right with zeros.

    Raises:
        ModelError: for settings that contradict each other, or a window too short for one frame.
    """
    window = round(window_seconds * sample_rate)
    log_mel = _log_mel(features, sample_rate, window)
    normalise = Normalisation(range_db=range_db, method=normalisation)
    frames = log_mel.frames(window)
    return FrontEnd(
        shape=(frames, log_mel.n_mels),
        window_samples=window,
        features=log_mel,
        finish=lambda values: _padded(normalise(values), frames),
        log_mel=log_mel,
        normalisation=normalise,
    )


def _padded(features: FloatArray, frames: int) -> FloatArray:
    """Append frames of zeros: `(..., some, values)` to `(..., frames, values)`."""
    missing = frames - features.shape[-2]
    return np.pad(features, [(0, 0)] * (features.ndim - 2) + [(0, missing), (0, 0)])


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
