"""The programs of `examples/` run as they stand, with the shipped model on the shipped recording."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import audformat
import numpy as np
import pytest
import soundfile
from broker import Broker, broker
from made_records import two_lanes, write_session
from program import ENVIRONMENT
from sessions import SIX

from ser_live.colours import COLOURS

__all__ = ["broker"]  # a fixture

EXAMPLES = Path(__file__).parent.parent / "examples"


def _run(name: str, *arguments: object) -> str:
    command = [sys.executable, str(EXAMPLES / name), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=ENVIRONMENT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_file_to_predictions() -> None:
    lines = _run("predict_file.py").splitlines()
    assert len(lines) > 100
    assert lines[-1].startswith("over all: ")
    assert lines[-1].count("%") == 6


def test_your_own_source() -> None:
    said = _run("your_own_source.py")
    assert "event: speech" in said
    assert said.count("(") > 10


def test_plot_what_the_model_sees(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    _run("plot_what_the_model_sees.py", EXAMPLES / "call.wav", tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


def test_screenshot(tmp_path: Path) -> None:
    _run("screenshot.py", "--out", tmp_path / "screen.svg")
    picture = (tmp_path / "screen.svg").read_text()
    assert "<svg" in picture
    assert 'url("http' not in picture  # whoever opens it fetches nothing


def test_the_call_is_two_voices_on_two_channels() -> None:
    call, rate = soundfile.read(EXAMPLES / "call.wav", dtype="float32")
    assert rate == 16_000
    assert 60 <= len(call) / rate <= 120
    blocks = call[: len(call) // rate * rate].reshape(-1, rate, 2)
    loudness = (blocks**2).mean(axis=1) ** 0.5
    assert ((loudness > 0.02).sum(axis=0) > 20).all()  # each speaks for more than twenty seconds
    assert ((loudness > 0.02).all(axis=1)).mean() < 0.25  # and they take turns


def test_mood_music(tmp_path: Path) -> None:
    played = tmp_path / "played"
    player = tmp_path / "player"
    player.write_text(f'#!/bin/sh\necho "$1" >> {played}\n')
    player.chmod(0o755)
    for mood in ("neutral", "happy", "angry", "sad"):
        (tmp_path / "songs" / mood).mkdir(parents=True)
        (tmp_path / "songs" / mood / f"{mood}.mp3").touch()
    said = _run(
        "mood_music.py", tmp_path / "songs", "--player", player, "--file", EXAMPLES / "call.wav", "--speed", "40"
    )
    songs = [Path(line).stem for line in played.read_text().splitlines()]
    assert [line.split()[2] for line in said.splitlines()] == [f"{song}:" for song in songs]
    assert len(songs) >= 1
    assert all(first != second for first, second in pairwise(songs))


def test_desk_lamp(broker: Broker) -> None:
    broker.start()
    reader = broker.reader()
    time.sleep(0.5)
    said = _run(
        "desk_lamp.py", "127.0.0.1", "desk/set", "--port", broker.port, "--file", EXAMPLES / "call.wav", "--speed", 1e9
    )
    end = time.monotonic() + 10
    while len(reader.of("desk/set")) < len(said.splitlines()) and time.monotonic() < end:
        time.sleep(0.05)
    messages = [json.loads(payload) for payload in reader.of("desk/set")]
    assert len(messages) == len(said.splitlines()) > 5
    assert {message["brightness"] for message in messages} == {30, 200}
    assert {message["color"]["hex"] for message in messages} <= {*COLOURS.values(), "#FFFFFF"}


def test_sort_voice_notes(tmp_path: Path) -> None:
    (tmp_path / "notes" / "of today").mkdir(parents=True)
    call, rate = soundfile.read(EXAMPLES / "call.wav", stop=20 * 16_000)
    soundfile.write(tmp_path / "notes" / "of today" / "a.wav", call, rate)
    soundfile.write(tmp_path / "notes" / "quiet.wav", np.zeros(rate), rate)
    (tmp_path / "notes" / "broken.wav").write_bytes(b"no recording")
    (tmp_path / "notes" / ".hidden").touch()
    lines = _run("sort_voice_notes.py", tmp_path / "notes", tmp_path / "sorted").splitlines()
    assert (tmp_path / "sorted" / "silent" / "quiet.wav").exists()
    assert (tmp_path / "sorted" / "unreadable" / "broken.wav").exists()
    (sorted_note,) = (tmp_path / "sorted").glob("*/of today/a.wav")
    assert sorted_note.parent.parent.name in {*SIX, "uncertain"}
    assert len(lines) == 3
    refused = [
        sys.executable,
        str(EXAMPLES / "sort_voice_notes.py"),
        str(tmp_path / "notes"),
        str(tmp_path / "notes/x"),
    ]
    done = subprocess.run(refused, capture_output=True, text=True, env=ENVIRONMENT)
    assert (done.returncode, "must not lie among" in done.stderr) == (1, True)


def test_assistant_prompt() -> None:
    lines = _run("assistant_prompt.py", EXAMPLES / "call.wav").splitlines()
    assert len(lines) >= 2
    assert any("voice sounds " in line for line in lines)
    assert all(" s  The user's voice" in line or "Nothing is known" in line for line in lines)


@pytest.fixture
def session(tmp_path: Path) -> Path:
    """A folder with the outputs of a made session of two lanes."""
    for ending in (".csv", ".TextGrid", ".eaf"):
        write_session(tmp_path / f"call{ending}", *two_lanes())
    write_session(tmp_path / "predictions.csv", *two_lanes(), csv_predictions=True)
    return tmp_path


@pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame")  # of pandas, about audformat
def test_audformat_dataset(session: Path) -> None:
    _run("audformat_dataset.py", session / "data", session / "call.csv")
    data_set = audformat.Database.load(str(session / "data"))
    frame = data_set["emotion"].get()
    assert audformat.is_segmented_index(frame)
    assert list(frame["emotion"]) == ["neutral", "angry", "sad", "fear", "happy", "angry"]
    assert set(frame["lane"]) == {"Agent", "Customer"}
    assert frame["probability"].between(0.1, 1).all()


def test_plot_call(session: Path) -> None:
    pytest.importorskip("matplotlib")
    said = _run("plot_call.py", session / "call.csv", session / "predictions.csv", session / "picture.png")
    assert (session / "picture.png").read_bytes().startswith(b"\x89PNG")
    assert said.split()[-2:] == ["sad", "0.8"]


def test_annotate(tmp_path: Path) -> None:
    _run_listening(tmp_path / "call.TextGrid", tmp_path / "call.eaf")
    lines = _run("annotate.py", tmp_path / "call.TextGrid", tmp_path / "call.eaf", "10.0", "sad").splitlines()
    assert [line.split()[2] for line in lines if float(line.split()[0]) <= 10 < float(line.split()[1])] == ["sad"]
    assert len(lines) > 5


def _run_listening(*outs: Path) -> None:
    words = [word for path in outs for word in ("--out", str(path))]
    command = [sys.executable, "-m", "ser_live", "--file", str(EXAMPLES / "call.wav"), *words]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=ENVIRONMENT, timeout=120)


def test_burn_subtitles(tmp_path: Path, ffmpeg: str) -> None:
    video, burnt = tmp_path / "it's, a [video].mp4", tmp_path / "burnt.mp4"
    grey = ["-f", "lavfi", "-i", "color=gray:size=320x180:rate=5:duration=8"]
    sound = ["-i", str(EXAMPLES / "call.wav"), "-t", "8", "-c:v", "mpeg4"]
    subprocess.run([ffmpeg, "-v", "error", *grey, *sound, str(video)], check=True, timeout=60)
    assert "[neutral]" in _run("burn_subtitles.py", video, burnt)
    for second, written in ((0.5, False), (3.0, True)):
        frame = [ffmpeg, "-v", "error", "-ss", str(second), "-i", str(burnt), "-frames:v", "1"]
        done = subprocess.run([*frame, "-f", "rawvideo", "-pix_fmt", "gray", "-"], capture_output=True, check=True)
        picture = np.frombuffer(done.stdout, np.uint8).reshape(180, 320)
        assert (np.ptp(picture[120:]) > 100) == written
        assert np.ptp(picture[:90]) < 30
