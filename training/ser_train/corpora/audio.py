"""Read recordings and parts of them for the trainer's own use, by the same reader whether to train or to measure."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile

from ser_live.resample import resample
from ser_live.types import FloatArray
from ser_train.corpora.clip import WHOLE, Clip, Excerpt
from ser_train.errors import TrainingError

__all__ = [
    "Header",
    "RecordingError",
    "clip_seconds",
    "no_recording",
    "read_clip",
    "read_clip_16k",
    "read_header",
    "read_mono",
    "read_recording",
]


class RecordingError(TrainingError):
    """A recording cannot be used.

    Attributes:
        reason: why, after the file's name.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.args[0]} {self.reason}: replace it or remove it"


class Header(NamedTuple):
    """What a recording says of itself.

    Attributes:
        seconds: its length.
        channels: how many there are.
    """

    seconds: float
    channels: int


def read_mono(path: Path, excerpt: Excerpt = WHOLE) -> tuple[FloatArray, int]:
    """Read one channel of a recording, or the mean of all, `(samples,)`, and its sample rate in Hz.

    Of a long recording only the excerpt is decoded.

    Raises:
        RecordingError: if it cannot be decoded, lacks the channel, or holds samples that are no numbers.
    """
    _check(path)
    try:
        with soundfile.SoundFile(path) as file:
            sample_rate = int(file.samplerate)
            first = min(round(excerpt.start * sample_rate), file.frames)
            last = file.frames if excerpt.end is None else round(excerpt.end * sample_rate)
            if first:
                file.seek(first)
            samples = file.read(max(0, last - first), dtype="float32", always_2d=True)
    except (OSError, RuntimeError) as error:
        raise RecordingError(path, f"cannot be decoded ({error})") from None
    if not np.isfinite(samples).all():
        raise RecordingError(path, "holds samples that are not numbers")
    if excerpt.channel is None:
        return samples.mean(axis=1), sample_rate
    channels = samples.shape[1]
    if excerpt.channel > channels:
        raise RecordingError(path, f"has {channels} channel{'s' * (channels > 1)} and no channel {excerpt.channel}")
    return np.ascontiguousarray(samples[:, excerpt.channel - 1]), sample_rate


def read_recording(path: Path) -> FloatArray:
    """Read the mean of a recording's channels at 16 kHz, `(samples,)`.

    Raises:
        RecordingError: as `read_mono`.
    """
    return resample(*read_mono(path))


def read_clip(clip: Clip) -> tuple[FloatArray, int]:
    """Read a clip's samples `(samples,)` and their rate in Hz.

    Raises:
        RecordingError: as `read_mono`.
    """
    return read_mono(*clip.place)


def read_clip_16k(clip: Clip) -> FloatArray:
    """Read a clip's samples at 16 kHz, `(samples,)`.

    Raises:
        RecordingError: as `read_mono`.
    """
    return resample(*read_clip(clip))


def read_header(path: Path) -> Header:
    """Read a recording's header alone.

    Raises:
        RecordingError: if it cannot be decoded.
    """
    _check(path)
    try:
        info = soundfile.info(path)
    except (OSError, RuntimeError) as error:
        raise RecordingError(path, f"cannot be decoded ({error})") from None
    return Header(float(info.frames / info.samplerate), int(info.channels))


def clip_seconds(clip: Clip) -> float:
    """Return the length of a clip in seconds, by the recording's header alone.

    Raises:
        RecordingError: if it cannot be decoded.
    """
    length = read_header(clip.path).seconds
    end = length if clip.excerpt.end is None else min(clip.excerpt.end, length)
    return max(0.0, end - clip.excerpt.start)


def no_recording(path: Path) -> str:
    """Return why a file is no recording, as far as its first bytes show; empty where they do not."""
    try:
        with path.open("rb") as file:
            start = file.read(40)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if not start:
        return "is an empty file"
    if start.startswith(b"version https://git-lfs"):
        return "is a git-LFS pointer, not the recording: run `git lfs pull` there"
    return ""


def _check(path: Path) -> None:
    """Refuse what is plainly no recording before a decoder searches it for sound, and says so on standard error.

    Raises:
        RecordingError: with the true reason.
    """
    if reason := no_recording(path):
        raise RecordingError(path, reason)
