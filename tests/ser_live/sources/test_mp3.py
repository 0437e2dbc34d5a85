"""MP3s with holes, cut out of a stream, or behind something else."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from media import likeness, without_ffmpeg
from recordings import RATE, read, refused, sound, without_count

from ser_live.errors import SourceError
from ser_live.sources import FileSource
from ser_live.sources.mp3 import Mp3Frames
from ser_live.types import FloatArray

SECONDS = 10.0


@pytest.fixture(autouse=True)
def _only_libsndfile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_ffmpeg(tmp_path / "nothing", monkeypatch)
    monkeypatch.setitem(sys.modules, "av", None)


@pytest.fixture(params=["counted", "uncounted", "stereo", "fast"])
def mp3(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Ten seconds, of one channel or two, of MPEG 1 and 2, with and without a frame that counts the others."""
    path = tmp_path / "x.mp3"
    rate = 44_100 if request.param == "fast" else RATE
    soundfile.write(path, sound(SECONDS, rate=rate, channels=2 if request.param == "stereo" else 1), rate)
    if request.param == "uncounted":
        without_count(path)
    return path


def heard(path: Path) -> tuple[FloatArray, list[str]]:
    samples, events = read(FileSource(path))
    return samples, [event.fields["message"] for event in events]


def test_the_frames_of_a_whole_file_are_all_of_it(mp3: Path) -> None:
    frames = Mp3Frames(mp3)
    assert frames.found
    parts = []
    while part := frames.read(1000):
        parts.append(part)
    assert b"".join(parts) == mp3.read_bytes()
    assert frames.gaps == []
    frames.seek(0)
    assert frames.read(50) == mp3.read_bytes()[:50]
    frames.close()


@pytest.mark.parametrize("cut", [1, 100, 777, 5_000])
def test_a_piece_of_a_stream(mp3: Path, cut: int) -> None:
    whole, _ = heard(mp3)
    mp3.write_bytes(mp3.read_bytes()[cut:])
    samples, told = heard(mp3)
    assert told == []
    assert len(samples) / len(whole) == pytest.approx(1 - cut / mp3.stat().st_size, abs=0.05)
    assert likeness(samples[5_000:, 0], whole[:, 0])[0] > 0.8
    assert np.abs(samples).max() < 1.0


@pytest.mark.parametrize(
    "before",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\n\r\n", id="a web server's header"),
        pytest.param(bytes(300_000), id="zeros"),
        pytest.param(b"\xff" * 100_000, id="ones"),
        pytest.param(np.random.default_rng(0).bytes(200_000), id="noise"),
        pytest.param(b"APETAGEX" + bytes(10_000), id="a tag"),
    ],
)
def test_behind_something_else(mp3: Path, before: bytes) -> None:
    whole, _ = heard(mp3)
    mp3.write_bytes(before + mp3.read_bytes())
    samples, told = heard(mp3)
    assert len(samples) == len(whole)
    assert np.abs(samples - whole).max() < 0.02
    expected = f"x.mp3: its first {len(before)} bytes are no MP3 and were left out; what is there was heard"
    assert told in ([], [expected])
    assert (told == []) == (len(before) < 2_881)


@pytest.mark.parametrize("hole", [700, 3_000, 100_000])
def test_holes(mp3: Path, hole: int) -> None:
    whole, _ = heard(mp3)
    data = bytearray(mp3.read_bytes())
    places = [len(data) * tenth // 10 for tenth in (3, 5, 7)]
    size = min(hole, len(data) // 20)
    for place in reversed(places):
        data[place : place + size] = bytes(hole)
    mp3.write_bytes(data)
    samples, (message,) = heard(mp3)
    assert len(samples) / len(whole) == pytest.approx(1 - 3 * size / len(data), abs=0.25 if hole < 1_000 else 0.15)
    last = len(whole) // 5
    assert likeness(samples[-last:, 0], whole[-last:, 0])[0] > 0.95
    if message.startswith("x.mp3: the header promises 10.0 s, "):
        assert hole < 1_024  # the decoder skips so much by itself
        return
    assert message.startswith("x.mp3: damaged in 3 places from ")
    assert " 3.0 s on, " in message or " 2.9 s on, " in message or " 2.8 s on, " in message
    assert message.endswith("; what is there was heard")


def test_a_hole_at_the_end(mp3: Path) -> None:
    data = bytearray(mp3.read_bytes())
    data[len(data) // 2 :] = bytes(len(data) - len(data) // 2)
    mp3.write_bytes(data)
    samples, (message,) = heard(mp3)
    assert len(samples) < 0.6 * SECONDS * 44_100
    assert message.startswith("x.mp3: ")


@pytest.mark.parametrize("make", [lambda head: head[:4], lambda head: b"ID3\x03\0\0\0\0\0\0", lambda head: head[:200]])
def test_a_header_before_zeros(mp3: Path, make: Callable[[bytes], bytes]) -> None:
    mp3.write_bytes(make(mp3.read_bytes()) + bytes(2_000_000))
    assert "nothing can be decoded from it" in refused(mp3)


@pytest.mark.parametrize("seed", range(40))
def test_mutated_files_end_in_a_sentence_or_are_read(mp3: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    data = bytearray(mp3.read_bytes())
    for _ in range(int(rng.integers(1, 12))):
        at, size = int(rng.integers(len(data))), int(rng.integers(1, 3_000))
        kind = rng.integers(4)
        if kind == 0:
            data[at : at + size] = rng.bytes(size)
        elif kind == 1:
            data[at : at + size] = b""
        elif kind == 2:
            data[at:at] = bytes(size)
        else:
            data[at % 100 : at % 100 + 8] = rng.bytes(8)
    mp3.write_bytes(data)
    try:
        samples, told = heard(mp3)
    except SourceError as error:
        told = [str(error)]
    else:
        assert len(samples) > 0
    assert all(message.isprintable() for message in told)
