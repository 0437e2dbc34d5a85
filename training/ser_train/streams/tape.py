"""A tape: samples and their truth, growing together; and clips cut and levelled for it."""

from __future__ import annotations

import numpy as np

from ser_live.types import SAMPLE_RATE, FloatArray
from ser_train.corpora import Clip
from ser_train.corpora.audio import read_clip_16k
from ser_train.evaluation.active_speech import speaking
from ser_train.streams.stream import Kind, Span, Stream

__all__ = ["Tape", "active_speech", "at_level"]

_SNR_DB = 20.0
_FADE = SAMPLE_RATE // 200


class Tape:
    """Samples and spans, growing together.

    Attributes:
        spans: of the speech so far.
    """

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self._pieces: list[FloatArray] = []
        self._count = 0
        self._paused = True

    @property
    def seconds(self) -> float:
        """Length so far."""
        return self._count / SAMPLE_RATE

    def pause(self, seconds: float) -> None:
        """Add digital silence."""
        self._append(np.zeros(round(seconds * SAMPLE_RATE), np.float32))
        self._paused = True

    def add(self, speech: FloatArray, label: str, speaker: str) -> None:
        """Add active speech `(samples,)`; nothing for a clip that has none."""
        if not len(speech):
            return
        start, joined = self.seconds, not self._paused
        self._append(speech)
        self.spans.append(Span(start=start, end=self.seconds, label=label, speaker=speaker, joined=joined))
        self._paused = False

    def stream(self, name: str, kind: Kind, noise: FloatArray | None = None) -> Stream:
        """Return the whole as a stream, with noise `(samples,)` 20 dB under the speech, repeated to its length."""
        samples = np.concatenate([np.zeros(0, np.float32), *self._pieces])
        if noise is not None and self.spans:
            speech = np.concatenate([samples[_index(span.start) : _index(span.end)] for span in self.spans])
            noise = np.resize(noise, len(samples))
            scale = _rms(speech) / _rms(noise) * 10 ** (-_SNR_DB / 20)
            samples = (samples + scale * noise).astype(np.float32)
        return Stream(name=name, kind=kind, samples=samples, spans=tuple(self.spans))

    def _append(self, piece: FloatArray) -> None:
        self._pieces.append(piece)
        self._count += len(piece)


def active_speech(clip: Clip) -> FloatArray:
    """Return a clip from its first to its last active cell, edges of 5 ms faded, `(samples,)`; empty if silent."""
    samples = read_clip_16k(clip)
    active = np.flatnonzero(speaking(samples)) if np.any(samples) else np.zeros(0, np.int64)
    if len(active) < 2 * _FADE:
        return samples[:0]
    speech = samples[active[0] : active[-1] + 1].copy()
    ramp = np.linspace(0.0, 1.0, _FADE, dtype=np.float32)
    speech[:_FADE] *= ramp
    speech[-_FADE:] *= ramp[::-1]
    return speech


def at_level(speech: FloatArray, decibels: float) -> FloatArray:
    """Return speech `(samples,)` at a level of that many dB relative to full scale, cut at full scale."""
    scaled: FloatArray = (speech * (10 ** (decibels / 20) / _rms(speech))).astype(np.float32)
    return np.clip(scaled, -1.0, 1.0)


def _rms(samples: FloatArray) -> float:
    return max(float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))), 1e-10)


def _index(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE)
