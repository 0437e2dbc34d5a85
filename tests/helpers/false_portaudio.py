"""A PortAudio without a sound card: the test says what its devices give."""

from __future__ import annotations

import threading
import types
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ser_live.sources import MicrophoneSource
from ser_live.types import FloatArray


class PortAudioError(Exception):
    pass


class Stream:
    """As `sounddevice.InputStream`; the test is the sound card."""

    def __init__(self, **settings: Any) -> None:
        self.settings = settings
        self.started = self.closed = 0
        self.hangs = False

    def start(self) -> None:
        self.started += 1

    def abort(self) -> None:
        if self.hangs:
            threading.Event().wait(60)

    def close(self) -> None:
        self.closed += 1

    def give(self, block: FloatArray, *, overflow: bool = False) -> None:
        data = block.copy()
        self.settings["callback"](data, len(data), None, types.SimpleNamespace(input_overflow=overflow))
        data[:] = 99  # PortAudio uses its buffer again

    def end(self) -> None:
        self.settings["finished_callback"]()


class PortAudio(types.ModuleType):
    """As `sounddevice`, with the devices that it is given."""

    PortAudioError = PortAudioError

    def __init__(self, devices: Sequence[dict[str, Any]], default: int | None = 1) -> None:
        super().__init__("sounddevice")
        self.devices, self.default = devices, default
        self.accepts: Callable[[int, int], bool] = lambda rate, channels: True
        self.tried: list[tuple[int, int]] = []
        self.at_exit = lambda: None
        self._exit_handler = self.at_exit
        self.starts = 1
        self.opened: list[Stream] = []

    def _terminate(self) -> None:
        pass

    def _initialize(self) -> None:
        self.starts += 1

    def query_hostapis(self) -> list[dict[str, Any]]:
        return [{"name": "MME"}, {"name": "Windows WASAPI"}]

    def query_devices(self, kind: str | None = None) -> Any:
        if kind is None:
            return self.devices
        if self.default is None or self.default >= len(self.devices):
            raise PortAudioError("Error querying device -1")
        return self.devices[self.default]

    def InputStream(self, **settings: Any) -> Stream:  # noqa: N802
        self.tried.append((settings["samplerate"], settings["channels"]))
        if not self.accepts(*self.tried[-1]):
            raise PortAudioError(f"Invalid {self.tried[-1]}")
        self.opened.append(Stream(**settings))
        return self.opened[-1]


def device(index: int, name: str, *, channels: int = 2, rate: float = 48_000.0, api: int = 0) -> dict[str, Any]:
    return {
        "index": index,
        "name": name,
        "hostapi": api,
        "max_input_channels": channels,
        "max_output_channels": 2 - min(channels, 2),
        "default_samplerate": rate,
    }


DEVICES = [
    device(0, "Loudspeaker", channels=0),
    device(1, "Built-in Microphone", channels=1, rate=44_100.0),
    device(2, "Yeti Stereo Microphone"),
    device(3, "Interface 18i8", channels=8, rate=96_000.0),
    device(4, "Yeti Stereo Microphone", api=1),
    device(5, "Line In", api=1),
    device(6, "Line In 2", api=1),
]


def stream(source: MicrophoneSource) -> Stream:
    false: Stream = source._stream
    return false


BLOCK = 2205  # 50 ms


def noise(seed: int = 0) -> FloatArray:
    return np.random.default_rng(seed).uniform(-1, 1, (BLOCK, 1)).astype(np.float32)


def zeros() -> FloatArray:
    return np.zeros((BLOCK, 1), np.float32)
