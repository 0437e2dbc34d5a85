"""Recordings that are shorter or longer than their headers promise, or damaged."""

from __future__ import annotations

import os
import re
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from recordings import RATE, patch, read, sound, without_count

from ser_live.sources import FileSource
from ser_live.sources.sniff import mp3_knows_its_length
from ser_live.types import Event

COVER = b"ID3\x04\x00\x00" + bytes([0, 0, 0x4E, 0x10]) + bytes(0x4E << 7 | 0x10)
"""A tag of 10 kB, as in front of an MP3 with a picture."""


def only(events: list[Event]) -> Event:
    (event,) = events
    assert event.kind == "signal"
    return event


@pytest.mark.parametrize("container", ["WAV", "RF64", "WAVEX"])
def test_a_truncated_wav_gives_what_is_there(tmp_path: Path, container: str) -> None:
    path = tmp_path / "cut.wav"
    soundfile.write(path, sound(12.0), RATE, format=container, subtype="PCM_16")
    expected, _ = soundfile.read(path, dtype="float32", always_2d=True)
    os.truncate(path, path.stat().st_size - round(4.7 * RATE) * 2)
    source = FileSource(path)
    assert source.total == pytest.approx(7.3, abs=0.01)
    heard, events = read(source)
    assert np.array_equal(heard, expected[: len(heard)])
    assert len(heard) / RATE == pytest.approx(7.3, abs=0.01)
    assert only(events).fields["message"] == "cut.wav: the header promises 12.0 s, 7.3 s are there"


def test_half_a_missing_frame_is_told_too(wav: Path) -> None:
    os.truncate(wav, wav.stat().st_size - 1)
    heard, events = read(FileSource(wav))
    assert len(heard) == 3 * RATE - 1
    assert "promises 3.00000 s, 2.99994 s are there" in only(events).fields["message"]


def test_a_header_that_promises_too_much(wav: Path) -> None:
    heard, events = read(FileSource(patch(wav, 40, "<I", 10 * RATE * 2)))
    assert len(heard) == 3 * RATE
    assert "promises 10.0 s, 3.0 s are there" in only(events).fields["message"]


def test_a_header_that_promises_too_little(wav: Path) -> None:
    # a recorder that died after the last time it brought its header up to date; libsndfile reads 1 s
    expected, _ = soundfile.read(wav, dtype="float32", always_2d=True)
    source = FileSource(patch(wav, 40, "<I", RATE * 2))
    assert source.total == 3.0
    heard, events = read(source)
    assert np.array_equal(heard, expected)
    assert "promises 1.0 s, 3.0 s are there" in only(events).fields["message"]


@pytest.mark.parametrize("size", [0, 0x7FFF_F000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF])
def test_a_header_that_does_not_know_is_no_lie(wav: Path, size: int) -> None:
    expected, _ = soundfile.read(wav, dtype="float32", always_2d=True)
    source = FileSource(patch(patch(wav, 40, "<I", size), 4, "<I", size))
    assert source.total == 3.0
    heard, events = read(source)
    assert np.array_equal(heard, expected)
    assert events == []


def test_chunks_after_the_samples_are_not_heard(wav: Path) -> None:
    with wav.open("ab") as file:
        file.write(b"LIST" + struct.pack("<I", 8000) + bytes(range(250)) * 32)
    heard, events = read(FileSource(wav))
    assert len(heard) == 3 * RATE
    assert events == []


