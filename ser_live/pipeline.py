"""The one pipeline, live and in replay: audio in, predictions and events out.

Input is dated in blocks of 80 ms whatever the caller's own blocks are, so that every number, `available` included,
is independent of how the signal was cut. Several blocks that are there at once are worked on together.
"""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ser_live.classifier import Classifier, Device
from ser_live.config import Settings
from ser_live.errors import NonFiniteSampleError, SettingsError
from ser_live.events import Events
from ser_live.features.sliding import SlidingFrontEnd
from ser_live.resample import Resampler, check_rate, resample
from ser_live.smoothing import Smoother
from ser_live.types import SAMPLE_RATE, Event, FloatArray, Prediction
from ser_live.vad import CELL, SpeechDetector
from ser_live.windows import SpeechWindows, UtteranceEnd, UtteranceStart, Window

__all__ = ["Dated", "EmotionPipeline", "Gate"]

_BLOCK_SECONDS = 0.08
_TOGETHER = 8
"""Blocks, at most: longer pieces would save nothing more."""
_LARGEST = np.float32(1e6)
"""Far beyond any signal; what is larger is clipped, so that its square stays finite."""
_ATTENTION_SECONDS = 0.1  # of speech that one share of a record's attention stands for

Dated = tuple[float, Prediction | Event]
"""A record, and the stream time at which it became known."""
Gate = Callable[[int, NDArray[np.bool_]], NDArray[np.bool_]]
"""From the number of a 10 ms cell of the stream, and decisions from there on, to those that count."""


