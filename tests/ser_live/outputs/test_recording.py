"""The recording of a session: exact, valid at every moment, and clear about a full disk."""

from __future__ import annotations

import os
import shutil
import signal
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from ser_live.errors import OutputError, SettingsError
from ser_live.outputs import recording
from ser_live.outputs.recording import Recorder
from ser_live.sources import FileSource
from ser_live.types import Event, FloatArray

RATE = 48_000


def sound(frames: int, channels: int, seed: int = 0) -> FloatArray:
    """Noise up to ±1.5, with values that are no numbers."""
    samples = np.random.default_rng(seed).uniform(-1.5, 1.5, (frames, channels)).astype(np.float32)
    samples[1, 0], samples[2, 0], samples[3, 0] = np.nan, np.inf, 1e-40
    return samples


def replayed(path: Path) -> FloatArray:
    source = FileSource(path)
    blocks = list(source.blocks())
    source.close()
    assert not any(isinstance(block, Event) for block in blocks)
    return np.concatenate(blocks)  # type: ignore[arg-type]


@pytest.mark.parametrize("channels", [1, 2, 7])
@pytest.mark.parametrize("size", [1, 509, 2400])
def test_what_was_fed_is_in_the_file_bit_for_bit(tmp_path: Path, channels: int, size: int) -> None:
    samples = sound(5000, channels)
    with Recorder(tmp_path / "x.wav", RATE, channels) as recorder:
        for at in range(0, len(samples), size):
            recorder.hear(samples[at : at + size])
        recorder.hear(samples[:0])
        assert recorder.frames == 5000
    info = soundfile.info(tmp_path / "x.wav")
    assert (info.format, info.subtype, info.samplerate, info.channels) == ("WAV", "FLOAT", RATE, channels)
    heard, _ = soundfile.read(tmp_path / "x.wav", dtype="float32", always_2d=True)
    assert heard.tobytes() == samples.tobytes()
    assert replayed(tmp_path / "x.wav").tobytes() == samples.tobytes()


def test_any_memory_layout_is_written_in_order(tmp_path: Path) -> None:
    samples = np.asfortranarray(sound(100, 2))[::-1]
    with Recorder(tmp_path / "x.wav", RATE, 2) as recorder:
        recorder.hear(samples)
    assert np.array_equal(replayed(tmp_path / "x.wav"), samples, equal_nan=True)


