"""The microphone, at its own rate, through PortAudio."""

from __future__ import annotations

import atexit
import contextlib
import queue
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any, Final

from ser_live.errors import SourceError
from ser_live.sources.devices import InputDevice, find_device, list_devices, load_sounddevice
from ser_live.sources.drift import Drift
from ser_live.sources.standstill import Standstill
from ser_live.types import Event, FloatArray

__all__ = ["MicrophoneGoneError", "MicrophoneSource"]

BLOCK_SECONDS: Final = 0.05
QUEUE_SECONDS: Final = 10.0
ZERO_SECONDS: Final = 3.0
"""After so many seconds of exact zeros from the start, the user is told."""
FIRST_SECONDS: Final = 5.0
"""How long the first block may take: Bluetooth changes its profile first."""
STALL_SECONDS: Final = 3.0
"""A device that then gives nothing for this long is gone."""
POLL_SECONDS: Final = 0.1
CLOSE_SECONDS: Final = 2.0
_RATES: Final = (48_000, 44_100, 16_000)  # to try where a device refuses the rate it names
_CHANNELS: Final = 2
_HINTS: Final = {
    "linux": "unmute it in the sound settings, or with `pactl set-source-mute @DEFAULT_SOURCE@ 0`",
    "darwin": "allow your terminal in System Settings > Privacy & Security > Microphone, then start it again",
    "win32": "let desktop apps use it in Settings > Privacy > Microphone, and see that it is not muted",
}


class MicrophoneGoneError(SourceError):
    """A microphone gives no more sound.

    Args:
        sentence: what to say.
        seconds: for how long it has given none.
    """

    def __init__(self, sentence: str, seconds: float) -> None:
        super().__init__(sentence)
        self.seconds = seconds


