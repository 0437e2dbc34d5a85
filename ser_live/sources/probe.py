"""What is in a file, as ffprobe lists it; and the containers that ffmpeg may open."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, Final

from ser_live.sources.tracks import Track

__all__ = ["FORMATS", "KNOWS_LENGTH", "Probe", "number", "read_probe"]

FORMATS: Final = (
    "aa,aac,aax,ac3,aiff,amr,amrnb,amrwb,ape,aptx,asf,asf_o,au,avi,caf,dsf,dts,dtshd,eac3,flac,flv,g722,g729,gsm,gxf,"
    "ircam,iff,loas,lxf,m4a,matroska,mlp,mov,mp3,mp4,mpc,mpc8,mpeg,mpegts,msf,mxf,nistsphere,nsv,nut,ogg,oma,qcp,rm,"
    "sbc,sds,sln,sox,svag,tak,truehd,tta,voc,w64,wav,webm,wsd,wtv,wv,xwma,3gp,3g2,mj2"
)
"""Containers of sound and video that hold what they play: no playlist, no picture, no device."""
KNOWS_LENGTH: Final = frozenset({"ape", "asf", "avi", "caf", "flv", "matroska", "mov", "tak", "tta", "webm", "wv"})
"""Containers whose length stands in them; of others it would be an estimate from the bit rate."""


@dataclass(frozen=True, kw_only=True)
class Probe:
    """What is in a file.

    Attributes:
        tracks: of sound, in the file's order.
        total: seconds of the file, None where it does not say.
        codecs: of every stream: whether it is sound, and the name of its codec.
    """

    tracks: tuple[Track, ...]
    total: float | None
    codecs: tuple[tuple[bool, str], ...]

    def others(self, number: int) -> tuple[str, ...]:
        """Return the codecs of what is not heard, where the track with that number, from 1, is."""
        heard = [name for sound, name in self.codecs if sound][number - 1]
        return tuple({name for _, name in self.codecs} - {heard, ""})


def read_probe(text: bytes) -> Probe | None:
    """Read ffprobe's JSON; None where it is none, or says nothing of any stream."""
    try:
        answer = json.loads(text.decode("utf-8", "replace"))
        streams = [stream for stream in answer["streams"] if isinstance(stream, dict)]
        whole = answer["format"]
        formats = set(str(whole.get("format_name", "")).split(","))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if not streams:
        return None
    knows = bool(formats & KNOWS_LENGTH)
    start, total = number(whole.get("start_time")) or 0.0, number(whole.get("duration")) if knows else None
    played = [stream for stream in streams if not _dict(stream, "disposition").get("attached_pic")]
    sound = [stream for stream in played if stream.get("codec_type") == "audio"]
    tracks = tuple(_track(stream, start, total if len(played) == 1 else None, knows) for stream in sound)
    codecs = tuple((stream.get("codec_type") == "audio", str(stream.get("codec_name", ""))) for stream in streams)
    return Probe(tracks=tracks, total=total, codecs=codecs)


def _track(stream: dict[str, Any], start: float, total: float | None, knows: bool) -> Track:
    tags = _dict(stream, "tags")
    lead = max(0.0, (number(stream.get("start_time")) or start) - start)
    length = number(stream.get("duration")) if knows else None
    promised = _clock(tags.get("DURATION")) if length is None else lead + length
    promised = total if promised is None else promised
    return Track(
        language=str(tags.get("language", "")).replace("und", ""),
        default=bool(_dict(stream, "disposition").get("default")),
        lead=lead if promised is None or lead < promised else 0.0,
        promised=promised,
    )


def _dict(stream: dict[str, Any], key: str) -> dict[str, Any]:
    value = stream.get(key)
    return value if isinstance(value, dict) else {}


def number(value: object) -> float | None:
    """Return the number that a text or number of the file says, None where it says none."""
    try:
        seconds = float(str(value))
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None


def _clock(value: object) -> float | None:
    """Return the seconds of Matroska's `00:01:02.5`, the end of the track, None for anything else."""
    parts = [number(part) for part in str(value).split(":")]
    if len(parts) != 3:
        return None
    hours, minutes, seconds = parts
    return None if hours is None or minutes is None or seconds is None else 3600 * hours + 60 * minutes + seconds
