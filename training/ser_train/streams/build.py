"""String clips of one side's speakers together, so that who says what with what emotion is known to the sample."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ser_live.types import SAMPLE_RATE, FloatArray
from ser_train.corpora import Clip
from ser_train.corpora.audio import read_recording
from ser_train.corpora.labels import LabelMap
from ser_train.evaluation.active_speech import speaking
from ser_train.streams.quiet import noise_recordings
from ser_train.streams.stream import Kind, Span, Stream

__all__ = ["SNR_DB", "Builder", "active_speech"]

SNR_DB = 20.0
"""Of the noise under `mixed` streams."""
_PAUSES = (0.2, 1.2)  # seconds, of most pauses
_LONG_PAUSES, _LONG_SHARE = (1.6, 3.0), 0.1
_LEVEL_DB, _LEVELS_DB = -26.0, 8.0  # dBFS of `mixed` speech, and how far up and down from there
_STRETCH = (2, 3)  # clips of one emotion between two changes, fewest and most
_CHANGES = 5  # in one stream
_MIXED, _MIXED_SECONDS = 4, 90.0
_LONG_SECONDS = 60.0  # of one emotion
_NEUTRAL = 3  # streams of a minute
_FADE = SAMPLE_RATE // 200


class Builder:
    """Makes the streams of one side; equal for equal clips and seed.

    Args:
        clips: of that side; no other speaker is heard.
        words: the model's label of each clip's word; clips without one are left out.
        noises: recordings of noise for the `mixed` streams; none there if there are none.
        seed: of everything that is drawn.
    """

    def __init__(self, clips: Sequence[Clip], words: LabelMap, noises: Sequence[Path], seed: int) -> None:
        self._clips = sorted((c for c in clips if words.of(c.label) is not None), key=lambda c: (c.speaker, c.path))
        self._words = words
        self._noises = noises
        self._seed = seed

    def build(self) -> list[Stream]:
        """All streams of speech."""
        return [*self.mixed(), *self.changes(), *self.constant(), *self.neutral()]

    def mixed(self) -> list[Stream]:
        """Several speakers' clips with pauses, level changes and noise at 20 dB."""
        streams = []
        for number in range(_MIXED):
            random = self._random(f"mixed {number}")
            tape = _Tape()
            for clip in self._shuffled(self._clips, random):
                if tape.seconds >= _MIXED_SECONDS:
                    break
                speech = active_speech(clip.path)
                if not len(speech):
                    continue
                tape.pause(_pause(random))
                level = _LEVEL_DB + float(random.uniform(-_LEVELS_DB, _LEVELS_DB))
                tape.add(_at_level(speech, level), self._label(clip), clip.speaker)
            tape.pause(2.0)
            streams.append(tape.stream(f"mixed {number + 1}", "mixed", self._noise(random)))
        return streams

    def changes(self) -> list[Stream]:
        """One speaker whose emotion changes, clips joined without a pause and with pauses: two streams a speaker."""
        streams = []
        for speaker in sorted({clip.speaker for clip in self._clips}):
            for joined in (True, False):
                name = f"{speaker} {'joined' if joined else 'paused'}"
                random = self._random(name)
                left = self._by_label(self._shuffled([c for c in self._clips if c.speaker == speaker], random))
                tape, last = _Tape(), ""
                for _ in range(_CHANGES + 1):
                    choice = sorted(label for label, own in left.items() if own and label != last)
                    if not choice:
                        break
                    last = str(random.choice(choice))
                    count = int(random.integers(_STRETCH[0], _STRETCH[1] + 1))
                    for clip in left[last][:count]:
                        if not joined or not tape.spans:
                            tape.pause(_pause(random))
                        tape.add(active_speech(clip.path), last, speaker)
                    left[last] = left[last][count:]
                tape.pause(2.0)
                streams.append(tape.stream(name, "changes"))
        return [stream for stream in streams if len({span.label for span in stream.spans}) > 1]

    def constant(self) -> list[Stream]:
        """About a minute of each emotion, by mixed speakers and by one speaker (who has the clips for it)."""
        streams = []
        for label, own in sorted(self._by_label(self._clips).items()):
            random = self._random(f"constant {label}")
            speakers = sorted({clip.speaker for clip in own})
            most = max(sum(clip.speaker == speaker for clip in own) for speaker in speakers)
            rich = [one for one in speakers if sum(clip.speaker == one for clip in own) >= most / 2]
            one = str(random.choice(rich))
            streams += [
                self._of_one_emotion(f"{label}, mixed speakers", "constant", own, random),
                self._of_one_emotion(f"{label}, {one}", "constant", [c for c in own if c.speaker == one], random),
            ]
        return streams

    def neutral(self) -> list[Stream]:
        """Minutes of neutral speech by mixed speakers, no clip twice."""
        random = self._random("neutral")
        left = self._shuffled(self._by_label(self._clips).get("neutral", []), random)
        streams = []
        for number in range(_NEUTRAL):
            stream = self._of_one_emotion(f"neutral {number + 1}", "neutral", left, random)
            left = left[len(stream.spans) :]
            streams += [stream] if stream.spans else []
        return streams

    def _of_one_emotion(self, name: str, kind: Kind, clips: Sequence[Clip], random: np.random.Generator) -> Stream:
        tape = _Tape()
        for clip in self._shuffled(clips, random) if kind == "constant" else clips:
            if tape.seconds >= _LONG_SECONDS:
                break
            tape.pause(_pause(random))
            tape.add(active_speech(clip.path), self._label(clip), clip.speaker)
        return tape.stream(name, kind)

    def _noise(self, random: np.random.Generator) -> FloatArray | None:
        """One recording after the other, `(samples,)`."""
        if not self._noises:
            return None
        recordings = noise_recordings(self._noises)
        order = random.permutation(len(recordings))[:20]
        return np.concatenate([recordings[i] for i in order])

    def _label(self, clip: Clip) -> str:
        return self._words.words[clip.label]

    def _by_label(self, clips: Sequence[Clip]) -> dict[str, list[Clip]]:
        groups: dict[str, list[Clip]] = {}
        for clip in clips:
            groups.setdefault(self._label(clip), []).append(clip)
        return groups

    def _shuffled(self, clips: Sequence[Clip], random: np.random.Generator) -> list[Clip]:
        return [clips[i] for i in random.permutation(len(clips))]

    def _random(self, name: str) -> np.random.Generator:
        return np.random.default_rng((self._seed, zlib.crc32(name.encode())))


