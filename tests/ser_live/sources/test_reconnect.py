"""A microphone that vanishes and comes back, against a false PortAudio."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from false_portaudio import BLOCK, DEVICES, PortAudio, device, noise

from ser_live.errors import SourceError
from ser_live.sources import MicrophoneSource, ReconnectingMicrophone, microphone, reconnect, standstill
from ser_live.types import Event, FloatArray

RATE = 44_100


@pytest.fixture
def source(portaudio: PortAudio, monkeypatch: pytest.MonkeyPatch) -> Iterator[ReconnectingMicrophone]:
    monkeypatch.setattr(reconnect, "RETRY_SECONDS", 0.1)
    source = ReconnectingMicrophone(MicrophoneSource())
    yield source
    source.close()


def until(blocks: Iterator[FloatArray | Event], kind: str) -> tuple[Event, int]:
    """The next event whose message holds a text, and the frames before it."""
    frames = 0
    for item in blocks:
        if isinstance(item, Event) and kind in str(item.fields.get("message")):
            return item, frames
        if not isinstance(item, Event):
            frames += len(item)
    raise AssertionError(kind)


def test_a_gap_is_silence_as_long_as_the_clock_says(portaudio: PortAudio, source: ReconnectingMicrophone) -> None:
    blocks = source.blocks()
    portaudio.opened[0].give(noise(1))
    portaudio.opened[0].give(noise(2))
    assert np.array_equal(next(blocks), noise(1))  # type: ignore[arg-type]
    assert np.array_equal(next(blocks), noise(2))  # type: ignore[arg-type]
    began = time.monotonic()
    portaudio.devices = [DEVICES[0], device(1, "Webcam", channels=1)]  # ours is gone, another took its number
    portaudio.opened[0].end()
    gone = next(blocks)
    assert isinstance(gone, Event)
    assert (gone.kind, gone.start, gone.end, gone.id) == ("device", 0.1, None, "gap-1")
    assert "'Built-in Microphone' gives no more sound after 0.1 s" in gone.fields["message"]
    other, _ = until(blocks, "the default microphone is now 'Webcam'")
    assert other.start >= 0.1
    frames = 0
    while time.monotonic() < began + 1.6:
        item = next(blocks)
        assert isinstance(item, np.ndarray)
        assert not item.any()
        frames += len(item)
    assert frames > 0  # the stream goes on meanwhile
    assert len(portaudio.opened) == 1
    portaudio.devices = [DEVICES[0], device(1, "Webcam", channels=1), device(2, "Built-in Microphone", channels=1)]
    portaudio.devices[2]["default_samplerate"] = 48_000.0

    def play() -> None:
        while len(portaudio.opened) < 2 or not portaudio.opened[1].started:
            time.sleep(0.01)
        for seed in (3, 4):
            portaudio.opened[1].give(noise(seed))

    player = threading.Thread(target=play)
    player.start()
    back, more = until(blocks, "is back after")
    took = time.monotonic() - began
    assert (back.start, back.id) == (0.1, "gap-1")
    assert back.end == pytest.approx(0.1 + (frames + more) / RATE, abs=1e-4)
    assert back.end == pytest.approx(0.1 + took, abs=0.5)
    assert np.array_equal(next(blocks), noise(3))  # type: ignore[arg-type]
    assert np.array_equal(next(blocks), noise(4))  # type: ignore[arg-type]
    player.join()
    assert portaudio.opened[1].settings["device"] == 2
    assert (portaudio.opened[1].settings["samplerate"], portaudio.opened[1].settings["channels"]) == (RATE, 1)
    assert portaudio.opened[0].closed == 1
    portaudio.devices = []
    portaudio.opened[1].end()  # and once more
    again, _ = until(blocks, "gives no more sound")
    assert again.id == "gap-2"
    assert again.start == pytest.approx(back.end + 2 * BLOCK / RATE, abs=1e-4)


def test_what_never_gave_sound_is_not_waited_for(portaudio: PortAudio, source: ReconnectingMicrophone) -> None:
    portaudio.opened[0].end()
    with pytest.raises(SourceError, match="gives no more sound"):
        next(source.blocks())


def test_a_sound_server_that_hangs_ends_the_session(
    portaudio: PortAudio, source: ReconnectingMicrophone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(microphone, "CLOSE_SECONDS", 0.1)
    blocks = source.blocks()
    portaudio.opened[0].give(noise())
    next(blocks)
    portaudio.opened[0].hangs = True
    portaudio.opened[0].end()
    with pytest.raises(SourceError, match="gives no more sound"):
        next(blocks)
    assert portaudio.starts == 1


def test_it_can_be_closed_while_it_looks(
    portaudio: PortAudio, source: ReconnectingMicrophone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconnect, "_CLOSE_SECONDS", 0.1)
    looks, go_on = threading.Event(), threading.Event()

    def hang() -> None:
        looks.set()
        go_on.wait(60)

    monkeypatch.setattr(portaudio, "_initialize", hang)
    blocks = source.blocks()
    portaudio.opened[0].give(noise())
    next(blocks)
    portaudio.opened[0].end()
    while not looks.is_set():
        next(blocks)
    source.close()
    assert [item for item in blocks if isinstance(item, Event)] == []
    go_on.set()
    assert source._attempt is not None
    source._attempt.join(10)
    assert all(stream.closed for stream in portaudio.opened)


def test_a_computer_that_slept_while_the_device_was_away_is_told(
    portaudio: PortAudio, source: ReconnectingMicrophone, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(standstill, "_now", lambda: now[0])
    blocks = source.blocks()
    portaudio.opened[0].give(noise())
    next(blocks)
    portaudio.devices = []
    now[0] += 3600.0  # it slept, and the device is gone as it wakes
    portaudio.opened[0].end()
    slept = next(blocks)
    assert isinstance(slept, Event)
    assert slept.fields["stood_still_seconds"] == pytest.approx(3600, abs=0.5)
    until(blocks, "gives no more sound")
    next(blocks)
    now[0] += 60.0
    slept, frames = until(blocks, "stood still for 60 s")
    assert frames < 5 * RATE  # and takes no time of the stream
    assert slept.start == slept.end


def test_events_of_a_later_opening_have_the_times_of_the_stream(source: ReconnectingMicrophone) -> None:
    source._gaps, source._offset = 1, 100.0
    event = source._shifted(Event(kind="device", start=1.0, end=2.0, fields={}, id="zeros-1"))
    assert (event.start, event.end, event.id) == (101.0, 102.0, "zeros-1-2")
