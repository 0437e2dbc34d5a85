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
from ser_live.lanes.levels import CELL_SECONDS, CellLevels
from ser_live.lanes.talk import Talk
from ser_live.pipeline import Dated, EmotionPipeline
from ser_live.sources import Mixer, select_channels
from ser_live.types import FloatArray

__all__ = ["Lanes"]

_LARGEST = np.float32(1e6)
"""Far beyond any signal; what is larger is clipped, so that sums and squares stay finite."""


class Lanes:
    """A pipeline a lane, and one model for all of them.

    The order of the records is that in which they became known, and of those of one moment that of the lanes; it does
    not depend on how the input was cut.

    Args:
        lanes: at least one.
        classifier: the model.
        channels: of what is fed.
        sample_rate: of what is fed, in Hz.
        settings: fields of `Settings`, for every pipeline.

    Attributes:
        names: of the lanes, in their order; None for a lane without one.
        classifier: the model.
        settings: of every pipeline.
        peaks: largest absolute sample of each lane in the latest block.
    """

    def __init__(
        self, lanes: Sequence[Lane], classifier: Classifier, *, channels: int, sample_rate: float, **settings: Any
    ) -> None:
        self.names = tuple(lane.name for lane in lanes)
        self.classifier = classifier
        self.peaks = [0.0] * len(lanes)
        self._mixers = [Mixer(lane.channel, channels, sample_rate) for lane in lanes]
        self._rate = sample_rate
        self._frames = 0
        self._levels = CellLevels(sample_rate, len(lanes))
        self._talk = Talk(len(lanes))
        self._envelope = Envelope(len(lanes))
        self._power = np.zeros((len(lanes), 0), np.float32)  # of the cells that are not decided in every lane
        self._leaks = np.zeros((len(lanes), 0), np.bool_)
        self._first = 0  # number of the first of them
        self._decided = np.zeros((len(lanes), 0), np.bool_)  # what the latest block has decided, up to that cell
        self._before = np.zeros(len(lanes), np.bool_)  # the decision before it
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

    def speaking_at(self, seconds: float) -> list[bool]:
        """Return the latest decision that was there at that time, a lane each; the latest block reaches to it."""
        decided = self._decided.shape[1]
        cell = round((seconds - self.lag_seconds) / CELL_SECONDS) - (self._first - decided)
        column = self._decided[:, min(cell, decided - 1)] if cell >= 0 and decided else self._before
        return [bool(flag) for flag in column]

    def feed(self, block: FloatArray) -> list[Dated]:
        """Take the next block of the source, `(frames, channels)`; return records with the time they became known.

        Raises:
            NonFiniteSampleError: for NaN or infinity in what a lane hears; nothing is taken of the block.
            ModelError: where the model fails.
        """
        self._refuse_what_is_not_finite(block)
        if np.abs(block).max(initial=0.0) > _LARGEST:
            block = np.clip(block, -_LARGEST, _LARGEST)
        self._frames += len(block)
        signals: list[FloatArray] = []
        told: list[list[Dated]] = []
        for i, mixer in enumerate(self._mixers):
            self.peaks[i] = float(np.abs(_heard(block, mixer.choice)).max(initial=0.0))
            signal, events = mixer.feed(block)
            signals.append(signal)
            told.append([(event.start, event) for event in events])
        power, peaks = self._levels.feed(signals)
        self._power = np.concatenate([self._power, power], axis=1)
        if self._leak is not None:
            self._leaks = np.concatenate([self._leaks, self._leak.feed(power)], axis=1)
        self._envelope.feed(peaks)
        records = [pipeline.feed_dated(signal) for pipeline, signal in zip(self._pipelines, signals, strict=True)]
        return self._merged([[*first, *rest] for first, rest in zip(records, told, strict=True)])

    def flush(self) -> list[Dated]:
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

    def _refuse_what_is_not_finite(self, block: FloatArray) -> None:
        if not len(block):
            return
        lanes = [np.isfinite(_heard(block, mixer.choice)).reshape(len(block), -1).all(axis=1) for mixer in self._mixers]
        found = [int(np.argmin(finite)) for finite in lanes if not finite.all()]
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

    def _merged(self, records: list[list[Dated]]) -> list[Dated]:
        """Bring the lanes' records into one order, and let the call sheet have what all lanes have decided."""
        cells = min(min(map(len, self._speech)), self._power.shape[1])
        if self._decided.shape[1]:
            self._before = self._decided[:, -1]
        self._decided = np.stack([speech[:cells] for speech in self._speech])
        self._talk.feed(self._decided, self._power[:, :cells])
        self._speech = [speech[cells:] for speech in self._speech]
        self._power, self._leaks = self._power[:, cells:], self._leaks[:, cells:]
        self._first += cells
        dated = [(at, lane, record) for lane, found in enumerate(records) for at, record in found]
        return [(at, record) for at, _, record in sorted(dated, key=lambda item: item[:2])]


def _heard(block: FloatArray, choice: str) -> FloatArray:
    """Return the channels of a block that a choice takes samples from."""
    return block if choice == "mix" else select_channels(block, choice)