class _Tape:
    """Samples and truth, growing together."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self._pieces: list[FloatArray] = []
        self._count = 0
        self._paused = True

    @property
    def seconds(self) -> float:
        return self._count / SAMPLE_RATE

    def pause(self, seconds: float) -> None:
        self._append(np.zeros(round(seconds * SAMPLE_RATE), np.float32))
        self._paused = True

    def add(self, speech: FloatArray, label: str, speaker: str) -> None:
        """Add active speech; nothing for a clip that has none."""
        if not len(speech):
            return
        start, joined = self.seconds, not self._paused
        self._append(speech)
        self.spans.append(Span(start=start, end=self.seconds, label=label, speaker=speaker, joined=joined))
        self._paused = False

    def stream(self, name: str, kind: Kind, noise: FloatArray | None = None) -> Stream:
        samples = np.concatenate([np.zeros(0, np.float32), *self._pieces])
        if noise is not None and self.spans:
            loud = np.concatenate([samples[_index(s.start) : _index(s.end)] for s in self.spans])
            noise = np.resize(noise, len(samples))
            scale = _rms(loud) / _rms(noise) * 10 ** (-SNR_DB / 20)
            samples = (samples + scale * noise).astype(np.float32)
        return Stream(name=name, kind=kind, samples=samples, spans=tuple(self.spans))

    def _append(self, piece: FloatArray) -> None:
        self._pieces.append(piece)
        self._count += len(piece)


def active_speech(path: Path) -> FloatArray:
    """A recording from its first to its last active cell, `(samples,)`, with edges of 5 ms faded; empty if silent."""
    samples = read_recording(path)
    where = np.flatnonzero(speaking(samples)) if np.any(samples) else np.zeros(0, np.int64)
    if len(where) < 2 * _FADE:
        return samples[:0]
    speech = samples[where[0] : where[-1] + 1].copy()
    ramp = np.linspace(0.0, 1.0, _FADE, dtype=np.float32)
    speech[:_FADE] *= ramp
    speech[-_FADE:] *= ramp[::-1]
    return speech


def _pause(random: np.random.Generator) -> float:
    return float(random.uniform(*(_LONG_PAUSES if random.random() < _LONG_SHARE else _PAUSES)))


def _at_level(speech: FloatArray, decibels: float) -> FloatArray:
    scaled: FloatArray = (speech * (10 ** (decibels / 20) / _rms(speech))).astype(np.float32)
    return np.clip(scaled, -1.0, 1.0)


def _rms(samples: FloatArray) -> float:
    return max(float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))), 1e-10)


def _index(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE)
