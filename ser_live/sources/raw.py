"""Sound without a header: what `--raw RATE[,CHANNELS[,s16|f32]]` says stands in its place."""

from __future__ import annotations

from typing import Final

from ser_live.errors import SettingsError, shortened
from ser_live.sources.base import MAX_CHANNELS, MAX_RATE, MIN_RATE
from ser_live.sources.pcm import Encoding
from ser_live.sources.wav import WavHeader

__all__ = ["parse_raw"]

_ENCODINGS: Final = {
    "s16": (1, Encoding(kind="integer", width=2)),
    "f32": (3, Encoding(kind="float", width=4)),
}
_FORM: Final = "--raw takes RATE[,CHANNELS[,s16|f32]], such as 16000 or 48000,2,f32"


def parse_raw(text: str) -> WavHeader:
    """Return the header that headerless sound, little endian, has not.

    Args:
        text: rate in Hz, then channels (1 without it) and encoding (s16 without it).

    Raises:
        SettingsError: for anything else, saying what.

    Example:
        >>> parse_raw("48000,2,f32").frame_bytes
        8
    """
    parts = text.split(",")
    if len(parts) > 3:
        raise SettingsError(f"{_FORM}: {shortened(repr(text), 40)} has {len(parts)} values")
    rate = _whole("a rate", parts[0], MIN_RATE, MAX_RATE)
    channels = _whole("channels", parts[1], 1, MAX_CHANNELS) if len(parts) > 1 else 1
    name = parts[2] if len(parts) > 2 else "s16"
    if name not in _ENCODINGS:
        raise SettingsError(f"{_FORM}: the encoding is s16 or f32, little endian, not {shortened(repr(name), 40)}")
    tag, encoding = _ENCODINGS[name]
    return WavHeader(sample_rate=rate, channels=channels, tag=tag, encoding=encoding, size=None, start=0)


def _whole(what: str, text: str, least: int, most: int) -> int:
    value = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
    if not least <= value <= most:
        raise SettingsError(f"{_FORM}: {what} of {least} to {most} was expected, not {shortened(repr(text), 40)}")
    return value
