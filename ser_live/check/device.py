"""The microphone as the program would open it, and whether its blocks come in time."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from ser_live.check.report import Finding
from ser_live.sources import NO_MICROPHONE, MicrophoneSource
from ser_live.sources.devices import load_sounddevice
from ser_live.types import FloatArray

__all__ = ["TimedMicrophone", "Timing", "no_device", "portaudio", "timing", "unmute"]

_UNMUTE: Final = {
    "linux": "unmute it in Settings > Sound > Input, or with `pactl set-source-mute @DEFAULT_SOURCE@ 0`",
    "darwin": "allow your terminal in System Settings > Privacy & Security > Microphone, then start it again",
    "win32": "allow desktop apps in Settings > Privacy & security > Microphone, and unmute it in System > Sound",
}
_BEGINNING: Final = 0.5
"""Seconds at the start whose timing does not count: a sound server fills its buffers first."""


@dataclass(frozen=True, kw_only=True)
class Timing:
    """How regularly blocks of sound came.

    Attributes:
        blocks: that were counted.
        jitter: how far 95 % of the intervals at most were from a block's own length, seconds.
        longest: interval, seconds.
        block: length of a block, seconds.
        lost: blocks that PortAudio or the queue dropped.
    """

    blocks: int
    jitter: float
    longest: float
    block: float
    lost: int


class TimedMicrophone(MicrophoneSource):
    """The microphone, which also notes when each of its blocks came.

    Attributes:
        arrivals: clock time (seconds) and frames of each block.
        lost: blocks that were dropped.
    """

    def __init__(self, device: str | int | None = None) -> None:
        self.arrivals: list[tuple[float, int]] = []
        self.lost = 0
        super().__init__(device)

    def _hear(self, data: FloatArray, frames: int, when: object, status: Any) -> None:
        self.arrivals.append((time.monotonic(), frames))
        self.lost += bool(status.input_overflow)
        super()._hear(data, frames, when, status)


def timing(arrivals: Sequence[tuple[float, int]], sample_rate: float, lost: int = 0) -> Timing | None:
    """Measure the intervals between blocks, without the first half second; None where there are too few.

    Args:
        arrivals: clock time (seconds) and frames of each block.
        sample_rate: in Hz.
        lost: blocks that were dropped.
    """
    counted = [(when, frames) for when, frames in arrivals if when >= arrivals[0][0] + _BEGINNING]
    if len(counted) < 3:
        return None
    intervals = np.diff([when for when, _ in counted])
    lengths = np.array([frames for _, frames in counted[1:]]) / sample_rate
    return Timing(
        blocks=len(counted),
        jitter=float(np.percentile(np.abs(intervals - lengths), 95)),
        longest=float(intervals.max()),
        block=float(np.median(lengths)),
        lost=lost,
    )


def portaudio() -> Finding:
    """Find PortAudio.

    Raises:
        SourceError: where it is not installed.
    """
    sounddevice = load_sounddevice()
    try:
        text = str(sounddevice.get_portaudio_version()[1])
    except (AttributeError, IndexError):
        text = "PortAudio"
    text = text.partition(", revision")[0]
    return Finding(name="portaudio", light="green", text=text, values={"version": text})


def no_device(message: str) -> str:
    """Add to the message that there is no microphone what is usual where it cannot be plugged in."""
    if message != NO_MICROPHONE or not sys.platform.startswith("linux") or Path("/dev/snd").exists():
        return message
    return (
        "no microphone was found, and there is no /dev/snd: inside a container, start it with `--device /dev/snd` or "
        "give it the sound server's socket; elsewhere, plug one in"
    )


def unmute() -> str:
    """Return where this system unmutes and permits microphones."""
    return _UNMUTE.get(sys.platform, "unmute it in the system's sound settings")
