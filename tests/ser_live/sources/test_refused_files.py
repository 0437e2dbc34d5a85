"""Files that cannot be read: one sentence each."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from recordings import RATE, patch, refused, sound, without_count

from ser_live.errors import SourceError
from ser_live.sources import FileSource


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
    assert "x.avi is an AVI file" in refused(tmp_path / "x.avi")


FOREIGN = {
    "m4a": b"\x00\x00\x00\x20ftypM4A " + bytes(50),
    "webm": b"\x1aE\xdf\xa3" + bytes(50),
    "wma": b"0&\xb2u\x8ef\xcf\x11" + bytes(50),
    "amr": b"#!AMR\n" + bytes(50),
    "aac": b"\xff\xf1P\x80" + bytes(50),
}


@pytest.mark.parametrize("ending", ["m4a", "webm", "wma", "aac"])
def test_what_libsndfile_does_not_read_is_named(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"my voice.{ending}"
    path.write_bytes(FOREIGN[ending])
    assert refused(path).startswith(f"{path} is a")


@pytest.mark.parametrize("ending", [*FOREIGN, "ogg", "bin", "mov"])
def test_without_a_decoder_the_remedies_are_told(tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "av", None)
    path = tmp_path / f"my voice.{ending}"
    path.write_bytes(FOREIGN.get(ending, b"OggS" if ending == "ogg" else b"\x00\x80") + bytes(50))
    message = refused(path)
    assert message.endswith('install ffmpeg, or PyAV with `pip install "ser-live[media]"`, and try again')
    if ending not in ("ogg", "bin"):
        assert "not read directly (WAV, FLAC, OGG Vorbis, Opus or MP3 are)" in message


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
    raw._frames.failure = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        list(blocks)
    source.close()
