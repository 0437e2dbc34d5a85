"""What the computer plays, on a real sound server."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from program import ENVIRONMENT, PROGRAM, kinds, one_sentence, parse, run
from soundcard import SoundCard
from soundcard import card as card

from ser_live.errors import SourceError
from ser_live.sources.loopback import LoopbackSource
from ser_live.types import FloatArray

SOUNDCARD = """
import sys
import numpy as np
from ser_live.sources.loopback import SoundCardRecorder
recorder = SoundCardRecorder()
print(recorder.name, flush=True)
np.save(sys.argv[1], np.concatenate([recorder.read() for _ in range(80)]))
recorder.close()
recorder.close()
"""


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    """Two seconds of 1 kHz at half of full scale, on the left alone."""
    path = tmp_path / "tone.wav"
    samples = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(2 * 48_000) / 48_000)
    soundfile.write(path, np.stack([samples, 0 * samples], axis=1), 48_000, subtype="PCM_16")
    return path


def check_tone(heard: FloatArray, rate: int) -> None:
    """The tone in one piece: its phase never jumps. PulseAudio itself cuts some of the ends, up to a block."""
    sounding = np.flatnonzero(heard.any(axis=1))
    tone = heard[sounding[0] : sounding[-1] + 1]
    assert len(tone) / rate == pytest.approx(2.0, abs=0.1)
    assert np.abs(tone[:, 0]).max() == pytest.approx(0.5, abs=0.01)
    assert not tone[:, 1].any()
    pieces = tone[: len(tone) // 480 * 480, 0].reshape(-1, 480)  # of ten waves each
    phase = np.angle(pieces @ np.exp(-2j * np.pi * 1000 * np.arange(480) / rate))
    assert np.abs(np.diff(np.unwrap(phase))).max() < 0.01


@pytest.mark.soundcard
def test_what_is_played_is_heard_and_told(card: SoundCard, tone: Path, tiny_path: Path, tmp_path: Path) -> None:
    card.control("load-module", "module-null-sink", "sink_name=elsewhere")  # a microphone that is not this
    card.control("set-default-source", "elsewhere.monitor")
    card.control("set-default-sink", "virtmic")
    record = tmp_path / "heard.wav"
    command = [*PROGRAM, "--input-device", "loopback", "--model", str(tiny_path), "--format", "jsonl"]
    command += ["--duration", "5", "--record", str(record)]
    env = {**card.env, "PYTHONPATH": ENVIRONMENT["PYTHONPATH"]}
    with subprocess.Popen(
        [*map(str, command), "--record", str(record)],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        card.play(tone)
        out, err = process.communicate(timeout=30)
    records = parse(first + out)
    assert process.returncode == 0, err
    assert records[0]["source"] == "system sound (monitor of virtmic)"
    assert records[0]["loopback"] is True
    assert records[1]["kind"] == "device"
    assert "ask them" in records[1]["message"]
    assert "ask them" in err
    assert kinds(records)[-1] == "summary"
    assert records[-1]["seconds"] == 5.0
    sound, rate = soundfile.read(record, dtype="float32")
    check_tone(sound, rate)


@pytest.mark.soundcard
def test_silence_is_no_error_and_a_dead_server_is(card: SoundCard, tiny_path: Path) -> None:
    words = ["--input-device", "loopback", "--model", str(tiny_path), "--format", "jsonl"]
    quiet = run(*words, "--duration", "1", env=dict(card.env))
    assert quiet.code == 0
    assert json.loads(quiet.out.splitlines()[-1])["ended"] == "duration"
    card.kill()
    sentence = one_sentence(run(*words, env=dict(card.env)))
    assert "needs PulseAudio or PipeWire" in sentence


@pytest.mark.soundcard
def test_a_server_that_dies_ends_the_session_with_its_summary(card: SoundCard, tiny_path: Path) -> None:
    command = [*PROGRAM, "--input-device", "loopback", "--model", str(tiny_path), "--format", "jsonl"]
    env = {**card.env, "PYTHONPATH": ENVIRONMENT["PYTHONPATH"]}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        first += process.stdout.readline()
        card.kill()
        out, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert parse(first + out)[-1]["ended"] == "error"
    assert "the sound of the system ended after" in err


@pytest.mark.soundcard
def test_the_way_of_windows_on_this_server(card: SoundCard, tone: Path, tmp_path: Path) -> None:
    if not list(importlib.metadata.distributions(name="soundcard")):  # the module's name is a helper's, too
        pytest.skip("SoundCard of ser-live[loopback] is not installed")
    env = {**card.env, "PYTHONPATH": ENVIRONMENT["PYTHONPATH"]}
    command = [sys.executable, "-W", "ignore", "-c", SOUNDCARD, str(tmp_path / "heard.npy")]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip()
        card.play(tone)
        assert process.wait(30) == 0
    check_tone(np.load(tmp_path / "heard.npy"), 48_000)


def test_what_to_install_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceError, match="install BlackHole"):
        LoopbackSource("darwin")
    monkeypatch.setitem(sys.modules, "soundcard", None)
    with pytest.raises(SourceError, match=r"pip install 'ser-live\[loopback\]'"):
        LoopbackSource("win32")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SourceError, match="pulseaudio-utils"):
        LoopbackSource("linux")


def test_a_check_examines_a_microphone() -> None:
    assert "loopback is no microphone" in one_sentence(run("check", "--input-device", "loopback"), code=2)
    sentence = one_sentence(run("--input-device", "loopback", "--reconnect"), code=2)
    assert "--reconnect is about a microphone" in sentence
