"""The microphone through a real PortAudio on a virtual sound card."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from soundcard import SoundCard
from soundcard import card as card

from ser_live.sources import NO_MICROPHONE
from ser_live.types import FloatArray

LISTENER = """
import json, sys
import numpy as np
from ser_live.errors import SourceError
from ser_live.sources import MicrophoneSource
from ser_live.types import Event

def say(**fields):
    print(json.dumps(fields), flush=True)

heard, silent, limit, path = [], True, float(sys.argv[1]), sys.argv[2]
try:
    source = MicrophoneSource(sys.argv[3] if len(sys.argv) > 3 else None)
    say(open=source.name, rate=source.sample_rate, channels=source.channels)
    for item in source.blocks():
        if isinstance(item, Event):
            say(event=item.kind, start=item.start, end=item.end, **item.fields)
            continue
        heard.append(item)
        if len(heard) == 1:
            say(started=True)  # from here on an interrupt finds something to keep
        if silent and not source.only_zeros:
            say(sound=True)
            silent = False
        if sum(map(len, heard)) >= limit * source.sample_rate:
            break
except SourceError as error:
    say(error=str(error))
except KeyboardInterrupt:
    say(stopped=True)
if heard:
    np.save(path, np.concatenate(heard))
    say(only_zeros=source.only_zeros)
    source.close()
"""


class Listener:
    """A program that listens to the card and says what it hears."""

    def __init__(self, card: SoundCard, path: Path, seconds: float, *device: str) -> None:
        self.path = path
        self.process = subprocess.Popen(
            [sys.executable, "-c", LISTENER, str(seconds), str(path), *device],
            env=card.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def until(self, key: str) -> dict[str, Any]:
        """Read on to the line that has this key; an error that is not asked for fails the test."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            said: dict[str, Any] = json.loads(line)
            if key in said:
                return said
            assert "error" not in said, said
        raise AssertionError(f"the listener ended before it said {key!r}")

    def end(self, seconds: float) -> FloatArray:
        """Wait that long at most for the program to end; return what it heard."""
        assert self.process.wait(timeout=seconds) == 0
        heard: FloatArray = np.load(self.path)
        return heard


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    """Two seconds of 1 kHz at half of full scale, on both channels."""
    path = tmp_path / "tone.wav"
    samples = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(2 * 48_000) / 48_000)
    soundfile.write(path, np.stack([samples, samples], axis=1), 48_000, subtype="PCM_16")
    return path


@pytest.mark.soundcard
def test_a_tone_is_heard_as_it_was_played(card: SoundCard, tone: Path, tmp_path: Path) -> None:
    with Listener(card, tmp_path / "heard.npy", 4.0) as listener:
        opened = listener.until("open")
        listener.until("started")
        card.play(tone)
        assert listener.until("only_zeros") == {"only_zeros": False}
        heard = listener.end(10)
    assert opened["channels"] == 2
    rate = opened["rate"]
    assert len(heard) == pytest.approx(4 * rate, abs=0.05 * rate)
    assert heard.shape[1] == 2
    sounding = np.flatnonzero(heard.any(axis=1))
    assert (sounding[-1] - sounding[0]) / rate == pytest.approx(2.0, abs=0.05)
    middle = heard[sounding[0] + rate // 2 :][:rate]
    for channel in middle.T:
        assert np.argmax(np.abs(np.fft.rfft(channel))) == pytest.approx(1000, abs=1)
        assert np.abs(channel).max() == pytest.approx(0.5, abs=0.01)


@pytest.mark.soundcard
def test_zeros_are_told_and_then_their_end(card: SoundCard, tone: Path, tmp_path: Path) -> None:
    with Listener(card, tmp_path / "heard.npy", 60.0) as listener:
        listener.until("started")
        began = time.monotonic()
        event = listener.until("event")
        assert time.monotonic() - began > 2.5
        assert (event["event"], event["start"], event["end"]) == ("device", 0.0, None)
        assert "only zeros for 3 s" in event["message"]
        card.play(tone, wait=False)
        listener.until("sound")
        assert listener.until("event")["end"] > 3


@pytest.mark.soundcard
def test_a_server_that_dies_keeps_what_was_heard(card: SoundCard, tone: Path, tmp_path: Path) -> None:
    with Listener(card, tmp_path / "heard.npy", 60.0, "pulse") as listener:
        assert listener.until("open")["open"] == "pulse"
        listener.until("started")
        card.play(tone)
        card.kill()
        assert "the microphone 'pulse' gives no more sound after" in listener.until("error")["error"]
        heard = listener.end(20)
    assert np.percentile(np.abs(heard[heard.any(axis=1)]), 99) == pytest.approx(0.5, abs=0.01)


@pytest.mark.soundcard
def test_a_server_that_hangs_ends_the_program_all_the_same(card: SoundCard, tone: Path, tmp_path: Path) -> None:
    with Listener(card, tmp_path / "heard.npy", 60.0) as listener:
        listener.until("started")
        card.play(tone)
        card.freeze()
        began = time.monotonic()
        assert "gives no more sound" in listener.until("error")["error"]
        assert time.monotonic() - began > 2.5
        heard = listener.end(20)
    assert np.percentile(np.abs(heard[heard.any(axis=1)]), 99) == pytest.approx(0.5, abs=0.01)


@pytest.mark.soundcard
def test_ctrl_c_ends_it_at_once(card: SoundCard, tmp_path: Path) -> None:
    with Listener(card, tmp_path / "heard.npy", 60.0) as listener:
        listener.until("started")
        began = time.monotonic()
        listener.process.send_signal(signal.SIGINT)
        listener.until("stopped")
        assert time.monotonic() - began < 10  # far less than the 60 s asked for
        assert not listener.end(20).any()


@pytest.mark.soundcard
def test_devices_of_the_card(card: SoundCard, tmp_path: Path) -> None:
    code = "from ser_live.sources import list_devices; print([(d.name, d.is_default) for d in list_devices()])"
    command = [sys.executable, "-c", code]
    listed = subprocess.run(command, env=card.env, capture_output=True, text=True, check=True).stdout
    assert "('default', True)" in listed
    assert "('pulse', False)" in listed
    with Listener(card, tmp_path / "heard.npy", 1.0, "pulze") as listener:
        error = listener.until("error")["error"]
    assert "no input device fits 'pulze' (did you mean 'pulse'?): there are " in error
    card.kill()
    with Listener(card, tmp_path / "heard.npy", 1.0) as listener:
        assert listener.until("error")["error"] == NO_MICROPHONE
