"""String clips of one side's speakers together: who speaks when, with what emotion, is known to the sample."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ser_live.types import FloatArray
from ser_train.corpora import Clip
from ser_train.corpora.labels import LabelMap
from ser_train.data.quiet_sounds import noise_recordings
from ser_train.streams.stream import Kind, Stream
from ser_train.streams.tape import Tape, active_speech, at_level

__all__ = ["Builder"]

_PAUSES = (0.2, 1.2)  # seconds, of most pauses
_LONG_PAUSES, _LONG_SHARE = (1.6, 3.0), 0.1
_LEVEL_DB, _LEVELS_DB = -26.0, 8.0  # dBFS of `mixed` speech, and how far up and down from there
_STRETCH = (2, 3)  # clips of one emotion between two changes, fewest and most
_CHANGES = 5  # in one stream
_MIXED, _MIXED_SECONDS = 4, 90.0
_LONG_SECONDS = 60.0  # of one emotion
_NEUTRAL = 3  # streams of a minute


class Builder:
    """Make the streams of one side; equal for equal clips and seed.

    Args:
        clips: of that side; no other speaker is heard.
        words: the model's label for each word of a corpus; clips whose word has none are left out.
        noises: recordings of noise for the `mixed` streams; none there if there are none.
        seed: of everything that is drawn.
    """

    def __init__(self, clips: Sequence[Clip], words: LabelMap, noises: Sequence[Path], seed: int) -> None:
        known = (clip for clip in clips if words.of(clip.label) is not None)
        self._clips = sorted(known, key=lambda clip: (clip.speaker, clip.path, clip.name))
        self._words = words
        self._noises = noises
        self._seed = seed

    def build(self) -> list[Stream]:
        """Return all streams of speech."""
        return [*self.mixed(), *self.changes(), *self.constant(), *self.neutral()]

    def mixed(self) -> list[Stream]:
        """Return several speakers' clips with pauses, level changes and noise at 20 dB."""
        streams = []
        for number in range(_MIXED):
            random = self._random(f"mixed {number}")
            tape = Tape()
            for clip in self._shuffled(self._clips, random):
                if tape.seconds >= _MIXED_SECONDS:
                    break
                speech = active_speech(clip)
                if not len(speech):
                    continue
                tape.pause(_pause(random))
                level = _LEVEL_DB + float(random.uniform(-_LEVELS_DB, _LEVELS_DB))
                tape.add(at_level(speech, level), self._label(clip), clip.speaker)
            tape.pause(2.0)
            streams.append(tape.stream(f"mixed {number + 1}", "mixed", self._noise(random)))
        return streams

    def changes(self) -> list[Stream]:
        """Return two streams of each speaker, whose emotion changes: clips without a pause between, and with pauses."""
        streams = []
        for speaker in sorted({clip.speaker for clip in self._clips}):
            for joined in (True, False):
                name = f"{speaker} {'joined' if joined else 'paused'}"
                random = self._random(name)
                left = self._by_label(self._shuffled([c for c in self._clips if c.speaker == speaker], random))
                tape, last = Tape(), ""
                for _ in range(_CHANGES + 1):
                    choice = sorted(label for label, clips in left.items() if clips and label != last)
                    if not choice:
                        break
                    last = str(random.choice(choice))
                    count = int(random.integers(_STRETCH[0], _STRETCH[1] + 1))
                    for clip in left[last][:count]:
                        if not joined or not tape.spans:
                            tape.pause(_pause(random))
                        tape.add(active_speech(clip), last, speaker)
                    left[last] = left[last][count:]
                tape.pause(2.0)
                streams.append(tape.stream(name, "changes"))
        return [stream for stream in streams if len({span.label for span in stream.spans}) > 1]

    def constant(self) -> list[Stream]:
        """Return about a minute of each emotion, by mixed speakers and by one speaker who has many clips of it."""
        streams = []
        for label, clips in sorted(self._by_label(self._clips).items()):
            random = self._random(f"constant {label}")
            counts = Counter(clip.speaker for clip in clips)
            most = max(counts.values())
            speaker = str(random.choice([name for name in sorted(counts) if counts[name] >= most / 2]))
            of_speaker = [clip for clip in clips if clip.speaker == speaker]
            streams += [
                self._of_one_emotion(f"{label}, mixed speakers", "constant", clips, random),
                self._of_one_emotion(f"{label}, {speaker}", "constant", of_speaker, random),
            ]
        return streams

    def neutral(self) -> list[Stream]:
        """Return minutes of neutral speech by mixed speakers, no clip twice."""
        random = self._random("neutral")
        left = self._shuffled(self._by_label(self._clips).get("neutral", []), random)
        streams = []
        for number in range(_NEUTRAL):
            stream = self._of_one_emotion(f"neutral {number + 1}", "neutral", left, random)
            left = left[len(stream.spans) :]
            streams += [stream] if stream.spans else []
        return streams

    def _of_one_emotion(self, name: str, kind: Kind, clips: Sequence[Clip], random: np.random.Generator) -> Stream:
        tape = Tape()
        for clip in self._shuffled(clips, random) if kind == "constant" else clips:
            if tape.seconds >= _LONG_SECONDS:
                break
            tape.pause(_pause(random))
            tape.add(active_speech(clip), self._label(clip), clip.speaker)
        return tape.stream(name, kind)

    def _noise(self, random: np.random.Generator) -> FloatArray | None:
        """Return up to twenty recordings, one after the other, `(samples,)`."""
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


def _pause(random: np.random.Generator) -> float:
    return float(random.uniform(*(_LONG_PAUSES if random.random() < _LONG_SHARE else _PAUSES)))