def test_the_file_is_valid_at_every_moment(tmp_path: Path) -> None:
    path, samples = tmp_path / "x.wav", sound(900, 2)
    with Recorder(path, RATE, 2) as recorder:
        recorder.open({})
        assert soundfile.info(path).frames == 0
        for count in (300, 600, 900):
            recorder.hear(samples[count - 300 : count])
            heard, _ = soundfile.read(path, dtype="float32")
            assert heard.tobytes() == samples[:count].tobytes()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_a_killed_program_leaves_a_readable_file(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    code = f"""
import os, signal, numpy as np
from ser_live.outputs.recording import Recorder
recorder = Recorder({str(path)!r}, {RATE}, 1)
recorder.hear(np.full((1000, 1), 0.5, np.float32))
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGKILL
    assert replayed(path).tolist() == [[0.5]] * 1000


def test_an_old_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    for count in (2000, 10):
        with Recorder(path, RATE, 1, overwrite=True) as recorder:
            recorder.hear(sound(count, 1))
    assert len(replayed(path)) == 10


# --- beyond 4 GB ----------------------------------------------------------------------------------------------------


def test_a_recording_grows_into_rf64(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "_RIFF_LIMIT", 10_000)
    path, samples = tmp_path / "x.wav", sound(2000, 2)
    kinds = []
    with Recorder(path, RATE, 2) as recorder:
        for at in range(0, 2000, 500):
            recorder.hear(samples[at : at + 500])
            kinds.append(soundfile.info(path).format)
            heard, _ = soundfile.read(path, dtype="float32")
            assert heard.tobytes() == samples[: at + 500].tobytes()
    assert kinds == ["WAV", "WAV", "RF64", "RF64"]
    assert replayed(path).tobytes() == samples.tobytes()


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
@pytest.mark.parametrize("limit", [10_000, 1_000_000])
def test_ffmpeg_reads_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    monkeypatch.setattr(recording, "_RIFF_LIMIT", limit)
    path = tmp_path / "x.wav"
    samples = np.random.default_rng(0).uniform(-1, 1, (5000, 2)).astype(np.float32)
    with Recorder(path, RATE, 2) as recorder:
        recorder.hear(samples)
    command = ["ffmpeg", "-loglevel", "error", "-i", str(path), "-f", "f32le", "-"]
    assert subprocess.run(command, capture_output=True, check=True).stdout == samples.tobytes()


@pytest.mark.skipif(sys.platform == "win32", reason="files with holes")
@pytest.mark.parametrize("excess", [-8, 0, 8, 2_000_000_000])
def test_the_header_around_four_gigabytes(tmp_path: Path, excess: int) -> None:
    # a file with a hole of that size instead of samples: it takes no room
    frames = (0xFFFF_FFFF - 84 + excess) // 8
    path = tmp_path / "x.wav"
    header = recording._header(RATE, 2, frames)
    path.write_bytes(header)
    os.truncate(path, len(header) + frames * 8)
    info = soundfile.info(path)
    assert (info.format, info.frames) == ("WAV" if excess <= 0 else "RF64", frames)
    source = FileSource(path)
    source.close()
    assert source.total == frames / RATE
    size = struct.unpack_from("<I", header, 4)[0]
    assert size == (84 + frames * 8 if excess <= 0 else 0xFFFF_FFFF)


# --- where it cannot be written: one sentence -----------------------------------------------------------------------


def refused(path: Path | str) -> str:
    with pytest.raises(OutputError) as caught:
        Recorder(path, RATE, 1)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_no_folder(tmp_path: Path) -> None:
    path = tmp_path / "no" / "x.wav"
    assert refused(path) == f"cannot write {path}: its folder does not exist, create it first"
    assert "cannot write" in refused("a\0b.wav")


def test_a_folder(tmp_path: Path) -> None:
    assert "it is a folder, add a file name" in refused(tmp_path)


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="permissions of Unix")
def test_a_read_only_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65_534)
    try:
        message = refused(tmp_path / "x.wav")
    finally:
        if root:
            os.seteuid(0)
        tmp_path.chmod(0o755)
    assert "this user may not write there, choose another folder" in message


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_disk_that_is_full_from_the_start() -> None:
    with Recorder("/dev/full", RATE, 1) as recorder, pytest.raises(OutputError) as caught:
        recorder.open({})
    assert str(caught.value) == (
        "the recording /dev/full cannot be written: No space left on device, choose another place or make room"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="limits of Unix")
def test_a_disk_that_fills_up_keeps_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    code = f"""
import resource, numpy as np
from ser_live.errors import OutputError
from ser_live.outputs.recording import Recorder
resource.setrlimit(resource.RLIMIT_FSIZE, (10_001, 10_001))
samples = np.arange(3000, dtype=np.float32).reshape(-1, 2)
with Recorder({str(path)!r}, 1000, 2) as recorder:
    for at in range(0, 1500, 500):
        try:
            recorder.hear(samples[at : at + 500])
        except OutputError as error:
            print(error)
"""
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    kept = (10_001 - 92) // 8
    (line,) = run.stdout.splitlines()
    assert line.startswith(f"the recording {path} breaks off after 1.2 s, which are kept: File too large, choose")
    assert np.array_equal(replayed(path), np.arange(3000, dtype=np.float32).reshape(-1, 2)[:kept])


def test_another_number_of_channels(tmp_path: Path) -> None:
    with Recorder(tmp_path / "x.wav", RATE, 2) as recorder:
        for block in (np.zeros((5, 1), np.float32), np.zeros(5, np.float32)):
            with pytest.raises(SettingsError, match=r"takes blocks \(frames, 2\), not"):
                recorder.hear(block)
    with pytest.raises(SettingsError, match="needs a rate and channels"):
        Recorder(tmp_path / "y.wav", RATE, 0)


def test_closed_twice(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "x.wav", RATE, 1)
    recorder.close()
    recorder.close()
