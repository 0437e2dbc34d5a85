"""All lanes of a source as one object: blocks of every channel in, records of every lane out, in one order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ser_live.classifier import Classifier
from ser_live.config import Settings
from ser_live.errors import NonFiniteSampleError
from ser_live.lanes.choice import Lane
from ser_live.lanes.envelope import Envelope
from ser_live.lanes.leak import Leak
from ser_live.lanes.levels import CellLevels
from ser_live.lanes.talk import Talk
from ser_live.pipeline import Dated, EmotionPipeline
from ser_live.sources import select_channels
from ser_live.types import Event, FloatArray, Prediction

__all__ = ["Lanes"]


class Lanes:
    """A pipeline a lane, and one model for all of them.

    The order of the records is that in which they became known, and of those of one moment that of the lanes; it does
    not depend on how the input was cut.

    Args:
        lanes: at least one.
        classifier: the model.
        sample_rate: of what is fed, in Hz.
        settings: fields of `Settings`, for every pipeline.

    Attributes:
        names: of the lanes, in their order; None for a lane without one.
        classifier: the model.
        settings: of every pipeline.
        peaks: largest absolute sample of each lane in the latest block.
    """

    def __init__(self, lanes: Sequence[Lane], classifier: Classifier, *, sample_rate: float, **settings: Any) -> None:
        self.names = tuple(lane.name for lane in lanes)
        self.classifier = classifier
        self.peaks = [0.0] * len(lanes)
        self._lanes = tuple(lanes)
        self._rate = sample_rate
        self._frames = 0
        self._levels = CellLevels(sample_rate, len(lanes))
        self._talk = Talk(len(lanes))
        self._envelope = Envelope(len(lanes))
        self._power = np.zeros((len(lanes), 0), np.float32)  # of the cells that are not decided in every lane
        self._leaks = np.zeros((len(lanes), 0), np.bool_)
        self._first = 0  # number of the first of them
        self._speech = [np.zeros(0, np.bool_) for _ in lanes]  # from that cell on, as far as it is decided
        self._pipelines = [
            EmotionPipeline(
                classifier,
                sample_rate=sample_rate,
                lane=lane.name,
                prefix="" if lane.name is None else f"{number}-",
                gate=lambda first, decisions, lane=number - 1: self._own(lane, first, decisions),  # type: ignore[misc]
                **settings,
            )
            for number, lane in enumerate(lanes, 1)
        ]
        self.settings: Settings = self._pipelines[0].settings
        self._leak = Leak(len(lanes)) if len(lanes) > 1 and self.settings.vad != "off" else None

    @property
    def speaking(self) -> list[bool]:
        """Whether the latest decision was speech, a lane each."""
        return [pipeline.speaking for pipeline in self._pipelines]

    @property
    def speech_seconds(self) -> list[float]:
        """Speech heard so far, a lane each."""
        return [pipeline.speech_seconds for pipeline in self._pipelines]

    @property
    def lag_seconds(self) -> float:
        """Constant time from a sample to the decision whether it is speech."""
        return self._pipelines[0].lag_seconds

    def feed(self, block: FloatArray) -> list[Prediction | Event]:
        """Take the next block of the source, `(frames, channels)`.

        Raises:
            NonFiniteSampleError: for NaN or infinity in what a lane hears; nothing is taken of the block.
            ModelError: where the model fails.
        """
        signals = [select_channels(block, lane.channel) for lane in self._lanes]
        self._refuse_what_is_not_finite(signals)
        self._frames += len(block)
        for i, (lane, signal) in enumerate(zip(self._lanes, signals, strict=True)):
            heard = block if lane.channel == "mix" else signal
            self.peaks[i] = float(np.abs(heard).max(initial=0.0))
        with np.errstate(over="ignore"):
            power, peaks = self._levels.feed(signals)
        self._power = np.concatenate([self._power, power], axis=1)
        if self._leak is not None:
            self._leaks = np.concatenate([self._leaks, self._leak.feed(power)], axis=1)
        self._envelope.feed(peaks)
        return self._merged([pipeline.feed_dated(s) for pipeline, s in zip(self._pipelines, signals, strict=True)])

    def flush(self) -> list[Prediction | Event]:
        """End the stream and return its last records."""
        if self._leak is not None:
            self._leaks = np.concatenate([self._leaks, self._leak.flush()], axis=1)
        return self._merged([pipeline.flush_dated() for pipeline in self._pipelines])

    def call_sheet(self, seconds: float) -> dict[str, Any]:
        """Return who spoke when, in a session of that length."""
        return self._talk.fields(self.names, seconds)

    def waveform(self) -> dict[str, Any]:
        """Return the waveform of every lane."""
        return self._envelope.fields(self.names)

    def _refuse_what_is_not_finite(self, signals: Sequence[FloatArray]) -> None:
        found = [int(np.argmin(finite)) for finite in map(np.isfinite, signals) if not finite.all()]
        if found:
            raise NonFiniteSampleError(min(found), (self._frames + min(found)) / self._rate)

    def _own(self, lane: int, first: int, decisions: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Take from decided cells what is only a leak, and note the rest."""
        at = first - self._first
        leaks = self._leaks[lane, at : at + len(decisions)]
        own = decisions.copy()
        own[: len(leaks)] &= ~leaks  # shorter without a leak to look for, and where the stream ends
        self._speech[lane] = np.concatenate([self._speech[lane], own])
        return own

    def _merged(self, records: list[list[Dated]]) -> list[Prediction | Event]:
        """Bring the lanes' records into one order, and let the call sheet have what all lanes have decided."""
        cells = min(min(map(len, self._speech)), self._power.shape[1])
        self._talk.feed(np.stack([speech[:cells] for speech in self._speech]), self._power[:, :cells])
        self._speech = [speech[cells:] for speech in self._speech]
        self._power, self._leaks = self._power[:, cells:], self._leaks[:, cells:]
        self._first += cells
        if len(records) == 1:
            return [record for _, record in records[0]]
        dated = [(at, lane, record) for lane, found in enumerate(records) for at, record in found]
        return [record for _, _, record in sorted(dated, key=lambda item: item[:2])]
