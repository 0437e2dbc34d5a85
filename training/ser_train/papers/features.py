"""The kinds of features that a system can name: from the samples of a clip to one array."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np

from ser_live.contract import HandmadeSettings, InputSettings
from ser_live.types import FloatArray
from ser_train.papers.log_mel import LogMelSettings, input_settings, log_mel, prepared
from ser_train.settings import positive

__all__ = ["KINDS", "ClipSettings", "Kind"]


@dataclass(frozen=True, kw_only=True)
class ClipSettings:
    """Hand-made features of a clip.

    Attributes:
        sample_rate: the clip is resampled to it, Hz; 22,050 is what `librosa.load` gives.
        window_seconds: longest window of the live path; `frames` takes so much of the clip's start, with zeros after
            it, `averaged` takes the whole clip.
    """

    sample_rate: int = 22050
    window_seconds: float = 3.0

    def __post_init__(self) -> None:
        positive(self, "sample_rate", "window_seconds")


@dataclass(frozen=True)
class Kind:
    """A kind of features.

    Attributes:
        settings: dataclass that the table `[features]` of a system fills; it has `sample_rate` and `window_seconds`.
        compute: from samples `(samples,)` at that rate and the settings to an array of the same shape for all clips.
        inputs: from the settings to the input of an exported model, as its contract describes it.
        standardised: whether the network brings the values to mean 0 and deviation 1 of the training examples.
        prepare: from samples to those that copies are made of and `compute` takes; None takes them as they are.
        code: modules that the arrays depend on, beside `compute` itself: when they change, the arrays are made anew.
    """

    settings: type[Any]
    compute: Callable[[FloatArray, Any], FloatArray]
    inputs: Callable[[Any], InputSettings]
    standardised: bool
    code: tuple[str, ...]
    prepare: Callable[[FloatArray, Any], FloatArray] | None = None


def _averaged(samples: FloatArray, settings: ClipSettings) -> FloatArray:
    from ser_live.features.handmade import averaged

    return averaged(samples, settings.sample_rate)


def _frames(samples: FloatArray, settings: ClipSettings) -> FloatArray:
    from ser_live.features.handmade import frames

    length = round(settings.window_seconds * settings.sample_rate)
    whole = len(frames(np.zeros(length, np.float32), settings.sample_rate))
    values = frames(samples[:length], settings.sample_rate)[:whole]
    return cast(FloatArray, np.pad(values, ((0, whole - len(values)), (0, 0))))


def _inputs(kind: Literal["averaged", "frames"]) -> Callable[[Any], InputSettings]:
    """Input of a model on hand-made features; their standardisation is in the graph."""
    return lambda settings: InputSettings(
        sample_rate=settings.sample_rate,
        window_seconds=settings.window_seconds,
        features=HandmadeSettings(kind=kind),
        normalisation="none",
    )


_HANDMADE = ("ser_live.features.bands", "ser_live.features.handmade")

KINDS: dict[str, Kind] = {
    "averaged": Kind(ClipSettings, _averaged, inputs=_inputs("averaged"), standardised=True, code=_HANDMADE),
    "frames": Kind(ClipSettings, _frames, inputs=_inputs("frames"), standardised=True, code=_HANDMADE),
    "log-mel": Kind(
        LogMelSettings,
        log_mel,
        inputs=input_settings,
        standardised=False,
        code=(
            "ser_live.features.bands",
            "ser_live.features.log_mel",
            "ser_live.features.front_end",
            "ser_live.features.from_contract",
            "ser_live.features.handmade",
            "ser_live.vad",
            log_mel.__module__,
        ),
        prepare=prepared,
    ),
}
"""A further kind is a line here."""
