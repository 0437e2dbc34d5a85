"""The programs of `examples/` run as they stand, with the shipped model on the shipped recording."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import audformat
import numpy as np
import pytest
import soundfile
from made_records import two_lanes, write_session
from program import ENVIRONMENT

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