class EmotionPipeline:
    """Emotion probabilities of a mono stream.

    Args:
        model: path of a contract-carrying ONNX file, or a `Classifier` to share; the shipped model by default.
        sample_rate: rate of what is fed, in Hz.
        device: `auto`, `cpu` or `cuda`; not used with a `Classifier`.
        lane: name that every record carries, None where there is one stream only.
        prefix: of the events' ids.
        gate: takes speech away that is not this stream's own, None for nothing.
        settings: fields of `Settings`, e.g. `step=0.5, vad="silero"`.

    Attributes:
        classifier: the model.
        settings: the settings.
        speaking: whether the last decided 10 ms were speech.
        speech_seconds: speech heard since the start.

    Raises:
        SettingsError: for a setting out of range.
        ModelError: for a model or device that cannot be used.

    Example:
        >>> pipeline = EmotionPipeline(sample_rate=8000)
        >>> pipeline.feed(np.zeros(4000, np.float32)) + pipeline.flush()
        []
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | Classifier | None = None,
        *,
        sample_rate: float = SAMPLE_RATE,
        device: Device = "auto",
        lane: str | None = None,
        prefix: str = "",
        gate: Gate | None = None,
        **settings: Any,
    ) -> None:
        try:
            self.settings = Settings(**settings)
        except TypeError as error:
            raise SettingsError(f"unknown setting: {error}") from None
        self.classifier = model if isinstance(model, Classifier) else Classifier(model, device)
        check_rate(sample_rate)
        self.sample_rate = sample_rate
        contract = self.classifier.contract
        self._block = max(1, round(sample_rate * _BLOCK_SECONDS))
        self._resampler = Resampler(sample_rate)
        self._detector = SpeechDetector(self.settings.vad)
        self._windows = SpeechWindows(
            window=round(contract.input.window_seconds * SAMPLE_RATE),
            step=round(self.settings.step * SAMPLE_RATE),
            first=round(self.settings.first * SAMPLE_RATE),
            max_pause=round(self.settings.max_pause * SAMPLE_RATE),
            min_last=round(self.settings.min_last * SAMPLE_RATE),
        )
        front_end = self.classifier.front_end
        self._sliding: SlidingFrontEnd | None = None
        if front_end.log_mel is not None and contract.input.sample_rate == SAMPLE_RATE:
            self._sliding = SlidingFrontEnd(front_end)
        self._smoother = Smoother(
            time_constant=self.settings.smoothing,
            warm_up=self.settings.warm_up,
            threshold=contract.abstention,
            evidence=self.settings.evidence,
        )
        self._events = Events(prefix, lane)
        self._lane = lane
        self._gate = gate
        self.reset()

    def reset(self) -> None:
        """Return to the state of a new object."""
        for stage in (self._resampler, self._detector, self._windows, self._sliding, self._smoother, self._events):
            if stage is not None:
                stage.reset()
        self._waiting = np.zeros(0, np.float32)  # input, less than a block
        self._undecided = np.zeros(0, np.float32)  # 16 kHz samples whose cells are not decided yet
        self._fed = 0  # input samples processed
        self._resampled = 0  # 16 kHz samples made of them
        self._decided = 0  # 16 kHz samples whose cells are decided
        self._arrivals: deque[tuple[int, int]] = deque()  # after each block: 16 kHz samples and input samples so far
        self._speech = 0  # 16 kHz samples of speech
        self.speaking = False

    @property
    def speech_seconds(self) -> float:
        """Seconds of speech heard since the start."""
        return self._speech / SAMPLE_RATE

    @property
    def lag_seconds(self) -> float:
        """Constant time from a sample to the decision whether it is speech, the resampler's few milliseconds aside."""
        return self._detector.lag / SAMPLE_RATE

    def feed(self, samples: NDArray[Any]) -> list[Prediction | Event]:
        """Take the next samples: mono `(samples,)`, float in [-1, 1] or int16, any length.

        Raises:
            SettingsError: for an array of another shape or kind; nothing is taken from it.
            NonFiniteSampleError: for NaN or infinity; nothing is taken from it, `.index` says where it is.
        """
        return [record for _, record in self.feed_dated(samples)]

    def feed_dated(self, samples: NDArray[Any]) -> list[Dated]:
        """Take the next samples as `feed` does; return each record with the stream time at which it became known.

        The times never fall, within a call and from one to the next, and do not depend on how the input was cut:
        records of several streams can be merged by them.
        """
        signal = _as_float(samples)
        finite = np.isfinite(signal)
        if not finite.all():
            index = int(np.argmin(finite))
            raise NonFiniteSampleError(index, (self._fed + len(self._waiting) + index) / self.sample_rate)
        signal = np.concatenate([self._waiting, np.clip(signal, -_LARGEST, _LARGEST)])
        whole = len(signal) // self._block * self._block
        self._waiting = signal[whole:]
        records: list[Dated] = []
        for start in range(0, whole, _TOGETHER * self._block):
            self._process(signal[start : min(whole, start + _TOGETHER * self._block)], records)
        return records

    def flush(self) -> list[Prediction | Event]:
        """End the stream: return its last records, then reset."""
        return [record for _, record in self.flush_dated()]

    def flush_dated(self) -> list[Dated]:
        """End the stream as `flush` does; return its last records as `feed_dated` does."""
        records: list[Dated] = []
        self._process(self._waiting, records)
        self._arrivals.clear()  # what is decided now is made possible by the end
        rest = self._resampler.flush()
        decisions = np.concatenate([self._detector.feed(rest), self._detector.flush()])
        self._undecided = np.concatenate([self._undecided, rest])
        self._decide(decisions, records)
        self._report(self._windows.flush(), records)
        self.reset()
        return records

    def _process(self, signal: FloatArray, records: list[Dated]) -> None:
        """Work on whole blocks, of which the stream's last may be shorter."""
        pieces = []
        for start in range(0, len(signal), self._block):
            block = signal[start : start + self._block]
            pieces.append(self._resampler.feed(block))
            self._fed += len(block)
            self._resampled += len(pieces[-1])
            self._arrivals.append((self._resampled, self._fed))
        samples = np.concatenate([*pieces, self._undecided[:0]])
        self._undecided = np.concatenate([self._undecided, samples])
        self._decide(self._detector.feed(samples), records)
        while self._arrivals and self._arrivals[0][0] < self._needed(self._decided):
            self._arrivals.popleft()

    def _needed(self, position: int) -> int:
        """Return how many samples at 16 kHz must be there to decide the one at that position."""
        return position // CELL * CELL + self._detector.lag

    def _available(self, position: int) -> float:
        """Return the stream time at which the sample at that position was decided."""
        needed = self._needed(position)
        fed = next((fed for resampled, fed in self._arrivals if resampled >= needed), self._fed)
        return round(fed / self.sample_rate, 6)

    def _decide(self, decisions: NDArray[np.bool_], records: list[Dated]) -> None:
        if not len(decisions):
            return
        if self._gate is not None:
            decisions = self._gate(self._decided // CELL, decisions)
        count = min(len(decisions) * CELL, len(self._undecided))
        speech = np.repeat(decisions, CELL)[:count]
        self.speaking = bool(decisions[-1])
        self._speech += int(np.count_nonzero(speech))
        self._report(self._windows.feed(self._undecided[:count], speech), records)
        self._undecided = self._undecided[count:]
        self._decided += count

    def _report(self, outputs: list[Window | UtteranceStart | UtteranceEnd], records: list[Dated]) -> None:
        """Turn windows and utterance marks into records."""
        for output in outputs:
            at = self._available(output.start if isinstance(output, UtteranceStart) else output.due - 1)
            if isinstance(output, Window):
                prediction = self._predict(output, at)
                records.append((at, prediction))
                events = self._events.follow(prediction)
            elif isinstance(output, UtteranceStart):
                events = self._events.begin_speech(_seconds(output.start))
            else:
                end = min(_seconds(output.end), round(self._fed / self.sample_rate, 6))
                events = self._events.end_speech(_seconds(output.start), end, _seconds(output.speech))
                if self._sliding is not None:
                    self._sliding.reset()
                self._smoother.reset()
            records += ((at, event) for event in events)

    def _predict(self, window: Window, available: float) -> Prediction:
        if self._sliding is not None:
            inputs = self._sliding.feed(window.samples, window.new)
        else:
            inputs = self.classifier.front_end(
                resample(window.samples, SAMPLE_RATE, self.classifier.contract.input.sample_rate)
            )
        probabilities, attention = self.classifier.classify(inputs)
        smoothed, leader, state = self._smoother.feed(
            probabilities, new_speech=window.new / SAMPLE_RATE, speech=len(window.samples) / SAMPLE_RATE
        )
        labels = self.classifier.labels
        return Prediction(
            start=_seconds(window.start),
            end=min(_seconds(window.end), available),
            available=available,
            speech_seconds=_seconds(len(window.samples)),
            probabilities=dict(zip(labels, probabilities.round(7).tolist(), strict=True)),
            smoothed=dict(zip(labels, smoothed.round(7).tolist(), strict=True)),
            label=labels[leader],
            state=state,
            attention=None if attention is None else self._shares(attention, len(window.samples)),
            lane=self._lane,
        )

    def _shares(self, attention: FloatArray, samples: int) -> tuple[float, ...] | None:
        """Sum the attention `(steps,)` over a whole window to shares of its speech, one for each 0.1 s."""
        if not (len(attention) and np.isfinite(attention).all()):
            return None
        seconds = self.classifier.contract.input.window_seconds
        parts = max(1, math.ceil(seconds / _ATTENTION_SECONDS - 1e-6))
        sums = np.bincount(np.arange(len(attention)) * parts // len(attention), attention, parts)
        spoken = max(1, math.ceil(samples / SAMPLE_RATE / seconds * parts - 1e-6))
        return tuple(sums[:spoken].round(3).tolist())


def _seconds(samples: int) -> float:
    return round(samples / SAMPLE_RATE, 6)


def _as_float(samples: NDArray[Any]) -> FloatArray:
    try:
        array = np.asarray(samples)
    except (ValueError, TypeError) as error:
        raise SettingsError(f"feed takes an array of samples, and this is none: {error}") from None
    if array.ndim != 1:
        raise SettingsError(f"feed takes one channel `(samples,)`, not {array.ndim} axes: mix or choose one first")
    if array.dtype == np.int16:
        return array.astype(np.float32) / np.float32(32768)
    if not np.issubdtype(array.dtype, np.floating):
        raise SettingsError(f"feed takes float samples in [-1, 1] or int16, not {array.dtype}")
    with np.errstate(over="ignore"):  # a double beyond float32 becomes infinite, which is refused later
        return array.astype(np.float32)
