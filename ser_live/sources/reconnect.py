"""A microphone that is waited for when it vanishes."""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Final

import numpy as np

from ser_live.errors import SourceError
from ser_live.sources.devices import list_devices, load_sounddevice
from ser_live.sources.microphone import BLOCK_SECONDS, FIRST_SECONDS, MicrophoneGoneError, MicrophoneSource
from ser_live.sources.standstill import Standstill
from ser_live.types import Event, FloatArray

__all__ = ["ReconnectingMicrophone"]

RETRY_SECONDS: Final = 1.0
_POLL_SECONDS: Final = 0.1
_BEHIND_SECONDS: Final = 1.0  # that the silence stays behind the clock: when the device is back, the rest is known
_CLOSE_SECONDS: Final = 1.0


class ReconnectingMicrophone:
    """A microphone whose gaps are silence, so that the times of the stream stay those of the clock.

    Silence is fed and recorded for as long as the device is away: a replay of the recording then gives the same
    records. The same device, by its name, is taken again, at the same rate and with the same channels. Time in which
    the process stood still takes none, as without a gap.

    Args:
        microphone: that is open already.

    Attributes:
        drift: of the device's clock, over the longest time without a gap.
    """

    live = True
    total: float | None = None

    def __init__(self, microphone: MicrophoneSource) -> None:
        self.name = microphone.name
        self.sample_rate = microphone.sample_rate
        self.channels = microphone.channels
        self.drift = microphone.drift
        self._default = next((device.name for device in list_devices() if device.is_default), None)
        self._other_default: str | None = None
        self._host_api = microphone.host_api
        self._microphone = microphone
        self._frames = 0  # yielded
        self._offset = 0.0  # seconds before this opening of the device
        self._gaps = 0
        self._closed = False
        self._found: tuple[MicrophoneSource, float] | None = None  # and when it was started
        self._started = 0.0
        self._attempt: threading.Thread | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start the device; see `MicrophoneSource.start`."""
        self._microphone.start()

    def blocks(self) -> Iterator[FloatArray | Event]:
        """Yield blocks and events until `close`.

        Raises:
            SourceError: where the device gave nothing yet, or PortAudio hangs, so that it cannot look for devices.
        """
        left = 0.0  # seconds of silence that are still to come before the first block
        gap: Event | None = None
        while not self._closed:
            try:
                for item in self._microphone.blocks():
                    if isinstance(item, Event):
                        yield self._shifted(item)
                        continue
                    if gap is not None:
                        left += min(self._microphone.arrived - self._started, FIRST_SECONDS)
                        yield from self._silence(left - BLOCK_SECONDS)
                        yield self._back(gap)
                        gap, self._offset = None, self._seconds
                    self._frames += len(item)
                    yield item
                return
            except MicrophoneGoneError as error:
                if not self._frames:
                    raise
                self._microphone.close()
                if self._microphone.hangs:
                    raise
                if gap is None:
                    self._gaps += 1
                    gap = self._gone()
                    yield gap
                    left = 0.0
                left += error.seconds
            left = yield from self._wait(left)

    def _wait(self, left: float) -> Generator[FloatArray | Event, None, float]:
        """Yield silence until the device is there again; return the seconds of it that are still to come."""
        looked = RETRY_SECONDS  # ago
        standstill = Standstill()
        told = False
        while not self._closed:
            began = time.monotonic()
            with self._lock:
                found, self._found = self._found, None
            if found is not None:
                self._microphone, self._started = found
                self._microphone.drift = self.drift
                self.drift.restart()
                return left - min(began - self._started, left)
            if looked >= RETRY_SECONDS and not self._looking:
                looked = 0.0
                self._attempt = threading.Thread(target=self._look, daemon=True, name="ser-live microphone")
                self._attempt.start()
            time.sleep(_POLL_SECONDS)
            passed = min(time.monotonic() - began, 2 * _POLL_SECONDS)
            looked += passed
            yield from standstill.events(self._seconds)
            left += passed
            if left > _BEHIND_SECONDS:
                yield from self._silence(left - _BEHIND_SECONDS)
                left = _BEHIND_SECONDS
            if not told and (name := self._other_default) is not None:
                told = True
                message = f"the default microphone is now {name!r}: this session waits for {self.name!r}"
                yield Event(kind="device", start=self._seconds, end=self._seconds, fields={"message": message})
        return left

    @property
    def _looking(self) -> bool:
        return self._attempt is not None and self._attempt.is_alive()

    def _look(self) -> None:
        """Let PortAudio ask the system for its devices anew, and open ours if it is there; in a thread, as it may hang.

        PortAudio knows the devices of its start alone.
        """
        sounddevice = load_sounddevice()
        with suppress(SourceError, sounddevice.PortAudioError):
            for step in (sounddevice._terminate, sounddevice._initialize):
                with suppress(sounddevice.PortAudioError):
                    step()
            devices = list_devices()
            default = next((device.name for device in devices if device.is_default), None)
            if default not in (None, self._default):
                self._other_default = default
            ours = [d.index for d in devices if (d.name, d.host_api) == (self.name, self._host_api)]
            if not ours or self._closed:
                return
            microphone = MicrophoneSource(ours[0], channels=self.channels, rate=self.sample_rate)
            began = time.monotonic()
            try:
                microphone.start()
            except SourceError:
                microphone.close()
                raise
            with self._lock:
                if not self._closed:
                    self._found = (microphone, began)
                    return
            microphone.close()

    @property
    def _seconds(self) -> float:
        return round(self._frames / self.sample_rate, 6)

    def _silence(self, seconds: float) -> Iterator[FloatArray]:
        """Yield so much silence, in blocks of the usual length."""
        left, most = round(max(0.0, seconds) * self.sample_rate), max(1, round(BLOCK_SECONDS * self.sample_rate))
        while left > 0 and not self._closed:
            frames = min(left, most)
            left -= frames
            self._frames += frames
            yield np.zeros((frames, self.channels), np.float32)

    def _gone(self) -> Event:
        message = (
            f"the microphone {self.name!r} gives no more sound after {self._seconds:.1f} s: connect it again, "
            "this session waits for it and hears silence; Ctrl-C ends"
        )
        fields = {"gap": True, "message": message}
        return Event(kind="device", start=self._seconds, fields=fields, id=f"gap-{self._gaps}")

    def _back(self, gap: Event) -> Event:
        message = f"the microphone {self.name!r} is back after {self._seconds - gap.start:.1f} s without sound"
        return replace(gap, end=self._seconds, fields={"gap": True, "message": message})

    def _shifted(self, event: Event) -> Event:
        """Return an event of this opening of the device with times and an id of the whole stream."""
        end = None if event.end is None else round(event.end + self._offset, 6)
        number = event.id if event.id is None or not self._gaps else f"{event.id}-{self._gaps + 1}"
        return replace(event, start=round(event.start + self._offset, 6), end=end, id=number)

    def close(self) -> None:
        """Release the device; may be called twice. A search that hangs is left to itself."""
        with self._lock:
            self._closed = True
            found, self._found = self._found, None
        self._microphone.close()
        if found is not None:
            found[0].close()
        if self._attempt is not None:
            self._attempt.join(_CLOSE_SECONDS)
        if self._looking:
            with suppress(AttributeError):
                atexit.unregister(load_sounddevice()._exit_handler)
