"""Input devices: what there is, and which one is meant."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ser_live.errors import SourceError

__all__ = ["NO_MICROPHONE", "InputDevice", "find_device", "list_devices", "load_sounddevice"]

NO_MICROPHONE: Final = "no microphone was found: plug one in, or see whether the system's sound settings show an input"
"""What to say where `list_devices` returns nothing."""
_INSTALL: Final = {
    "linux": "`apt-get install libportaudio2` (or your distribution's portaudio package)",
    "darwin": "`pip install --force-reinstall sounddevice` (its wheel brings PortAudio), or `brew install portaudio`",
    "win32": "`pip install --force-reinstall sounddevice` (its wheel brings PortAudio)",
}
_LISTED: Final = 12  # devices in a message


@dataclass(frozen=True, kw_only=True)
class InputDevice:
    """A device that sound can come from.

    Attributes:
        index: PortAudio's number, for `--input-device`; it changes when devices come and go.
        name: PortAudio's name.
        channels: at most.
        sample_rate: in Hz, the device's own.
        host_api: e.g. ALSA, Core Audio, MME, Windows WASAPI.
        is_default: whether it is used when none is named.
    """

    index: int
    name: str
    channels: int
    sample_rate: int
    host_api: str
    is_default: bool

    def __str__(self) -> str:
        return f"{self.index} {self.name} ({self.host_api})"


def load_sounddevice() -> Any:
    """Import `sounddevice`, late: it looks for PortAudio and asks the system for its devices.

    Raises:
        SourceError: where PortAudio is not installed.
    """
    try:
        import sounddevice
    except (OSError, ImportError) as error:
        remedy = _INSTALL.get(sys.platform, "your system's portaudio package")
        raise SourceError(f"the microphone needs PortAudio ({error}): install it with {remedy}") from None
    return sounddevice


def list_devices() -> list[InputDevice]:
    """Return the input devices, in PortAudio's order; none where there is no sound card.

    Raises:
        SourceError: where PortAudio is not installed, or fails.
    """
    sounddevice = load_sounddevice()
    try:
        apis = sounddevice.query_hostapis()
        devices = sounddevice.query_devices()
    except sounddevice.PortAudioError as error:
        raise SourceError(f"PortAudio cannot list the sound devices: {error}") from None
    try:
        default = sounddevice.query_devices(kind="input")["index"]
    except (sounddevice.PortAudioError, ValueError):
        default = None
    return [
        InputDevice(
            index=device["index"],
            name=device["name"],
            channels=device["max_input_channels"],
            sample_rate=round(device["default_samplerate"]),
            host_api=apis[device["hostapi"]]["name"],
            is_default=device["index"] == default,
        )
        for device in devices
        if device["max_input_channels"] > 0
    ]


def find_device(devices: Sequence[InputDevice], wanted: str | int | None) -> InputDevice:
    """Return the device that is meant.

    Args:
        devices: all of them.
        wanted: None for the default, an index (also as text), or a part of `name, host API`, in any case. Where
            several fit, the one of exactly that name is meant, else the one of the default device's host API.

    Raises:
        SourceError: where none fits, or several do; the sentence lists them.
    """
    if not devices:
        raise SourceError(NO_MICROPHONE)
    default = next((device for device in devices if device.is_default), None)
    if wanted is None:
        if default is None:
            raise SourceError(f"there is no default microphone: choose with --input-device from {_listed(devices)}")
        return default
    if isinstance(wanted, int) or wanted.strip().isdecimal():
        matches = [device for device in devices if device.index == int(wanted)]
        if not matches:
            raise SourceError(f"there is no input device {int(wanted)}: choose from {_listed(devices)}")
        return matches[0]
    text = wanted.strip().casefold()
    labels = [f"{device.name}, {device.host_api}".casefold() for device in devices]
    matches = [device for device, label in zip(devices, labels, strict=True) if text in label] if text else []
    for narrower in (
        [device for device in matches if device.name.casefold() == text],
        [device for device in matches if default is not None and device.host_api == default.host_api],
    ):
        if len(matches) > 1 and narrower:
            matches = narrower
    if len(matches) > 1:
        raise SourceError(f"several input devices fit {wanted!r}: choose by number from {_listed(matches)}")
    if not matches:
        raise SourceError(f"no input device fits {wanted!r}{_near(devices, text)}: there are {_listed(devices)}")
    return matches[0]


def _near(devices: Sequence[InputDevice], text: str) -> str:
    names = {device.name.casefold(): device.name for device in devices}
    near = [repr(names[name]) for name in difflib.get_close_matches(text, names, cutoff=0.5)]
    return f" (did you mean {' or '.join(near)}?)" if near else ""


def _listed(devices: Sequence[InputDevice]) -> str:
    text = ", ".join(map(str, devices[:_LISTED]))
    more = len(devices) - _LISTED
    return text + (f" and {more} more (`ser-live --list-devices`)" if more > 0 else "")
