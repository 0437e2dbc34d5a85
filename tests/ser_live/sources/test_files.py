"""Recordings of every kind, whole, cut, damaged and false."""

from __future__ import annotations

import math
import os
import re
import shlex
import shutil
import stat
import struct
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from ser_live.errors import SourceError
from ser_live.sources import FileSource, PipeSource, Source, open_source
from ser_live.sources.base import BLOCK_SECONDS
from ser_live.sources.sniff import mp3_knows_its_length
from ser_live.types import Event, FloatArray

RATE = 16_000
needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")


def sound(seconds: float, *, rate: int = RATE, channels: int = 1, seed: int = 0) -> NDArray[np.float64]:
    """A gliding tone in noise, another one in every channel; `(frames, channels)` within ±0.6."""
    time = np.arange(round(seconds * rate)) / rate
    noise = np.random.default_rng(seed).uniform(-0.1, 0.1, (len(time), channels))
    tones = [0.5 * np.sin(2 * np.pi * (200 + 100 * channel + 50 * time) * time) for channel in range(channels)]
    return np.stack(tones, axis=1) + noise


def read(source: Source) -> tuple[FloatArray, list[Event]]:
    """All the sound of a source, and its events; the events must come at the place that they name."""
    blocks: list[FloatArray] = []
    events: list[Event] = []
    with closing(source):
        for item in source.blocks():
            if isinstance(item, Event):
                events.append(item)
                assert item.start == pytest.approx(sum(map(len, blocks)) / source.sample_rate, abs=1e-6)
            else:
                assert item.dtype == np.float32
                assert 0 < len(item) <= math.ceil(BLOCK_SECONDS * source.sample_rate)
                assert item.shape[1] == source.channels
                blocks.append(item)
    return np.concatenate(blocks), events


def patch(path: Path, offset: int, layout: str, value: int) -> Path:
    data = bytearray(path.read_bytes())
    struct.pack_into(layout, data, offset, value)
    path.write_bytes(data)
    return path


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    """Three seconds of 16-bit mono with the plain header of 44 bytes."""
    path = tmp_path / "plain.wav"
    soundfile.write(path, sound(3.0), RATE, subtype="PCM_16")
    assert path.stat().st_size == 44 + 3 * RATE * 2
    return path


# --- what can be read ---------------------------------------------------------------------------------------------


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


# --- shorter or longer than promised -------------------------------------------------------------------------------


COVER = b"ID3\x04\x00\x00" + bytes([0, 0, 0x4E, 0x10]) + bytes(0x4E << 7 | 0x10)
"""A tag of 10 kB, as in front of an MP3 with a picture."""


def without_count(path: Path) -> None:
    """Take away the first frame of an MP3, which counts the others: as a program writes it that cannot go back."""
    data = path.read_bytes()
    path.write_bytes(data[data.index(data[:2], 4) :])


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


