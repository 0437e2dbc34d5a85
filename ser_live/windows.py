"""Cut a stream with its speech decisions into windows of speech.

Pauses are cut out: a window holds the last `window` samples of *speech*, and a step counts speech. A pause that is
long enough ends the utterance; its last window is emitted, and the next utterance starts from nothing.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ser_live.types import FloatArray

__all__ = ["SpeechWindows", "UtteranceEnd", "UtteranceStart", "Window"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Window:
    """Speech that one prediction is made from.

    Attributes:
        samples: speech alone, `(at most window,)`.
        start: stream position of its first sample.
        end: stream position just after its last.
        new: samples of speech that no earlier window of the utterance held.
        due: stream position just after the sample that made it due; past `end` for an utterance's last window.
    """

    samples: FloatArray
    start: int
    end: int
    new: int
    due: int


@dataclass(frozen=True, kw_only=True)
class UtteranceStart:
    """Speech began at stream position `start`."""

    start: int


@dataclass(frozen=True, kw_only=True)
class UtteranceEnd:
    """The utterance from `start` to `end` (stream positions, the last speech included) is over; `speech` samples.

    `due` is the stream position just after the sample that showed it.
    """

    start: int
    end: int
    speech: int
    due: int


Output = Window | UtteranceStart | UtteranceEnd


class SpeechWindows:
    """Collect speech and emit windows of it. All arguments are in samples.

    Args:
        window: longest window.
        step: speech between two windows.
        first: speech before an utterance's first window.
        max_pause: a pause longer than this ends the utterance.
        min_last: new speech that the last window of an utterance must hold.

    Shape:
        `feed`: samples `(n,)` and their decisions `(n,)` bool to windows and utterance marks, in order.
    """

    def __init__(self, *, window: int, step: int, first: int, max_pause: int, min_last: int) -> None:
        self.window = window
        self.step = step
        self.first = min(first, window)
        self.max_pause = max_pause
        self.min_last = min_last
        self.reset()

    def reset(self) -> None:
        """Return to the state of a new object."""
        self._position = 0  # stream position of the next sample
        self._clear()

    def _clear(self) -> None:
        self._pieces: deque[tuple[int, FloatArray]] = deque()  # the utterance's latest speech, and where it was
        self._held = 0  # samples in them, at least `window` once there is so much
        self._speech = 0  # speech of the utterance so far
        self._start = 0  # stream position of its first sample
        self._last_speech = 0  # stream position just after its last
        self._covered = 0  # speech that windows have covered
        self._pause = 0  # non-speech since then

    def feed(self, samples: FloatArray, speech: NDArray[np.bool_]) -> list[Output]:
        """Take the next samples, each marked as speech or not."""
        outputs: list[Output] = []
        turns = np.flatnonzero(speech[1:] != speech[:-1]) + 1
        bounds = [0, *turns.tolist(), len(samples)]
        for a, b in pairwise(bounds):
            if a == b:
                continue
            if speech[a]:
                self._take(samples[a:b], outputs)
            else:
                self._pause += b - a
                if self._speech and self._pause > self.max_pause:
                    self._end(outputs, self._last_speech + self.max_pause + 1)
            self._position += b - a
        return outputs

    def flush(self) -> list[Output]:
        """End the utterance that is going on, if any, then reset."""
        outputs: list[Output] = []
        if self._speech:
            self._end(outputs, self._position)
        self.reset()
        return outputs

    def _take(self, samples: FloatArray, outputs: list[Output]) -> None:
        """Append a run of speech, emitting a window whenever one falls due inside it."""
        if not self._speech:
            self._clear()
            self._start = self._position
            outputs.append(UtteranceStart(start=self._position))
        self._pause = 0
        done = 0
        while done < len(samples):
            due = self.first if not self._covered else self._covered + self.step
            piece = samples[done : done + due - self._speech].copy()
            at = self._position + done
            self._pieces.append((at, piece))
            self._held += len(piece)
            while self._held - len(self._pieces[0][1]) >= self.window:
                self._held -= len(self._pieces.popleft()[1])
            self._speech += len(piece)
            self._last_speech = at + len(piece)
            done += len(piece)
            if self._speech == due:
                self._emit(outputs, self._last_speech)

    def _emit(self, outputs: list[Output], due: int) -> None:
        surplus = max(0, self._held - self.window)  # of the first piece
        outputs.append(
            Window(
                samples=np.concatenate([piece for _, piece in self._pieces])[surplus:],
                start=self._pieces[0][0] + surplus,
                end=self._last_speech,
                new=self._speech - self._covered,
                due=due,
            )
        )
        self._covered = self._speech

    def _end(self, outputs: list[Output], due: int) -> None:
        owed = self._speech - self._covered
        if owed and owed >= self.min_last:
            self._emit(outputs, due)
        outputs.append(UtteranceEnd(start=self._start, end=self._last_speech, speech=self._speech, due=due))
        self._clear()
