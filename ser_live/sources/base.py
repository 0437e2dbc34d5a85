"""What every source of sound offers, and the limits and sentences that they share."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from typing import Final, Protocol

from ser_live.errors import SourceError
from ser_live.types import Event, FloatArray

__all__ = [
    "BLOCK_SECONDS",
    "MAX_CHANNELS",
    "MAX_RATE",
    "MIN_RATE",
    "Source",
    "block_frames",
    "check_format",
    "convert_command",
    "shortfall",
    "shown",
]

BLOCK_SECONDS: Final = 0.5
"""How much of a file is read at a time; a faster source gives no more either."""
MIN_RATE: Final = 1_000
MAX_RATE: Final = 1_000_000
MAX_CHANNELS: Final = 1024  # libsndfile's own limit
_MAX_BLOCK: Final = 1_000_000  # samples, so that many channels at a high rate stay small


class Source(Protocol):
    """Sound in blocks.

    Attributes:
        name: what is shown and written in the session record: a file or device name, or "standard input".
        sample_rate: in Hz, the source's own.
        channels: in every block.
        total: seconds of sound, None where that cannot be known.
        live: whether the sound is being made now (the microphone), so that nothing can wait.
    """

    name: str
    sample_rate: int
    channels: int
    total: float | None
    live: bool

    def blocks(self) -> Iterator[FloatArray | Event]:
        """Yield the sound once: float32 `(frames, channels)`, nominally in [-1, 1], and events in between.

        Raises:
            SourceError: where nothing can be read, or a device is gone; what was read before has been yielded.
        """
        ...

    def close(self) -> None:
        """Release the file or device; may be called twice."""
        ...


def block_frames(seconds: float, sample_rate: float, channels: int) -> int:
    """Return the frames in a block of that many seconds, at least 1."""
    return max(1, min(round(seconds * sample_rate), _MAX_BLOCK // channels))


def check_format(name: str, sample_rate: int, channels: int) -> None:
    """Raise `SourceError` for a rate or channel count that no recording has."""
    if not 1 <= channels <= MAX_CHANNELS:
        raise SourceError(
            f"{name}: the header says {channels} channels, where 1 to {MAX_CHANNELS} were expected: "
            "the file is damaged, export it again"
        )
    if not MIN_RATE <= sample_rate <= MAX_RATE:
        raise SourceError(
            f"{name}: the header says {sample_rate} samples a second, where {MIN_RATE} to {MAX_RATE} were expected: "
            "the file is damaged, export it again"
        )


def shortfall(name: str, promised: float, there: float) -> Event:
    """Return the event for a recording that is not as long (seconds) as its header says; it ended at `there`."""
    digits = 1 if abs(promised - there) >= 0.1 else 5
    message = f"{name}: the header promises {promised:.{digits}f} s, {there:.{digits}f} s are there"
    return Event(kind="signal", start=round(there, 6), fields={"message": message, "promised": round(promised, 6)})


def shown(path: str | os.PathLike[str]) -> str:
    """Return the path as text that can always be printed, also where its name is no valid text."""
    return os.fsencode(path).decode("utf-8", "replace")


def convert_command(path: str | os.PathLike[str] | None = None) -> str:
    """Return the command that turns any recording into what `ser-live` reads."""
    file = "FILE" if path is None else shlex.quote(shown(path))
    return f"`ffmpeg -v error -nostdin -i {file} -f wav - | ser-live --file -`"
