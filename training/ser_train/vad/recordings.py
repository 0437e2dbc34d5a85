"""What the detectors are measured on: meetings, clips under conditions, and recordings in which nobody speaks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ser_live.types import SAMPLE_RATE, FloatArray
from ser_live.vad import CELL
from ser_train.corpora import CORPORA, Clip
from ser_train.corpora.audio import read_clip_16k, read_recording
from ser_train.corpora.find import search
from ser_train.corpora.meetings import find_meetings, spoken_cells
from ser_train.corpora.noise import find_backgrounds
from ser_train.data.quiet_sounds import music, noise_paths
from ser_train.evaluation.active_speech import speaking
from ser_train.evaluation.conditions import AddNoise, Gain, Telephone, as_is
from ser_train.evaluation.inference import Condition
from ser_train.splits.public import PUBLIC
from ser_train.vad.detectors import DetectorValues, detector_values

__all__ = ["SIDES", "Recording", "Recordings", "gather"]

SIDES = {"choosing": "train", "reporting": "validation"}
"""Side of the detectors' measurement, and whose clips it hears. Test speakers stay shut."""

_SOUND_SIDES = {"choosing": "validation", "reporting": "test"}  # of meetings and of ESC-10
_SPEECH = ("cremad", "ravdess", "emodb")
_MOST_CLIPS = 60  # of each corpus
_BACKGROUND_SECONDS = 30
_BEFORE = 60 * SAMPLE_RATE  # noise before a meeting, of which Silero's state once ran away
_TONES = (110.0, 160.0, 220.0, 300.0, 440.0, 660.0, 1000.0, 1500.0, 2000.0, 3000.0)  # Hz, two seconds and a pause


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A recording with its truth.

    Attributes:
        values: of the detectors.
        truth: where somebody speaks, `(cells,)`.
    """

    values: DetectorValues
    truth: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Recordings:
    """Recordings of one side.

    Attributes:
        meetings: as recorded and after a minute of noise, with their RTTM's truth.
        speech: by condition, the same clips in the same order; truth is `speaking` of the clean clip.
        quiet: by name, streams in which nobody speaks.
        counts: what the scores stand on, in words, under `meetings`, `speech` and each name of `quiet`.
        notes: recordings that are not there.
    """

    meetings: dict[str, list[Recording]] = field(default_factory=dict)
    speech: dict[str, list[Recording]] = field(default_factory=dict)
    quiet: dict[str, list[Recording]] = field(default_factory=dict)
    counts: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def gather(sources: Sequence[Path], side: str, seed: int) -> Recordings:
    """Run the detectors on the recordings that lie below the sources for this side.

    Args:
        sources: folders and manifests.
        side: a key of `SIDES`.
        seed: of the sample of clips, of the conditions and of the tones.

    Raises:
        TrainingError: if a source is not there, or a recording cannot be decoded.
    """
    collected = Recordings()
    clips = _sample(search(sources, _SPEECH).clips, SIDES[side], seed)
    folders = [path for path in sources if path.is_dir()]
    noises = noise_paths(folders, _SOUND_SIDES[side])
    _add_meetings(collected, folders, noises, side)
    _add_speech(collected, clips, noises, side, seed)
    _add_quiet(collected, folders, noises, side, seed)
    return collected


def _sample(clips: Sequence[Clip], side: str, seed: int) -> list[Clip]:
    """Draw some clips of each corpus's public side."""
    random = np.random.default_rng((seed, 1))
    sample = []
    for corpus in _SPEECH:
        of_side = [clip for clip in clips if clip.corpus == corpus and PUBLIC.get(clip.speaker) == side]
        of_side.sort(key=lambda clip: clip.name)
        sample += [of_side[i] for i in sorted(random.permutation(len(of_side))[:_MOST_CLIPS])]
    return sample


