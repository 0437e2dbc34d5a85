"""Whole recordings at once: the live pipeline, fed from a file or an array."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ser_live.classifier import Classifier, Device
from ser_live.errors import SettingsError
from ser_live.pipeline import EmotionPipeline
from ser_live.sources import FileSource, Mixer, check_channels
from ser_live.types import Event, FloatArray, Prediction

__all__ = ["analyze", "verdict"]

_MAX_CHANNELS = 64


def analyze(
    source: str | os.PathLike[str] | tuple[NDArray[Any], float],
    *,
    model: str | os.PathLike[str] | Classifier | None = None,
    device: Device = "auto",
    channels: str = "mix",
    track: int | None = None,
    **settings: Any,
) -> list[Prediction]:
    """Return the predictions of a whole recording, the same that the live program gives.

    Args:
        source: path of a recording, or its samples and their rate in Hz: `(frames,)` or `(frames, channels)`,
            float in [-1, 1] or int16.
        model: path of a model, or a `Classifier` to share between calls; the shipped model by default.
        device: `auto`, `cpu` or `cuda`; not used with a `Classifier`.
        channels: `mix`, `left`, `right` or the number of a channel, from 1.
        track: number of the audio track of a file, from 1; its default track, else the first, by default.
        settings: fields of `ser_live.config.Settings`, e.g. `step=0.5, vad="silero"`.

    Returns:
        the predictions in their order; none where no speech was found.

    Raises:
        SourceError: for what cannot be read.
        NonFiniteSampleError: for NaN or infinity in the samples.
        SettingsError: for a setting out of range, or samples of another shape or kind.
        ModelError: for a model or device that cannot be used.

    Example:
        >>> analyze((np.zeros(16000, np.float32), 16000))
        []
    """
    if isinstance(source, tuple):
        samples, rate = source
        pipeline = EmotionPipeline(model, sample_rate=rate, device=device, **settings)
        block = _frames(samples, channels)
        mono, events = Mixer(channels, block.shape[1], rate).feed(block)
        _warn(events)
        return _predictions([*pipeline.feed(mono), *pipeline.flush()])
    recording = FileSource(source, track=track)
    try:
        check_channels(channels, recording.channels)
        pipeline = EmotionPipeline(model, sample_rate=recording.sample_rate, device=device, **settings)
        mixer = Mixer(channels, recording.channels, recording.sample_rate)
        predictions: list[Prediction] = []
        for item in recording.blocks():
            if isinstance(item, Event):
                _warn([item])
            else:
                mono, events = mixer.feed(item)
                _warn(events)
                predictions += _predictions(pipeline.feed(mono))
        return predictions + _predictions(pipeline.flush())
    finally:
        recording.close()


def verdict(predictions: Iterable[Prediction]) -> dict[str, float] | None:
    """Return one distribution for a whole clip: the mean of its probabilities, weighted by the speech in each window.

    Returns:
        label to probability, or None without a prediction.

    Example:
        >>> first = Prediction(start=0, end=1, available=1, speech_seconds=1.0, smoothed={}, label="sad",
        ...                    state="provisional", probabilities={"happy": 0.2, "sad": 0.8})
        >>> verdict([first])
        {'happy': 0.2, 'sad': 0.8}
    """
    weight = 0.0
    sums: dict[str, float] = {}
    for prediction in predictions:
        weight += prediction.speech_seconds
        for label, probability in prediction.probabilities.items():
            sums[label] = sums.get(label, 0.0) + prediction.speech_seconds * probability
    return {label: total / weight for label, total in sums.items()} if weight else None


def _predictions(records: Iterable[Prediction | Event]) -> list[Prediction]:
    return [record for record in records if isinstance(record, Prediction)]


def _warn(events: Iterable[Event]) -> None:
    """Tell the caller of `analyze` what the program would tell its user."""
    for event in events:
        warnings.warn(str(event.fields.get("message", event.kind)), stacklevel=3)


def _frames(samples: NDArray[Any], channels: str) -> FloatArray:
    """Return the caller's samples as float32 `(frames, channels)`."""
    array = np.asarray(samples)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or not 1 <= array.shape[1] <= _MAX_CHANNELS:
        raise SettingsError(
            f"samples must be (frames,) or (frames, channels) with 1 to {_MAX_CHANNELS} channels, not {array.shape}"
        )
    if array.dtype == np.int16:
        array = array.astype(np.float32) / np.float32(32768)
    elif not np.issubdtype(array.dtype, np.floating):
        raise SettingsError(f"samples must be float in [-1, 1] or int16, not {array.dtype}")
    check_channels(channels, array.shape[1])
    return array.astype(np.float32)
