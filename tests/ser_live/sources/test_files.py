"""Recordings of every kind that can be read: as libsndfile reads them, in blocks, in constant memory."""

from __future__ import annotations

import os
import sys
import tracemalloc
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import soundfile
from recordings import RATE, patch, read, sound

from ser_live.sources import FileSource
from ser_live.types import Event


@pytest.mark.parametrize("channels", [1, 2, 5])
@pytest.mark.parametrize(
    "subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW", "IMA_ADPCM"]
)
def test_wav_is_read_as_libsndfile_reads_it(tmp_path: Path, subtype: str, channels: int) -> None:
    if subtype == "IMA_ADPCM" and channels > 2:
        pytest.skip("IMA ADPCM has one or two channels")
    path = tmp_path / "x.wav"
    soundfile.write(path, sound(1.3, channels=channels), RATE, subtype=subtype)
    expected, _ = soundfile.read(path, dtype="float32", always_2d=True)
    source = FileSource(path)
    assert (source.name, source.sample_rate, source.channels, source.live) == ("x.wav", RATE, channels, False)
    assert source.total == pytest.approx(len(expected) / RATE)
    heard, events = read(source)
    assert np.array_equal(heard, expected)
    assert events == []


@pytest.mark.parametrize(
    ("ending", "container", "subtype", "rate"),
    [
        ("flac", "FLAC", "PCM_16", 44_100),
        ("flac", "FLAC", "PCM_24", 96_000),
        ("ogg", "OGG", "VORBIS", 44_100),
        ("opus", "OGG", "OPUS", 48_000),
        ("mp3", "MP3", "MPEG_LAYER_III", 16_000),
        ("mp3", "MP3", "MPEG_LAYER_III", 44_100),
        ("mp3", "MP3", "MPEG_LAYER_III", 48_000),
        ("mp3", "MP3", "MPEG_LAYER_III", 8_000),
        ("aiff", "AIFF", "PCM_16", 22_050),
        ("wav", "RF64", "PCM_16", 11_025),
        ("wav", "WAVEX", "PCM_24", 192_000),
        ("wav", "WAV", "FLOAT", 8_000),
    ],
)
@pytest.mark.parametrize("channels", [1, 2])
def test_blocks_equal_the_whole(
    tmp_path: Path, ending: str, container: str, subtype: str, rate: int, channels: int
) -> None:
    # soundfile's own `read` seeks after every block, and an MP3 at 16 or 48 kHz then decodes wrongly, by up to 0.47
    path = tmp_path / f"x.{ending}"
    soundfile.write(path, sound(2.2, rate=rate, channels=channels), rate, format=container, subtype=subtype)
    expected, _ = soundfile.read(path, dtype="float32", always_2d=True)
    source = FileSource(path)
    assert (source.sample_rate, source.channels) == (rate, channels)
    heard, events = read(source)
    assert heard.shape == expected.shape
    assert np.abs(heard - expected).max() <= (1e-6 if container == "MP3" else 0)  # mpg123 rounds anew after a seek
    assert events == []
    assert source.total == pytest.approx(len(heard) / rate)


def test_one_sample_is_a_recording(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.wav", np.array([0.5]), RATE)
    heard, events = read(FileSource(tmp_path / "x.wav"))
    assert heard.tolist() == [[0.5]]
    assert events == []


def test_samples_beyond_full_scale_and_nan_are_delivered(tmp_path: Path) -> None:
    samples = np.array([0.0, 2.5, -3.0, np.nan, np.inf, 0.25], np.float32)
    soundfile.write(tmp_path / "x.wav", samples, RATE, subtype="FLOAT")
    heard, _ = read(FileSource(tmp_path / "x.wav"))
    assert np.array_equal(heard[:, 0], samples, equal_nan=True)


def test_a_double_beyond_float32_is_infinite(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.wav", np.array([1e300]), RATE, subtype="DOUBLE")
    assert np.isinf(read(FileSource(tmp_path / "x.wav"))[0]).all()


@pytest.mark.parametrize("ending", ["wav", "flac"])
def test_memory_is_constant(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"long.{ending}"
    if ending == "wav":  # ten minutes of stereo at 48 kHz, 115 MB that take no room on the disk
        soundfile.write(path, np.zeros((1, 2)), 48_000, subtype="PCM_16")
        os.truncate(path, 44 + 600 * 48_000 * 4)
        patch(path, 40, "<I", 600 * 48_000 * 4)
    else:
        soundfile.write(path, np.zeros((600 * 48_000, 2), np.int16), 48_000)
    tracemalloc.start()
    with closing(FileSource(path)) as source:
        frames = sum(len(item) for item in source.blocks() if not isinstance(item, Event))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert frames == 600 * 48_000
    assert peak < 5e6


def test_closed_twice_and_read_no_further(wav: Path) -> None:
    source = FileSource(wav)
    blocks = source.blocks()
    assert len(next(blocks)) == RATE / 2  # type: ignore[arg-type]
    source.close()
    source.close()
    assert list(blocks) == []


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no valid text")
@pytest.mark.parametrize("ending", ["wav", "flac"])
def test_a_name_that_is_no_text(tmp_path: Path, ending: str) -> None:
    soundfile.write(tmp_path / f"x.{ending}", sound(0.5), RATE)
    path = os.fsencode(tmp_path) + b"/caf\xe9." + ending.encode()
    os.rename(tmp_path / f"x.{ending}", path)
    source = FileSource(os.fsdecode(path))
    assert source.name == f"caf\N{REPLACEMENT CHARACTER}.{ending}"
    assert len(read(source)[0]) == RATE / 2
