"""Which of a file's audio tracks is heard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ser_live.errors import SettingsError, SourceError, shortened
from ser_live.sources.base import BLOCK_SECONDS, block_frames, shortfall
from ser_live.types import Event, FloatArray

__all__ = ["Track", "check_track", "choose", "ending", "from_the_start", "no_such_track"]

_SLACK_SECONDS = 0.3  # encoders add or drop a frame or two


@dataclass(frozen=True, kw_only=True)
class Track:
    """One audio track; pictures and subtitles are none.

    Attributes:
        language: as the file names it, or "".
        default: whether the file says that this one is played where nobody chooses.
        lead: seconds from the start of the file (its picture, say) to that of the track.
        promised: seconds from the start of the file to the end of the track, None where it does not say.
    """

    language: str = ""
    default: bool = False
    lead: float = 0.0
    promised: float | None = None


def check_track(track: int | None, name: str, there: int) -> None:
    """Raise `SettingsError` for a track that a file with so many has not."""
    if track is not None and not isinstance(track, int):
        raise SettingsError(f"a track is a whole number from 1, not {shortened(repr(track), 60)}")
    if track is not None and not 1 <= track <= there:
        tracks = "1 audio track: leave --track out" if there == 1 else f"{there} audio tracks, choose 1 to {there}"
        raise SettingsError(f"--track {track} does not fit: {name} has {tracks}")


def no_such_track(track: int | None, name: str) -> SourceError | SettingsError:
    """Return the error for a file without sound, or without the track that the user chose."""
    if track is None:
        return SourceError(f"{name} has no audio track, where a recording was expected: give a file with sound")
    return SettingsError(f"--track {track} does not fit: {name} has fewer audio tracks, choose a smaller number")


def choose(tracks: Sequence[Track], wanted: int | None, name: str) -> tuple[int, Event | None]:
    """Return the number of the track to hear, from 1, and what the user is to know of the choice.

    Args:
        tracks: of the file, in its order.
        wanted: what the user asks for, None = the default track, else the first.
        name: of the file, for messages.

    Raises:
        SourceError: where there is none.
        SettingsError: for a number that is not there.
    """
    if not tracks:
        raise no_such_track(None, name)
    check_track(wanted, name, len(tracks))
    if wanted is not None:
        return wanted, None
    number = next((n for n, track in enumerate(tracks, start=1) if track.default), 1)
    if len(tracks) == 1:
        return number, None
    language = tracks[number - 1].language
    heard = (
        f"number {number} ({shortened(language, 20)})" if language.isprintable() and language else f"number {number}"
    )
    message = f"{name} has {len(tracks)} audio tracks, {heard} is heard: choose another one with --track"
    return number, Event(kind="signal", start=0.0, fields={"message": message, "tracks": len(tracks), "track": number})


def from_the_start(
    sound: Iterator[FloatArray], track: Track, sample_rate: int, choice: Event | None
) -> Iterator[FloatArray | Event]:
    """Yield the track from the start of its file on: the choice, silence where the track begins later, its sound.

    The first block is decoded before anything is yielded, so that its errors come first.
    """
    first = next(sound, None)
    if choice is not None:
        yield choice
    if first is None:
        return
    lead = round(track.lead * sample_rate)
    size = block_frames(BLOCK_SECONDS, sample_rate, first.shape[1])
    for at in range(0, lead, size):
        yield np.zeros((min(size, lead - at), first.shape[1]), np.float32)
    yield first
    yield from sound


def ending(name: str, decoder: str, track: Track, seconds: float, damage: str, *, failed: bool) -> Event | None:
    """Return the event for what is missing at the end, None where nothing is.

    Args:
        name: of the file.
        decoder: who decoded it.
        track: that was heard.
        seconds: of it that came, from the start of the file.
        damage: what the decoder said of it, or "".
        failed: whether the decoder gave up there.
    """
    promised = track.promised
    if failed:
        message = f"{name}: {decoder} failed at {seconds:.1f} s ({damage}), what comes after it is not heard"
        if promised is not None:
            message += f"; the header promises {promised:.1f} s"
    elif promised is not None and promised - seconds > _SLACK_SECONDS:
        return shortfall(name, promised, seconds)
    elif damage:
        message = f"{name}: damaged ({damage}), {decoder} decoded what it could"
    else:
        return None
    return Event(kind="signal", start=round(seconds, 6), fields={"message": message})
