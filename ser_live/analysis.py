"""Whole recordings at once: the live pipeline, fed from a file or an array."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Sequence
from typing import Any, cast

from numpy.typing import NDArray

from ser_live.arguments import check_path, check_rate, choice_of_channels, float_samples, names_of_lanes, track_number
from ser_live.classifier import Classifier, Device
from ser_live.errors import SettingsError
from ser_live.lanes import Lanes, lanes_of
from ser_live.sources import FileSource
from ser_live.types import Event, FloatArray, Prediction

__all__ = ["analyze", "verdict"]

_MAX_CHANNELS = 64


def analyze(
    source: str | os.PathLike[str] | tuple[NDArray[Any], float],
    *,
    model: str | os.PathLike[str] | Classifier | None = None,
    device: Device = "auto",
    channels: str | int = "mix",
    lane_names: Sequence[str] | None = (),
    track: int | None = None,
    **settings: Any,
) -> list[Prediction]:
    """Return the predictions of a whole recording, the same that the live program gives.

    Args:
        source: path of a recording, or its samples and their rate in Hz: `(frames,)` or `(frames, channels)`,
            float in [-1, 1] or int16.
        model: path of a model, or a `Classifier` to share between calls; the shipped model by default.
        device: `auto`, `cpu` or `cuda`; not used with a `Classifier`.
        channels: `mix`, `left`, `right` or the number of a channel, from 1; `split` for a lane a channel.
        lane_names: of those lanes, in the order of their channels.
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
        >>> import numpy as np
        >>> analyze((np.zeros(16000, np.float32), 16000))
        []
    """
    channels, lane_names, track = choice_of_channels(channels), names_of_lanes(lane_names), track_number(track)
    pair = _pair(source) if isinstance(source, tuple) else None
    if pair is None:
        check_path(source, "a source is a path or a pair (samples, sample_rate)")
    classifier = model if isinstance(model, Classifier) else Classifier(model, device)
    if pair is not None:
        block, rate = pair
        count = block.shape[1]
        chosen = lanes_of(channels, lane_names, count)
        lanes = Lanes(chosen, classifier, channels=count, sample_rate=rate, **settings)
        return _predictions([record for _, record in [*lanes.feed(block), *lanes.flush()]])
    recording = FileSource(cast("str | os.PathLike[str]", source), track=track)
    try:
        chosen = lanes_of(channels, lane_names, recording.channels)
        lanes = Lanes(chosen, classifier, channels=recording.channels, sample_rate=recording.sample_rate, **settings)
        predictions: list[Prediction] = []
        for item in recording.blocks():
            found = [item] if isinstance(item, Event) else [record for _, record in lanes.feed(item)]
            predictions += _predictions(found)
        return predictions + _predictions([record for _, record in lanes.flush()])
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


def _predictions(records: Sequence[Prediction | Event]) -> list[Prediction]:
    """Return the predictions among the records; tell the caller what the program would tell its user."""
    for record in records:
        if isinstance(record, Event) and "message" in record.fields:
            warnings.warn(str(record.fields["message"]), stacklevel=3)
    return [record for record in records if isinstance(record, Prediction)]


def _block(samples: Any) -> FloatArray:
    """Return samples as `(frames, channels)` float32."""
    array = float_samples(samples)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or not 1 <= array.shape[1] <= _MAX_CHANNELS:
        raise SettingsError(
            f"samples must be (frames,) or (frames, channels) with 1 to {_MAX_CHANNELS} channels, not {array.shape}"
        )
    return array


def _pair(source: tuple[Any, ...]) -> tuple[FloatArray, float]:
    """Return block and rate of a pair of samples and rate."""
    if len(source) != 2:
        raise SettingsError(f"a source is a path or a pair (samples, sample_rate), not a tuple of {len(source)}")
    return _block(source[0]), check_rate(source[1])
