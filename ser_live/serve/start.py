"""The first frame of a stream: what the sound is that follows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from ser_live.errors import SettingsError, shortened
from ser_live.lanes import Lane, lanes_of
from ser_live.serve.refusal import Refusal
from ser_live.sources.base import MAX_RATE, MIN_RATE
from ser_live.sources.pcm import Encoding

__all__ = ["Start", "parse_start"]

_ENCODINGS: Final = {"s16le": Encoding(kind="integer", width=2), "f32le": Encoding(kind="float", width=4)}
_KEYS: Final = {"type", "sample_rate", "channels", "encoding", "lane_names"}
_MOST_CHANNELS: Final = 16
_EXAMPLE: Final = '{"type": "start", "sample_rate": 16000, "channels": 1, "encoding": "s16le"}'


@dataclass(frozen=True, kw_only=True)
class Start:
    """What the sound is that follows.

    Attributes:
        sample_rate: in Hz.
        channels: in every frame.
        encoding: of a sample.
        lanes: the voices to hear.
        choice: of channels, as `--channels` has it.
    """

    sample_rate: int
    channels: int
    encoding: Encoding
    lanes: tuple[Lane, ...]
    choice: str

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of every channel."""
        return self.encoding.width * self.channels


def parse_start(text: str | None) -> Start:
    """Return what a first frame says; None stands for a binary one.

    Raises:
        Refusal: for anything else, saying what was expected.

    Example:
        >>> parse_start('{"type": "start", "sample_rate": 8000, "channels": 2, "encoding": "f32le"}').frame_bytes
        8
    """
    if text is None:
        raise _refused(f"sound came before the start: send a text frame first, such as {_EXAMPLE}")
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict) or fields.get("type") != "start":
        raise _refused(f"the first frame was expected to be {_EXAMPLE}, and {shortened(repr(text), 80)} came")
    if unknown := sorted(set(fields) - _KEYS):
        raise _refused(f"the start has no field {shortened(repr(unknown[0]), 40)}: its fields are as in {_EXAMPLE}")
    rate = _whole(fields, "sample_rate", MIN_RATE, MAX_RATE)
    channels = _whole(fields, "channels", 1, _MOST_CHANNELS)
    name = fields.get("encoding")
    if not isinstance(name, str) or name not in _ENCODINGS:
        raise _refused(f"encoding is s16le or f32le, not {shortened(repr(name), 40)}")
    names = fields.get("lane_names") or []
    if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
        raise _refused(f"lane_names is a list of names, one a channel, not {shortened(repr(names), 40)}")
    choice = "split" if names else "mix"
    try:
        lanes = lanes_of(choice, names, channels)
    except SettingsError as error:
        raise _refused(str(error).replace("--lane-names", "lane_names").replace("--channels split", "it")) from None
    return Start(sample_rate=rate, channels=channels, encoding=_ENCODINGS[name], lanes=lanes, choice=choice)


def _whole(fields: dict[str, Any], key: str, least: int, most: int) -> int:
    value = fields.get(key)
    if type(value) is not int or not least <= value <= most:
        raise _refused(f"{key} is a whole number from {least} to {most}, not {shortened(repr(value), 40)}")
    return value


def _refused(message: str) -> Refusal:
    return Refusal("bad-start", message)
