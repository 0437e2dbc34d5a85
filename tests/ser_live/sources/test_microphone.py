"""What the microphone gives and how it ends, against a false PortAudio."""

from __future__ import annotations

import atexit
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from false_portaudio import BLOCK, PortAudio, noise, stream, zeros

from ser_live.errors import SourceError
from ser_live.sources import MicrophoneSource, microphone, standstill
from ser_live.types import Event, FloatArray


# --- what it gives --------------------------------------------------------------------------------------------------
def drain(source: MicrophoneSource) -> tuple[list[FloatArray | Event], str]:
    """All that a source gives until its device ends, and the sentence with which it does."""
    stream(source).end()
    items = []
    with pytest.raises(SourceError) as caught:  # noqa: PT012
        for item in source.blocks():
            items.append(item)
    return items, str(caught.value)


def events(items: Sequence[FloatArray | Event]) -> list[Event]:
    return [item for item in items if isinstance(item, Event)]


def test_blocks_are_copied_and_kept_to_the_last(source: MicrophoneSource) -> None:
    for seed in range(3):
        stream(source).give(noise(seed))
    items, sentence = drain(source)
    assert len(items) == 3
    for seed, item in enumerate(items):
        assert np.array_equal(item, noise(seed))  # type: ignore[arg-type]
    assert source.only_zeros is False
    assert "'Built-in Microphone' gives no more sound after 0.1 s: it was unplugged" in sentence
    assert stream(source).started == 1


def test_a_flag_of_portaudio_is_an_overflow(source: MicrophoneSource) -> None:
    for number in range(6):
        stream(source).give(noise(), overflow=number in (2, 5))
    items, _ = drain(source)
    assert [index for index, item in enumerate(items) if isinstance(item, Event)] == [2, 6]
    first, second = events(items)
    assert (first.kind, first.start, first.end, first.fields["blocks"]) == ("overflow", 0.1, 0.1, 1)
    assert "sound from the microphone was lost" in first.fields["message"]
    assert (second.start, dict(second.fields)) == (0.25, {"blocks": 1})  # said in words only once


def test_a_full_queue_loses_the_newest_and_counts_them(source: MicrophoneSource) -> None:
    for number in range(203):
        stream(source).give(noise(number))
    blocks = source.blocks()
    got = [next(blocks) for _ in range(200)]  # ten seconds
    assert np.array_equal(got[199], noise(199))  # type: ignore[arg-type]
    stream(source).give(noise(1000))
    event, after = next(blocks), next(blocks)
    assert isinstance(event, Event)
    assert (event.kind, event.start, event.fields["blocks"]) == ("overflow", 10.0, 3)
    assert np.array_equal(after, noise(1000))  # type: ignore[arg-type]
    for _ in range(202):
        stream(source).give(noise())
    items, _ = drain_rest(source, blocks)
    assert len(items) == 201
    assert events(items[:200]) == []
    assert events(items)[0].fields == {"blocks": 2}  # lost at the very end, and told


def drain_rest(source: MicrophoneSource, blocks: Iterator[FloatArray | Event]) -> tuple[list[FloatArray | Event], str]:
    stream(source).end()
    items = []
    with pytest.raises(SourceError) as caught:  # noqa: PT012
        for item in blocks:
            items.append(item)
    return items, str(caught.value)