class MicrophoneSource:
    """Sound from an input device; `start`, or the first of `blocks`, starts it.

    At the device's own rate, with up to two channels: more (interfaces show 8, ALSA's plug-ins 32) are opened only
    when asked for. The callback copies and queues, nothing else; a full queue (10 s) loses the newest blocks, which
    is counted. Time is that of the samples delivered: what was lost takes none.

    Args:
        device: None for the default, an index, or a part of the name.
        channels: to open, at most; the device may have fewer.
        rate: sample rate to open with, exactly, and so many channels, exactly; None for the device's own.

    Attributes:
        only_zeros: whether no other sample has come so far.
        host_api: of the device.
        drift: of the device's clock.
        arrived: when the latest block came, in seconds of `time.monotonic`.
        hangs: whether it did not close: PortAudio hangs with it.

    Raises:
        SourceError: without PortAudio or a device, for an unknown name, or a device that cannot be opened.
    """

    live = True

    def __init__(self, device: str | int | None = None, *, channels: int = _CHANNELS, rate: int | None = None) -> None:
        self.total: float | None = None
        self.only_zeros = True
        self._closed = False
        self._started = False
        self._frames = 0  # delivered
        self._lost = 0  # blocks since the last one that was queued
        self._overflowed = False
        self.arrived = 0.0
        self._zeros_told = False
        self._zeros_in_words = True
        self._zeros_since = 0.0  # of the stream
        self._zeros_events = 0
        self.hangs = False
        self._queue: queue.Queue[tuple[int, float, FloatArray]] = queue.Queue(round(QUEUE_SECONDS / BLOCK_SECONDS))
        self._finished = threading.Event()
        self._sounddevice = load_sounddevice()
        chosen = find_device(list_devices(), device)
        self.name = chosen.name
        self.host_api = chosen.host_api
        self._stream, self.sample_rate, self.channels = self._open(chosen, channels, rate)
        self.drift = Drift(self.sample_rate)

    def _open(self, device: InputDevice, most: int, exact: int | None) -> tuple[Any, int, int]:
        """Open with the device's own rate and channels, or the nearest that it accepts."""
        reason = None
        rates = (device.sample_rate, *_RATES) if exact is None else (exact,)
        numbers = (min(device.channels, max(most, 1)), 1, device.channels) if exact is None else (most,)
        for rate in dict.fromkeys(rates):
            for channels in dict.fromkeys(numbers):
                block = max(1, round(rate * BLOCK_SECONDS))
                try:
                    stream = self._sounddevice.InputStream(
                        device=device.index,
                        samplerate=rate,
                        channels=channels,
                        blocksize=block,
                        dtype="float32",
                        callback=self._hear,
                        finished_callback=self._finished.set,
                    )
                except self._sounddevice.PortAudioError as error:
                    reason = reason or error
                else:
                    return stream, rate, channels
        raise self._refused(device.name, reason)

    def _refused(self, name: str, reason: object) -> SourceError:
        return SourceError(
            f"the microphone {name!r} cannot be opened ({reason}): close the programs that use it, "
            "or choose another one with --input-device"
        )

    def _hear(self, data: FloatArray, frames: int, when: object, status: Any) -> None:
        """Take a block from PortAudio, in its own thread."""
        if status.input_overflow:
            self._lost += 1
        try:
            self._queue.put_nowait((self._lost, time.monotonic(), data.copy()))
        except queue.Full:
            self._lost += 1
        else:
            self._lost = 0

    def start(self) -> None:
        """Start the device; its sound waits in the queue. May be called twice.

        Raises:
            SourceError: where it does not start.
        """
        if self._started:
            return
        self._started = True
        try:
            self._stream.start()
        except self._sounddevice.PortAudioError as error:
            raise self._refused(self.name, error) from None

    def blocks(self) -> Iterator[FloatArray | Event]:
        """Yield blocks of 50 ms until `close`.

        A device is silent for as long as this process waited for it: time in which the process stood still (Ctrl-Z, a
        paused container, a machine that slept) does not count.

        Raises:
            SourceError: where the device does not start, or disappears; what it gave before has been yielded.
        """
        self.start()
        waited, patience = 0.0, FIRST_SECONDS
        standstill = Standstill()
        while not self._closed:
            began = time.monotonic()
            try:
                lost, self.arrived, block = self._queue.get(
                    timeout=POLL_SECONDS
                )  # short, so that Ctrl-C works on Windows too
            except queue.Empty:
                waited += min(time.monotonic() - began, 2 * POLL_SECONDS)
                yield from self._stood_still(standstill)
                if self._gone(waited, patience) and not self._closed:
                    yield from self._overflow(self._lost)
                    raise MicrophoneGoneError(
                        f"the microphone {self.name!r} gives no more sound after {self._seconds:.1f} s: "
                        "it was unplugged or its sound server stopped; connect it and start again",
                        waited,
                    ) from None
                continue
            waited, patience = 0.0, STALL_SECONDS
            yield from self._stood_still(standstill)
            yield from self._overflow(lost)
            self._frames += len(block)
            notes = [*self._watch_zeros(block), *self._watch_clock(len(block))]
            yield block
            yield from notes

    @property
    def _seconds(self) -> float:
        return round(self._frames / self.sample_rate, 6)

    def _gone(self, waited: float, patience: float) -> bool:
        if self._finished.is_set():
            return self._queue.empty()
        return waited > patience

    def _overflow(self, lost: int) -> Iterator[Event]:
        """Report lost blocks; with a message the first time only."""
        if not lost:
            return
        fields: dict[str, Any] = {"blocks": lost}
        if not self._overflowed:
            fields["message"] = "this computer is too slow or too busy: sound from the microphone was lost"
        self._overflowed = True
        self.drift.restart()
        yield Event(kind="overflow", start=self._seconds, end=self._seconds, fields=fields)

    def _stood_still(self, standstill: Standstill) -> Iterator[Event]:
        """Report that this process did not run: then its clock says nothing of the device's."""
        for event in standstill.events(self._seconds):
            self.drift.restart()
            yield event

    def _watch_zeros(self, block: FloatArray) -> Iterator[Event]:
        """Report a device that gives only zeros for a while, from the start or muted later; with a message once.

        Some devices gate noise and give zeros in every pause: later times are recorded without a message.
        """
        if block.any():
            self.only_zeros = False
            if self._zeros_told:
                yield self._zeros_event("the microphone gives sound now", end=self._seconds)
                self._zeros_in_words = False
            self._zeros_told = False
            self._zeros_since = self._seconds
        elif not self._zeros_told and self._seconds >= self._zeros_since + ZERO_SECONDS:
            self._zeros_told = True
            self._zeros_events += 1
            hint = _HINTS.get(sys.platform, "see the system's sound settings")
            message = (
                f"the microphone has delivered only zeros for {ZERO_SECONDS:.0f} s: "
                f"microphone permission or mute? ({hint})"
            )
            yield self._zeros_event(message)

    def _watch_clock(self, frames: int) -> Iterator[Event]:
        """Report once that the device's clock runs away from the computer's."""
        new = self.drift.take(self.arrived, frames)
        if new and not self.drift.told and (ppm := self.drift.certain) is not None:
            self.drift.told = True
            message = (
                f"the clock of the microphone {self.name!r} runs {abs(ppm):.0f} parts in a million "
                f"{'fast' if ppm > 0 else 'slow'}, {abs(ppm) * 0.0036:.1f} s an hour: times follow the microphone"
            )
            yield Event(
                kind="device", start=self._seconds, end=self._seconds, fields={"message": message, "ppm": round(ppm, 1)}
            )

    def _zeros_event(self, message: str, end: float | None = None) -> Event:
        fields = {"message": message} if self._zeros_in_words else {}
        number = f"zeros-{self._zeros_events}"
        return Event(kind="device", start=self._zeros_since, end=end, fields={"zeros": True, **fields}, id=number)

    def close(self) -> None:
        """Stop and release the device; may be called twice.

        A sound server that hangs would hang PortAudio with it, here and again when Python ends: after two seconds
        the stream is left to itself.
        """
        if self._closed:
            return
        self._closed = True
        stopper = threading.Thread(target=self._stop, daemon=True)
        stopper.start()
        stopper.join(CLOSE_SECONDS)
        self.hangs = stopper.is_alive()
        if self.hangs:
            with contextlib.suppress(AttributeError):
                atexit.unregister(self._sounddevice._exit_handler)

    def _stop(self) -> None:
        with contextlib.suppress(Exception):
            self._stream.abort()
            self._stream.close()
