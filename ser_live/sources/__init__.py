"""Where the sound comes from: files, a pipe, a microphone.

Every source is a `Source`: it says its rate and channel count, then yields blocks `(frames, channels)` of float32 at
its own rate, with an `Event` in between where there is something to say. `Mixer` makes them mono.
"""

from __future__ import annotations

from ser_live.sources.base import Source
from ser_live.sources.channels import channel_number, check_channels, select_channels
from ser_live.sources.devices import NO_MICROPHONE, InputDevice, list_devices
from ser_live.sources.files import FileSource
from ser_live.sources.loopback import LOOPBACK, LoopbackSource
from ser_live.sources.microphone import MicrophoneSource
from ser_live.sources.mixer import Mixer
from ser_live.sources.pipe import PipeSource, open_source
from ser_live.sources.raw import parse_raw
from ser_live.sources.reconnect import ReconnectingMicrophone

__all__ = [
    "LOOPBACK",
    "NO_MICROPHONE",
    "FileSource",
    "InputDevice",
    "LoopbackSource",
    "MicrophoneSource",
    "Mixer",
    "PipeSource",
    "ReconnectingMicrophone",
    "Source",
    "channel_number",
    "check_channels",
    "list_devices",
    "open_source",
    "parse_raw",
    "select_channels",
]