@pytest.mark.parametrize(
    ("platform", "hint"), [("linux", "pactl"), ("darwin", "Privacy & Security > Microphone"), ("win32", "desktop apps")]
)
def test_nothing_but_zeros_is_told_once(
    source: MicrophoneSource, monkeypatch: pytest.MonkeyPatch, platform: str, hint: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    for _ in range(150):
        stream(source).give(zeros())
    items, _ = drain(source)
    assert [index for index, item in enumerate(items) if isinstance(item, Event)] == [60]
    (event,) = events(items)
    assert (event.kind, event.start, event.end) == ("device", 0.0, None)
    assert event.fields["message"].startswith(
        "the microphone has delivered only zeros for 3 s: microphone permission or mute? ("
    )
    assert hint in event.fields["message"]
    assert source.only_zeros is True


def test_the_end_of_the_zeros_is_told_and_a_later_mute_is_written_without_words(source: MicrophoneSource) -> None:
    for number in range(200):
        stream(source).give(noise() if number == 100 else zeros())
    items, _ = drain(source)
    first, second, third = events(items)
    assert (second.kind, second.start, second.end) == ("device", 0.0, pytest.approx(5.05))
    assert "message" in first.fields
    assert "message" in second.fields
    assert (third.kind, third.start, third.end) == ("device", pytest.approx(5.05), None)
    assert third.fields == {"zeros": True}
    assert source.only_zeros is False


def test_a_mute_in_mid_session_is_told_and_a_short_pause_is_not(source: MicrophoneSource) -> None:
    quiet = zeros()
    quiet[-1] = 1e-9
    for count in (59, 70):
        stream(source).give(quiet)
        for _ in range(count):
            stream(source).give(zeros())
    items, _ = drain(source)
    (event,) = events(items)
    assert event.start == pytest.approx(3.05)
    assert "only zeros" in event.fields["message"]
    assert source.only_zeros is False


# --- how it ends ----------------------------------------------------------------------------------------------------
def test_a_device_that_falls_silent_is_gone(source: MicrophoneSource, monkeypatch: pytest.MonkeyPatch) -> None:
    # PortAudio over ALSA may simply stop calling
    monkeypatch.setattr(microphone, "STALL_SECONDS", 0.3)
    stream(source).give(noise())
    blocks = source.blocks()
    next(blocks)
    started = time.monotonic()
    with pytest.raises(SourceError, match=r"gives no more sound after 0\.1 s"):
        next(blocks)
    assert time.monotonic() - started >= 0.3


def test_time_in_which_the_process_stood_still_is_not_the_device_s_silence(
    source: MicrophoneSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, asked = [0.0], [0]

    def empty_after_a_long_stop(timeout: float) -> None:  # Ctrl-Z for a minute while a block was awaited
        asked[0] += 1
        now[0] += 60.0 if asked[0] == 1 else timeout
        raise queue.Empty

    monkeypatch.setattr(microphone.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(source._queue, "get", empty_after_a_long_stop)
    monkeypatch.setattr(source, "_started", True)
    monkeypatch.setattr(microphone, "FIRST_SECONDS", 1.0)
    with pytest.raises(SourceError, match="gives no more sound"):
        next(source.blocks())
    assert 8 <= asked[0] <= 10  # each counted for what the process could wait at most


def test_a_standstill_is_told_once_with_its_length(source: MicrophoneSource, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(standstill, "_now", lambda: now[0])
    for _ in range(3):
        stream(source).give(noise())
    blocks = source.blocks()
    assert len(next(blocks)) == BLOCK  # type: ignore[arg-type]
    now[0] += 61.5
    event = next(blocks)
    assert isinstance(event, Event)
    assert (event.kind, event.start, event.end) == ("device", 0.05, 0.05)
    assert "stood still for 6" in event.fields["message"]
    assert event.fields["stood_still_seconds"] == pytest.approx(61.5, abs=0.5)
    assert len(next(blocks)) == BLOCK  # type: ignore[arg-type]
    now[0] += 2.0  # a short one is within what the queue holds
    assert len(next(blocks)) == BLOCK  # type: ignore[arg-type]


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="no SIGSTOP")
@pytest.mark.parametrize("stopped", [0.0, 3.6])
def test_a_busy_process_did_not_stand_still_and_a_stopped_one_did(stopped: float) -> None:
    program = (
        "import time\n"
        "from ser_live.sources.standstill import Standstill\n"
        "still = Standstill()\n"
        "print('begun', flush=True)\n"
        "until = time.process_time() + 0.5\n"
        "while time.process_time() < until: sum(range(1000))\n"
        "print(still.seconds(), flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        if stopped:
            process.send_signal(signal.SIGSTOP)
            time.sleep(stopped)
            process.send_signal(signal.SIGCONT)
        assert (float(process.stdout.readline()) >= 3.0) == bool(stopped)


def test_a_device_is_not_gone_before_its_last_block_is(source: MicrophoneSource) -> None:
    stream(source).give(noise())
    stream(source).end()
    assert not source._gone(0.0, 0.0)
    assert len(next(source.blocks())) == BLOCK  # type: ignore[arg-type]
    assert source._gone(0.0, 0.0)


def test_the_first_block_may_take_longer(source: MicrophoneSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(microphone, "STALL_SECONDS", 0.0)
    monkeypatch.setattr(microphone, "FIRST_SECONDS", 5.0)
    threading.Timer(0.4, lambda: stream(source).give(noise())).start()
    assert len(next(source.blocks())) == BLOCK  # type: ignore[arg-type]


def test_closed_twice_and_silent_after(source: MicrophoneSource) -> None:
    stream(source).give(noise())
    stream(source).give(noise())
    blocks = source.blocks()
    next(blocks)
    assert source.only_zeros is False  # true of the block just given, not of the one before
    source.close()
    source.close()
    assert list(blocks) == []
    assert stream(source).closed == 1


def test_a_hanging_sound_server_hangs_nothing(
    portaudio: PortAudio, source: MicrophoneSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(microphone, "CLOSE_SECONDS", 0.2)
    unregistered: list[object] = []
    monkeypatch.setattr(atexit, "unregister", unregistered.append)
    stream(source).hangs = True
    started = time.monotonic()
    source.close()
    assert time.monotonic() - started < 20  # it hangs for a minute
    assert unregistered == [portaudio.at_exit]


def test_a_clock_that_runs_away_is_told_once(portaudio: PortAudio, monkeypatch: pytest.MonkeyPatch) -> None:
    source = MicrophoneSource()
    now = [100.0]
    monkeypatch.setattr(microphone.time, "monotonic", lambda: now[0])
    long = np.ones((44_100, 1), np.float32)  # a second, which takes 0.03 % less of the computer's clock
    blocks, items = source.blocks(), []
    for _ in range(800):
        now[0] += 1 / 1.0003
        stream(source).give(long)
        items.append(next(blocks))
        while isinstance(items[-1], Event):
            items.append(next(blocks))
    (event,) = events(items)
    assert event.kind == "device"
    assert event.fields["ppm"] == pytest.approx(300, abs=1)
    assert "runs 300 parts in a million fast, 1.1 s an hour" in event.fields["message"]
    source.close()
