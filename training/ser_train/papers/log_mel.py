"""Log-mel arrays of the papers, by the front end that the live path runs their models with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from ser_live.contract import FeatureSettings, InputSettings, Method, Step
from ser_live.features.from_contract import front_end_of
from ser_live.features.front_end import FrontEnd
from ser_live.types import SAMPLE_RATE, FloatArray
from ser_train.data.speech_cache import cut_speech
from ser_train.errors import TrainingError
from ser_train.settings import positive

__all__ = ["LogMelSettings", "input_settings", "log_mel", "prepared"]


@dataclass(frozen=True, kw_only=True)
class LogMelSettings:
    """Log-mel features of a clip's first seconds.

    Attributes:
        sample_rate: the clip is resampled to it, Hz.
        window_seconds: length of what is taken.
        speech: whether the live path's speech detectors cut out what is no speech; at 16 kHz. A clip with less than one
            frame of speech is taken whole, because the papers leave no clip out.
        preprocessing: `peak`, `trim` and `wiener`, in the order given, before copies are made.
        normalisation: `window` or `peak` (the speech's features, then padded with zeros), `z-score` (of the padded
            clip), `none`.
        range_db: dynamic range that `window` and `peak` keep, dB.
        log_mel: bands and frames.
    """

    sample_rate: int
    window_seconds: float
    speech: bool = False
    preprocessing: tuple[Step, ...] = ()
    normalisation: Method = "window"
    range_db: float | None = None
    log_mel: FeatureSettings

    def __post_init__(self) -> None:
        positive(self, "sample_rate", "window_seconds")
        if self.speech and self.sample_rate != SAMPLE_RATE:
            raise TrainingError(f"`speech` needs a sample_rate of {SAMPLE_RATE}, not {self.sample_rate}")
        if (self.normalisation in ("window", "peak")) != (self.range_db is not None):
            raise TrainingError("`range_db` belongs to the normalisations `window` and `peak`, and to them alone")


def input_settings(settings: LogMelSettings) -> InputSettings:
    """Return the input of an exported model, as its contract describes it."""
    return InputSettings(
        sample_rate=settings.sample_rate,
        window_seconds=settings.window_seconds,
        features=settings.log_mel,
        preprocessing=settings.preprocessing,
        normalisation=settings.normalisation,
        range_db=settings.range_db,
    )


def prepared(samples: FloatArray, settings: LogMelSettings) -> FloatArray:
    """Return the speech of a clip `(samples,)`, filtered: copies are made of it."""
    if settings.speech:
        speech = cut_speech(samples, settings.sample_rate)
        samples = speech if len(speech) >= settings.log_mel.n_fft else samples
    return _front_end(settings).prepare(samples)


def log_mel(samples: FloatArray, settings: LogMelSettings) -> FloatArray:
    """Return the array `(frames, n_mels)` of the first seconds of `prepared` samples."""
    front_end = _front_end(settings)
    first = samples[: round(settings.window_seconds * settings.sample_rate)]
    return np.asarray(front_end.finish(front_end.features(first)), np.float32)


@cache
def _front_end(settings: LogMelSettings) -> FrontEnd:
    return front_end_of(input_settings(settings))