def _add_meetings(collected: Recordings, folders: Sequence[Path], noises: Sequence[Path], side: str) -> None:
    meetings = find_meetings(folders, _SOUND_SIDES[side])
    if not meetings:
        collected.notes.append(f"{side}: no meetings (recordings beside their .rttm)")
        return
    plain, late = [], []
    for number, (path, turns) in enumerate(meetings.items()):
        samples = read_recording(path)
        truth = spoken_cells(turns, -(-len(samples) // CELL))
        plain.append(Recording(values=detector_values(samples), truth=truth))
        if noises:
            noise = read_recording(noises[number * len(noises) // len(meetings)])
            values = detector_values(np.concatenate([np.resize(noise, _BEFORE), samples]))
            late.append(Recording(values=values.since(_BEFORE // CELL), truth=truth))
    collected.meetings["as recorded"] = plain
    if late:
        collected.meetings["after a minute of noise"] = late
    names = ", ".join(path.stem for path in meetings)
    collected.counts["meetings"] = f"{len(meetings)} recordings ({names}), {_seconds(plain):.0f} s"


def _add_speech(collected: Recordings, clips: Sequence[Clip], noises: Sequence[Path], side: str, seed: int) -> None:
    for corpus in sorted(set(_SPEECH) - {clip.corpus for clip in clips}, key=_SPEECH.index):
        collected.notes.append(f"{side}: no clips of {CORPORA[corpus].title}")
    if not clips:
        return
    conditions = _conditions(noises)
    collected.speech.update({name: [] for name in conditions})
    for number, clip in enumerate(clips):
        samples = read_clip_16k(clip)
        truth = _active(samples)
        for name, condition in conditions.items():
            values = detector_values(condition(samples, seed + number))
            collected.speech[name].append(Recording(values=values, truth=truth))
    titles = [CORPORA[corpus].title for corpus in _SPEECH if any(clip.corpus == corpus for clip in clips)]
    speakers = len({clip.speaker for clip in clips})
    collected.counts["speech"] = (
        f"{len(clips)} clips of {speakers} speakers on the {SIDES[side]} side of the public splits of "
        f"{', '.join(titles)}"
    )


def _conditions(noises: Sequence[Path]) -> dict[str, Condition]:
    noise = "noise" if noises else "pink noise"
    return {
        "clean": as_is,
        **{f"{noise} {snr_db} dB": AddNoise(snr_db=snr_db, paths=tuple(noises)) for snr_db in (20, 10, 5, 0)},
        "telephone µ-law": Telephone(),
        "gain +20 dB": Gain(decibels=20.0),
        "gain -20 dB": Gain(decibels=-20.0),
    }


def _add_quiet(collected: Recordings, folders: Sequence[Path], noises: Sequence[Path], side: str, seed: int) -> None:
    """Add each kind as one stream, for that is how the live path hears it."""
    random = np.random.default_rng((seed, 2))
    esc = [read_recording(path) for path in noises]
    streams = {
        "ESC-10": (esc, "folds 1 to 4" if side == "choosing" else "fold 5"),
        "backgrounds": (list(_backgrounds(folders, side)), f"Speech Commands, {_BACKGROUND_SECONDS} s of each"),
        "single tones": ([_tones()], "sines of 110 to 3000 Hz, two seconds each"),
        "music-like tones": ([music(120.0, random)], "chords with partials and vibrato"),
        "digital silence": ([np.zeros(30 * SAMPLE_RATE, np.float32)], "zeros"),
    }
    for name, (samples, what) in streams.items():
        if not samples:
            collected.notes.append(f"{side}: no {name}")
            continue
        values = detector_values(np.concatenate(samples))
        collected.quiet[name] = [Recording(values=values, truth=np.zeros(len(values.webrtc), np.bool_))]
        collected.counts[name] = f"{what}: {len(samples)} recordings, {_seconds(collected.quiet[name]):.0f} s"


def _backgrounds(folders: Sequence[Path], side: str) -> Iterator[FloatArray]:
    """Give of each background the first half to `choosing`, the second to `reporting`."""
    length = _BACKGROUND_SECONDS * SAMPLE_RATE
    by_name = {path.stem: path for path in find_backgrounds(folders)}
    for name in sorted(by_name):
        samples = read_recording(by_name[name])
        yield samples[:length] if side == "choosing" else samples[-length:]


def _tones() -> FloatArray:
    time = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE
    pause = np.zeros(SAMPLE_RATE // 2)
    tones = [np.concatenate([0.1 * np.sin(2 * np.pi * hertz * time), pause]) for hertz in _TONES]
    return np.concatenate(tones).astype(np.float32)


def _active(samples: FloatArray) -> NDArray[np.bool_]:
    """Mark the cells of a clean clip at least half of whose samples lie where somebody speaks."""
    active = speaking(samples)
    cells: NDArray[np.bool_] = np.pad(active, (0, -len(active) % CELL)).reshape(-1, CELL).mean(axis=1) >= 0.5
    return cells


def _seconds(recordings: Sequence[Recording]) -> float:
    return sum(len(recording.truth) for recording in recordings) * CELL / SAMPLE_RATE
