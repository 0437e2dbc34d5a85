"""The records of the pipeline; their fields are those of the JSONL contract.

Times are seconds of the stream (0 = first sample fed), never of a clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["SAMPLE_RATE", "Event", "EventKind", "FloatArray", "Prediction", "State"]

SAMPLE_RATE = 16_000
"""The one sample rate downstream of the resampler, in Hz."""

FloatArray = NDArray[np.float32]
"""Mono audio `(samples,)`, features `(frames, n_mels)`, or a batch of them."""

State = Literal["warming-up", "uncertain", "provisional", "committed"]
EventKind = Literal["speech", "emotion", "overflow", "device", "signal", "alert", "mark"]


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What one window of speech says.

    Attributes:
        start: time of the first sample that the window holds.
        end: time just after the last one; cut pauses can make `end - start` exceed the window's length.
        available: time of the input that made this record possible.
        speech_seconds: speech in the window.
        probabilities: label to calibrated probability of this window alone; they sum to 1.
        smoothed: the same, averaged over the utterance's windows so far.
        label: the largest of `smoothed`.
        state: `warming-up` (little speech yet), `uncertain` (abstains), `provisional`, or `committed`.
        attention: where in its speech the model listened: the share of each 0.1 s of it, in order (the sums of the
            model's attention weights, https://arxiv.org/abs/1409.0473); None where the model has none.
        lane: name of the lane that it belongs to, None where there is only one.
    """

    start: float
    end: float
    available: float
    speech_seconds: float
    probabilities: Mapping[str, float]
    smoothed: Mapping[str, float]
    label: str
    state: State
    attention: tuple[float, ...] | None = None
    lane: str | None = None


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened, other than a prediction.

    Attributes:
        kind: `speech` (an utterance), `emotion` (a committed label), `overflow`, `device`, `signal`, `alert` (a rule
            of the user's holds), or `mark` (a note of the user's, or the label that a voice really had).
        id: of what happened, unique in the session: the event that closes it has the same. None until it is reported.
        start: when it began.
        end: when it ended, or None while it goes on (a second event then closes it).
        fields: further values, e.g. `label` of an emotion, `message` of a device event.
        lane: name of the lane that it belongs to, None for the whole session or where there is only one.
    """

    kind: EventKind
    start: float
    end: float | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    id: str | None = None
    lane: str | None = None