@pytest.mark.parametrize("ending", ["flac", "mp3"])
def test_damage_in_the_middle_keeps_what_came_before(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"x.{ending}"
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


# --- what cannot be read: one sentence ------------------------------------------------------------------------------


def refused(path: Path | str) -> str:
    with pytest.raises(SourceError) as caught:
        FileSource(path)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_missing(tmp_path: Path) -> None:
    assert refused(tmp_path / "no.wav") == f"there is no file {tmp_path}/no.wav: check the path"
    assert "there is no file" in refused("a\0b.wav")


def test_folder(tmp_path: Path) -> None:
    assert "is a folder, where an audio file was expected" in refused(tmp_path)


def test_empty(tmp_path: Path) -> None:
    (tmp_path / "x.wav").touch()
    assert "x.wav is empty (0 bytes), where an audio file was expected" in refused(tmp_path / "x.wav")


@contextmanager
def without_root() -> Iterator[None]:
    """Be a user for whom permissions count."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="permissions of Unix")
def test_not_permitted(wav: Path) -> None:
    wav.chmod(0)
    with without_root():
        message = refused(wav)
    wav.chmod(stat.S_IRUSR | stat.S_IWUSR)
    assert message == f"{wav} may not be read by this user: change its permissions"


@pytest.mark.parametrize("ending", ["wav", "mp3", "flac", "raw", "au", "vox", "gsm", "m4a", "txt", ""])
def test_text(tmp_path: Path, ending: str) -> None:
    # libsndfile by itself takes `.au`, `.vox` and `.gsm` for headerless sound, and asks for more settings for `.raw`
    path = tmp_path / f"x.{ending}"
    path.write_text("\ufeff" + "Grüße: this is no sound.\n" * 20, encoding="utf-8")
    assert "is text, where an audio file (WAV, FLAC, OGG Vorbis, Opus or MP3) was expected" in refused(path)


@pytest.mark.parametrize(("length", "reason"), [(44, "no sample after it"), (30, "ends in its header"), (12, "ends")])
def test_header_without_body(wav: Path, length: int, reason: str) -> None:
    os.truncate(wav, length)
    message = refused(wav)
    assert "plain.wav: " in message
    assert reason in message


@pytest.mark.parametrize("ending", ["flac", "ogg", "mp3", "aiff"])
def test_codec_header_without_body(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"x.{ending}"
    soundfile.write(path, sound(1.0), RATE)
    os.truncate(path, 44)
    assert "nothing can be decoded from it" in refused(path)


def test_no_channels(wav: Path) -> None:
    assert "says 0 channels, where 1 to 1024 were expected" in refused(patch(wav, 22, "<H", 0))
    assert "says 2000 channels" in refused(patch(wav, 22, "<H", 2000))


@pytest.mark.parametrize("rate", [0, 1, 4_294_967_280])
def test_no_rate(wav: Path, rate: int) -> None:
    assert f"says {rate} samples a second, where 1000 to 1000000 were expected" in refused(patch(wav, 24, "<I", rate))


def test_no_rate_in_a_codec(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.aiff", sound(0.5), 100)
    assert "says 100 samples a second" in refused(tmp_path / "x.aiff")


def test_no_format(wav: Path) -> None:
    data = wav.read_bytes()
    wav.write_bytes(data[:12] + data[36:])
    assert "its `fmt ` chunk is missing" in refused(wav)


@pytest.mark.parametrize("ending", ["wav", "mp3", "ogg"])
def test_random_bytes(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"x.{ending}"
    path.write_bytes(b"\x00\x80" + np.random.default_rng(2).bytes(5000))
    assert "was not recognised as WAV, FLAC, OGG Vorbis, Opus or MP3" in refused(path)


def test_another_kind_of_riff(tmp_path: Path) -> None:
    (tmp_path / "x.avi").write_bytes(b"RIFF\x00\x10\x00\x00AVI " + bytes(100))
    assert "it is a b'AVI ' file" in refused(tmp_path / "x.avi")


FOREIGN = {
    "m4a": b"\x00\x00\x00\x20ftypM4A " + bytes(50),
    "webm": b"\x1aE\xdf\xa3" + bytes(50),
    "wma": b"0&\xb2u\x8ef\xcf\x11" + bytes(50),
    "amr": b"#!AMR\n" + bytes(50),
    "aac": b"\xff\xf1P\x80" + bytes(50),
}


@pytest.mark.parametrize("ending", FOREIGN)
def test_what_libsndfile_does_not_read_gets_the_command(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"my voice.{ending}"
    path.write_bytes(FOREIGN[ending])
    message = refused(path)
    assert "not read directly" in message
    assert f"use `ffmpeg -i '{path}' -f wav - | ser-live --file -`" in message


@needs_ffmpeg
@pytest.mark.parametrize(("ending", "options"), [("m4a", ""), ("aac", ""), ("webm", "-c:a libvorbis"), ("wma", "")])
def test_the_command_works(tmp_path: Path, ending: str, options: str) -> None:
    soundfile.write(tmp_path / "x.wav", sound(2.0), RATE)
    path = tmp_path / f"my voice.{ending}"
    ffmpeg = ["ffmpeg", "-loglevel", "error", "-i", str(tmp_path / "x.wav"), *options.split(), str(path)]
    made = subprocess.run(ffmpeg, capture_output=True, check=False)
    if made.returncode:
        pytest.skip(f"this ffmpeg has no encoder for {ending}")
    command = re.search("`(ffmpeg .*?) \\| ser-live --file -`", refused(path))
    assert command is not None
    with subprocess.Popen(shlex.split(command[1]), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        source = PipeSource(process.stdout)
        assert (source.sample_rate, source.channels, source.total) == (RATE, 1, None)
        heard, events = read(source)
    assert len(heard) / RATE == pytest.approx(2.0, abs=0.2)
    assert events == []


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="finds the open file in /proc")
@pytest.mark.parametrize("kind", ["x.wav", "x.flac", "x.ogg", "x.mp3", "uncounted.mp3"])
def test_a_disk_that_fails(tmp_path: Path, kind: str, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / kind
    soundfile.write(path, sound(20.0), RATE)
    if kind == "uncounted.mp3":
        without_count(path)
    source = FileSource(path)
    (number,) = (int(fd.name) for fd in Path("/proc/self/fd").iterdir() if os.path.realpath(fd) == str(path))
    blocks = source.blocks()
    heard = [next(blocks)]
    nothing_to_read = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing_to_read, number)
    os.close(nothing_to_read)
    reason = r"\((Bad file descriptor|System error(: Bad file descriptor)?)\)"
    with pytest.raises(SourceError, match=rf"{kind}: reading failed at \d\.\d s {reason}") as caught:
        heard.extend(blocks)
    source.close()
    seconds = sum(map(len, heard)) / RATE  # type: ignore[arg-type]
    assert 0.5 <= seconds < 20.0
    assert f"at {seconds:.1f} s" in str(caught.value)
    assert "Traceback" not in capfd.readouterr().err


def test_ctrl_c_in_an_uncounted_mp3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # libsndfile calls back into Python here, which would print the interrupt and go on
    path = tmp_path / "x.mp3"
    soundfile.write(path, sound(20.0), RATE)
    without_count(path)
    source = FileSource(path)
    blocks = source.blocks()
    next(blocks)
    raw: Any = source._reader
    raw._uncounted.failure = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        list(blocks)
    source.close()


# --- which source it is ---------------------------------------------------------------------------------------------


def test_open_source_takes_files_and_pipes(wav: Path) -> None:
    with closing(open_source(wav)) as file:
        assert isinstance(file, FileSource)
    fifo = wav.parent / "fifo"
    os.mkfifo(fifo)
    assert "is no regular file: read it as a pipe" in refused(fifo)
    threading.Thread(target=lambda: fifo.write_bytes(wav.read_bytes()), daemon=True).start()
    source = open_source(fifo)
    assert isinstance(source, PipeSource)
    assert source.name == str(fifo)
    assert len(read(source)[0]) == 3 * RATE


def test_open_source_says_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceError, match="there is no file"):
        open_source(tmp_path / "no.wav")
    with pytest.raises(SourceError, match="/dev/null: a WAV stream was expected, but it is empty"):
        open_source("/dev/null")
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(SourceError, match="standard input is closed"):
        open_source("-")


def test_the_import_loads_no_sounddevice() -> None:
    code = "import sys, ser_live.sources, ser_live.outputs.recording as r; print('sounddevice' in sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded == "False\n"
