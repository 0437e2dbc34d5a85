"""An ffmpeg that hangs, fails, talks too much or is not there; and its end with ours."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import soundfile
from media import FFMPEG, PICTURE, children, encode, stand_in, without_ffmpeg
from program import ENVIRONMENT
from recordings import RATE, read, refused, sound

from ser_live.errors import SettingsError, SourceError
from ser_live.sources import FileSource, ffmpeg
from ser_live.types import Event, FloatArray

pytestmark = [
    pytest.mark.usefixtures("ffmpeg"),
    pytest.mark.skipif(sys.platform == "win32", reason="shell scripts stand in for ffmpeg"),
]
SECONDS = 20.0


@pytest.fixture(scope="module")
def voice_message(tmp_path_factory: pytest.TempPathFactory, ffmpeg: str) -> Path:
    """Twenty seconds, without loss."""
    folder = tmp_path_factory.mktemp("message")
    soundfile.write(folder / "x.wav", sound(SECONDS), RATE, subtype="PCM_16")
    return encode(folder / "x.m4a", "-i", folder / "x.wav", "-c:a", "alac")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits half a minute in a test."""
    monkeypatch.setattr(ffmpeg, "PATIENCE_SECONDS", 0.5)


HALF = f'"$REAL" "$@" 2>/dev/null | head -c {round(SECONDS / 2 * RATE * 4)}'
KIND = "x.m4a is an MP4 container (m4a, mp4, 3gp), from which ffmpeg gets no sound"


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("script", ["sleep 60", "exec >&-; sleep 60", "printf RIFF; sleep 60 & wait"])
def test_it_hangs(voice_message: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    monkeypatch.setattr("ser_live.sources.child._ENDING_SECONDS", 0.5)
    stand_in(tmp_path / "bin", monkeypatch, script)
    before = children()
    assert refused(voice_message) == (
        "x.m4a: ffmpeg gave nothing for 0.5 s and was ended: copy the file to this computer, or export it again"
    )
    assert children() == before
    if "exec" in script:
        return  # a probe that says nothing may be missing
    stand_in(tmp_path / "bin", monkeypatch, "exit 1", probe=script)
    assert refused(voice_message).startswith("x.m4a: ffprobe gave nothing for 0.5 s and was ended")
    assert children() == before


@pytest.mark.usefixtures("impatient")
def test_it_hangs_half_way(voice_message: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path / "bin", monkeypatch, f"{HALF}; sleep 60")
    source = FileSource(voice_message)
    heard: list[FloatArray | Event] = []
    with pytest.raises(SourceError) as caught, closing(source):
        heard.extend(source.blocks())
    assert sum(map(len, heard)) / RATE == pytest.approx(SECONDS / 2, abs=0.51)  # type: ignore[arg-type]
    assert "ffmpeg gave nothing for 0.5 s at " in str(caught.value)
    assert "and was ended; what came before it was processed" in str(caught.value)


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        ("exit 3", "exit code 3"),
        ("echo '[x @ 0x5] the disk is full' >&2; exit 1", "the disk is full"),
        ("printf 'a line\\nfile:/x.m4a: bad luck\\nConversion failed!\\n' >&2; exit 1", "bad luck"),
        ("printf 'one\\033[31m\\007 two\\n' >&2; exit 1", "one [31m  two"),
        ("printf '%0500d' 0 >&2; exit 1", "0" * 119 + "…"),
        ("kill -9 $$", "it was ended by signal 9"),
    ],
)
def test_it_fails_half_way(
    voice_message: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, reason: str
) -> None:
    probe = f'exec "{shutil.which("ffprobe")}" "$@"'
    stand_in(tmp_path / "bin", monkeypatch, f"{HALF}; {ending}", probe=probe)
    heard, (event,) = read(FileSource(voice_message))
    assert len(heard) / RATE == pytest.approx(SECONDS / 2, abs=0.01)
    assert event.kind == "signal"
    assert event.fields["message"] == (
        f"x.m4a: ffmpeg failed at 10.0 s ({reason}), what comes after it is not heard; the header promises 20.0 s"
    )


def test_it_ends_early_without_a_word(voice_message: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path / "bin", monkeypatch, HALF, probe=f'exec "{shutil.which("ffprobe")}" "$@"')
    _heard, (event,) = read(FileSource(voice_message))
    assert event.fields["message"] == "x.m4a: the header promises 20.0 s, 10.0 s are there"


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("exit 0", "there is no sample"),
        ("exit 7", "exit code 7"),
        ("echo this is no WAV", "there is no sample"),
        ("echo 'no such codec' >&2; exit 1", "no such codec"),
        ('"$REAL" "$@" 2>/dev/null | head -c 60', "there is no sample"),
    ],
)
def test_it_gives_nothing(
    voice_message: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, reason: str
) -> None:
    stand_in(tmp_path / "bin", monkeypatch, script)
    assert f"{KIND} ({reason}): it is damaged or cut off" in refused(voice_message)