def test_a_truncated_adpcm_wav(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    soundfile.write(path, sound(8.0), RATE, subtype="IMA_ADPCM")
    os.truncate(path, path.stat().st_size // 2)
    heard, events = read(FileSource(path))
    assert len(heard) / RATE == pytest.approx(4.0, abs=0.1)
    assert "promises 8.0 s, 4.0 s are there" in only(events).fields["message"]


@pytest.mark.parametrize("ending", ["aiff", "au", "w64"])
def test_a_file_that_libsndfile_takes_for_whole(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"x.{ending}"
    soundfile.write(path, sound(8.0), RATE)
    assert read(FileSource(path))[1] == []
    expected, _ = soundfile.read(path, dtype="float32", always_2d=True)
    os.truncate(path, path.stat().st_size * 6 // 10)
    heard, events = read(FileSource(path))
    assert len(heard) / RATE == pytest.approx(4.8, abs=0.01)
    assert np.array_equal(heard, expected[: len(heard)])
    assert only(events).fields["message"] == f"x.{ending}: the header promises 8.0 s, 4.8 s are there"


def test_a_truncated_flac(tmp_path: Path) -> None:
    path = tmp_path / "x.flac"
    soundfile.write(path, sound(10.0), RATE)
    expected, _ = soundfile.read(path, dtype="float32", always_2d=True)
    os.truncate(path, path.stat().st_size * 6 // 10)
    heard, events = read(FileSource(path))
    assert 5.5 < len(heard) / RATE < 6.2
    assert np.array_equal(heard, expected[: len(heard)])
    message = only(events).fields["message"]
    assert re.match(
        r"x\.flac: damaged at (5|6)\.\d s \(.+\), what comes after .*; the header promises 10\.0 s", message
    )


@pytest.mark.parametrize("tagged", [False, True])
def test_a_truncated_mp3(tmp_path: Path, tagged: bool) -> None:
    path = tmp_path / "x.mp3"
    soundfile.write(path, sound(10.0), RATE)
    os.truncate(path, path.stat().st_size * 6 // 10)
    if tagged:
        path.write_bytes(COVER + path.read_bytes())
    assert mp3_knows_its_length(path)
    heard, events = read(FileSource(path))
    assert 5.5 < len(heard) / RATE < 6.2
    assert "promises 10.0 s" in only(events).fields["message"]


def test_a_truncated_ogg(tmp_path: Path) -> None:
    # nothing in it promises a length, but its last page should say that it is the last
    path = tmp_path / "x.ogg"
    soundfile.write(path, sound(20.0), RATE)
    os.truncate(path, path.stat().st_size * 6 // 10)
    heard, events = read(FileSource(path))
    assert 5 < len(heard) / RATE < 14
    assert f"breaks off at {len(heard) / RATE:.1f} s" in only(events).fields["message"]


def test_damage_in_the_middle_keeps_what_came_before(tmp_path: Path) -> None:
    path = tmp_path / "x.flac"
    soundfile.write(path, sound(20.0), RATE)
    expected, _ = soundfile.read(path, dtype="float32", always_2d=True)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 6000] = np.random.default_rng(1).bytes(6000)
    path.write_bytes(data)
    heard, events = read(FileSource(path))
    assert 8.5 < len(heard) / RATE < 11.5
    assert np.abs(heard - expected[: len(heard)])[: 8 * RATE].max() < 1e-6
    assert f" {len(heard) / RATE:.1f} s" in only(events).fields["message"]


def test_a_hole_in_an_ogg_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.ogg"
    soundfile.write(path, sound(20.0), RATE)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 :][:6000] = b""
    data[len(data) // 2 : len(data) // 2 + 6000] = np.random.default_rng(1).bytes(6000)
    path.write_bytes(data)
    heard, events = read(FileSource(path))
    assert 5 < len(heard) / RATE < 19.9
    assert f"promises 20.0 s, {len(heard) / RATE:.1f} s are there" in only(events).fields["message"]


def test_a_flac_that_does_not_know_its_length(tmp_path: Path) -> None:
    # as ffmpeg writes it into a pipe: 36 bits of zeros where the number of samples belongs
    path = tmp_path / "x.flac"
    soundfile.write(path, sound(2.0), RATE)
    data = bytearray(path.read_bytes())
    data[21] &= 0xF0
    data[22:26] = bytes(4)
    path.write_bytes(data)
    source = FileSource(path)
    assert source.total is None
    heard, events = read(source)
    assert len(heard) == 2 * RATE
    assert events == []


@pytest.mark.parametrize("tagged", [False, True])
def test_an_mp3_that_does_not_know_its_length(tmp_path: Path, tagged: bool) -> None:
    # variable bit rate without its first, counting frame: libsndfile's estimate would cut nine tenths off
    path = tmp_path / "x.mp3"
    samples = np.concatenate([sound(1.0)[:, 0], np.zeros(19 * RATE)])
    soundfile.write(path, samples, RATE, bitrate_mode="VARIABLE", compression_level=0.9)
    data = path.read_bytes()
    assert b"Xing" in data[:200]
    without_count(path)
    if tagged:
        path.write_bytes(COVER + path.read_bytes())
    assert not mp3_knows_its_length(path)
    source = FileSource(path)
    heard, events = read(source)
    assert len(heard) / RATE == pytest.approx(20.0, abs=0.2)
    assert source.total == pytest.approx(len(heard) / RATE)
    assert events == []