def test_a_megabyte_of_errors(voice_message: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loud = "head -c 1000000 /dev/zero | tr '\\0' 'e' >&2"
    stand_in(tmp_path / "bin", monkeypatch, f'{loud}; "$REAL" "$@"; {loud}; printf "\\nthe last word\\n" >&2')
    heard, (event,) = read(FileSource(voice_message))
    assert len(heard) / RATE == pytest.approx(SECONDS, abs=0.01)
    assert event.fields["message"] == "x.m4a: damaged (the last word), ffmpeg decoded what it could"


def test_words_about_the_picture_are_none_about_the_sound(
    tmp_path: Path, voice_message: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = encode(
        tmp_path / "x.mp4", "-i", voice_message, "-f", "lavfi", "-i", "color=red:size=64x64:d=1", "-c:v", "mpeg4"
    )
    say = "echo '[mpeg4 @ 0x1] ac-tex damaged' >&2"
    stand_in(tmp_path / "bin", monkeypatch, f'{say}; exec "$REAL" "$@"', probe=f'exec "{shutil.which("ffprobe")}" "$@"')
    assert read(FileSource(film))[1] == []


def test_a_program_that_cannot_be_started(
    voice_message: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pyav: None
) -> None:
    folder = stand_in(tmp_path / "bin", monkeypatch, "")
    (folder / "ffmpeg").write_bytes(b"\x7fELF")
    heard, _events = read(FileSource(voice_message))  # PyAV reads it
    assert len(heard) / RATE == pytest.approx(SECONDS, abs=0.01)
    monkeypatch.setitem(sys.modules, "av", None)
    assert "install ffmpeg, or PyAV" in refused(voice_message)


def test_without_ffprobe(voice_message: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_ffmpeg(tmp_path / "only", monkeypatch)
    (tmp_path / "only" / "ffmpeg").symlink_to(FFMPEG)
    source = FileSource(voice_message)
    assert source.total is None
    heard, events = read(source)
    assert len(heard) / RATE == pytest.approx(SECONDS, abs=0.01)
    assert events == []
    with pytest.raises(SettingsError, match=r"--track 3 does not fit: x.m4a has fewer audio tracks"):
        FileSource(voice_message, track=3)
    silent = encode(tmp_path / "silent.mp4", *PICTURE)
    assert "silent.mp4 has no audio track" in refused(silent)


def test_only_the_path_is_ours_on_its_command_line(
    voice_message: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path / "bin", monkeypatch, f'printf "%s\\n" "$@" >{tmp_path}/words; exec "$REAL" "$@"')
    monkeypatch.setenv("FFREPORT", f"file={tmp_path}/report")
    read(FileSource(voice_message))
    words = (tmp_path / "words").read_text().splitlines()
    assert words[words.index("-i") + 1] == f"file:{voice_message}"
    assert "-nostdin" in words
    assert words[words.index("-protocol_whitelist") + 1] == "file,pipe"
    assert not set(words[words.index("-format_whitelist") + 1].split(",")) & {"hls", "concat", "dash", "sdp", "image2"}
    assert not (tmp_path / "report").exists()


def _is_there(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_us(tmp_path: Path, voice_message: Path, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # the whole group gets the signal, as from a terminal; ffmpeg is in none of ours
    stand_in(tmp_path / "bin", monkeypatch, f'echo $$ >{tmp_path}/pid; exec "$REAL" "$@"')
    command = [sys.executable, "-m", "ser_live", "--file", str(voice_message), "--speed", "1", "--format", "jsonl"]
    ours = {**ENVIRONMENT, "PATH": os.environ["PATH"]}
    program = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ours, start_new_session=True
    )
    assert program.stdout is not None
    assert b'"session"' in program.stdout.readline()
    pid = int((tmp_path / "pid").read_text())
    os.killpg(program.pid, number)
    out, err = program.communicate(timeout=30)
    assert b"Traceback" not in err
    if number != signal.SIGKILL:
        assert b'"summary"' in out.splitlines()[-1]
        assert b"signal" not in b"".join(out.splitlines()[:-1])  # ffmpeg was not reached, so nothing is missing
    deadline = time.monotonic() + 10
    while _is_there(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _is_there(pid)


def test_the_sound_is_whole_after_a_long_pause_of_the_reader(
    voice_message: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ffmpeg, "PATIENCE_SECONDS", 0.2)
    with closing(FileSource(voice_message)) as source:
        blocks = source.blocks()
        parts = [next(blocks)]
        time.sleep(0.6)  # nobody reads: ffmpeg waits, and is not ended for that
        parts.extend(blocks)
    assert np.concatenate(parts).shape == (round(SECONDS * RATE), 1)  # type: ignore[arg-type]
