"""What phones, browsers and call recorders make, through ffmpeg and through PyAV."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import soundfile
from media import PICTURE, children, encode, likeness, without_ffmpeg
from recordings import read, refused
from voices import voice

from ser_live import analyze
from ser_live.errors import SettingsError, SourceError
from ser_live.sources import FileSource
from ser_live.types import FloatArray

pytestmark = pytest.mark.usefixtures("ffmpeg", "pyav")

RATE = 48_000


@pytest.fixture(params=["ffmpeg", "PyAV"])
def decoder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Who decodes what libsndfile does not."""
    name: str = request.param
    if name == "PyAV":
        without_ffmpeg(tmp_path / "nothing", monkeypatch)
    return name


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Two seconds of two voices, 16 bits."""
    path = tmp_path / "talk.wav"
    left, right = voice(2.0, sample_rate=RATE), voice(2.0, sample_rate=RATE, seed=1, pitch=190)
    soundfile.write(path, np.stack([left, right], axis=1), RATE, subtype="PCM_16")
    return path


def samples(path: Path) -> FloatArray:
    return soundfile.read(path, dtype="float32", always_2d=True)[0]  # type: ignore[no-any-return]


# --- what is read ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["x.m4a", "x.tta", "x.wv", "x.mka"])
def test_lossless(talk: Path, tmp_path: Path, decoder: str, name: str) -> None:
    how = {"x.m4a": ["-c:a", "alac"], "x.mka": ["-c:a", "flac"]}.get(name, [])
    source = FileSource(encode(tmp_path / name, "-i", talk, *how))
    assert (source.name, source.sample_rate, source.channels, source.live) == (name, RATE, 2, False)
    assert source.total == pytest.approx(2.0, abs=0.01)
    heard, events = read(source)
    assert events == []
    assert np.array_equal(heard, samples(talk))


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("x.m4a", ""),
        ("x.mp4", ""),
        ("x.mov", ""),
        ("x.3gp", "-c:a aac"),
        ("x.aac", ""),
        ("x.webm", "-c:a libopus"),
        ("x.mka", "-c:a libvorbis"),
        ("x.wma", ""),
        ("x.ac3", ""),
        ("x.avi", ""),
        ("x.ts", "-c:a aac"),
        ("x.amr", "-c:a libopencore_amrnb -ar 8000 -ac 1"),
        ("voice message", "-f mp4"),
    ],
)
def test_lossy(talk: Path, tmp_path: Path, decoder: str, name: str, how: str) -> None:
    path = encode(tmp_path / name, "-i", talk, "-b:a", "192k", *how.split())
    source = FileSource(path)
    assert source.total is None or source.total == pytest.approx(2.0, abs=0.1)
    heard, events = read(source)
    assert events == []
    assert len(heard) / source.sample_rate == pytest.approx(2.0, abs=0.1)
    if source.sample_rate == RATE:
        for channel in range(2):
            alike, later = likeness(heard[:, channel], samples(talk)[:, channel])
            assert alike > 0.95
            assert abs(later) < 0.06 * RATE  # the delay of an encoder that the container does not tell


def test_the_predictions_are_those_of_the_wav(short_call: Path, tmp_path: Path, decoder: str) -> None:
    expected = analyze(short_call)
    assert expected
    assert analyze(encode(tmp_path / "x.m4a", "-i", short_call, "-c:a", "alac")) == expected
    labels = [p.label for p in analyze(encode(tmp_path / "y.m4a", "-i", short_call, "-b:a", "192k"))]
    assert np.mean([a == b.label for a, b in zip(labels, expected, strict=False)]) > 0.9


def test_cover_art_is_no_track(talk: Path, tmp_path: Path, decoder: str) -> None:
    cover = encode(tmp_path / "cover.png", *PICTURE, "-frames:v", "1")
    both = ["-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v:0", "attached_pic"]
    heard, events = read(FileSource(encode(tmp_path / "x.m4a", "-i", talk, "-i", cover, *both)))
    assert events == []
    assert len(heard) / RATE == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize("name", ["x.mp4", "x.mkv"])
def test_sound_that_begins_after_the_picture(talk: Path, tmp_path: Path, decoder: str, name: str) -> None:
    path = encode(tmp_path / name, *PICTURE, "-itsoffset", "0.7", "-i", talk, "-c:v", "mpeg4", "-c:a", "aac")
    heard, events = read(FileSource(path))
    assert events == []
    alike, later = likeness(heard[:, 0], samples(talk)[:, 0])
    assert alike > 0.9
    assert later / RATE == pytest.approx(0.7, abs=0.05)


# --- several tracks -------------------------------------------------------------------------------------------------


@pytest.fixture
def film(talk: Path, tmp_path: Path) -> Path:
    """A video with two audio tracks of one channel; the second one is the default."""
    left_right = ["-filter_complex", "[1:a]channelsplit[l][r]", "-map", "[l]", "-map", "[r]", "-map", "0:v"]
    says = ["-disposition:a:0", "0", "-disposition:a:1", "default", "-metadata:s:a:1", "language=spa"]
    path = tmp_path / "film.mkv"
    return encode(path, *PICTURE, "-i", talk, *left_right, "-c:v", "mpeg4", "-c:a", "flac", *says)


def test_the_default_track_is_heard_and_the_user_told_once(film: Path, talk: Path, decoder: str) -> None:
    heard, (event,) = read(FileSource(film))
    assert np.array_equal(heard[:, 0], samples(talk)[:, 1])
    assert (event.kind, event.start) == ("signal", 0.0)
    assert event.fields == {
        "message": "film.mkv has 2 audio tracks, number 2 (spa) is heard: choose another one with --track",
        "tracks": 2,
        "track": 2,
    }


@pytest.mark.parametrize("number", [1, 2])
def test_a_track_is_chosen(film: Path, talk: Path, decoder: str, number: int) -> None:
    heard, events = read(FileSource(film, track=number))
    assert events == []
    assert np.array_equal(heard[:, 0], samples(talk)[:, number - 1])


@pytest.mark.parametrize("number", [0, -1, 3, 10**9])
def test_a_track_that_is_not_there(film: Path, talk: Path, decoder: str, number: int) -> None:
    with pytest.raises(SettingsError) as caught:
        FileSource(film, track=number)
    assert str(caught.value) == (f"--track {number} does not fit: film.mkv has 2 audio tracks, choose 1 to 2")
    with pytest.raises(SettingsError, match=rf"--track {number} does not fit: talk.wav has 1 audio track: leave"):
        FileSource(talk, track=number)


def test_the_one_track_may_be_chosen(talk: Path) -> None:
    assert len(read(FileSource(talk, track=1))[0]) == 2 * RATE


def test_a_video_without_sound(tmp_path: Path, decoder: str) -> None:
    path = encode(tmp_path / "silent.mp4", *PICTURE)
    assert refused(path) == "silent.mp4 has no audio track, where a recording was expected: give a file with sound"


# --- damage ---------------------------------------------------------------------------------------------------------


def test_cut_off_before_its_index(talk: Path, tmp_path: Path, decoder: str) -> None:
    path = encode(tmp_path / "x.m4a", "-i", talk)
    os.truncate(path, path.stat().st_size // 2)
    message = refused(path)
    assert f"{path} is an MP4 container (m4a, mp4, 3gp), from which {decoder} gets no sound (" in message
    assert message.endswith("it is damaged or cut off, copy or export it again")


@pytest.mark.parametrize(
    ("name", "how"), [("x.m4a", "-movflags +faststart"), ("x.webm", "-c:a libopus"), ("x.tta", ""), ("x.wv", "")]
)
def test_cut_off_half_way(talk: Path, tmp_path: Path, decoder: str, name: str, how: str) -> None:
    path = encode(tmp_path / name, "-i", talk, *how.split())
    os.truncate(path, path.stat().st_size * 6 // 10)
    heard, events = read(FileSource(path))
    seconds = len(heard) / RATE
    assert 0.7 < seconds < 1.6
    (event,) = events
    assert event.fields["message"] == f"{name}: the header promises 2.0 s, {seconds:.1f} s are there"


def test_damaged_in_the_middle(talk: Path, tmp_path: Path, decoder: str) -> None:
    path = encode(tmp_path / "x.m4a", "-i", talk, "-b:a", "192k", "-movflags", "+faststart")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = np.random.default_rng(0).bytes(3000)
    path.write_bytes(data)
    heard, (event,) = read(FileSource(path))
    assert 1.0 < len(heard) / RATE < 2.1
    assert event.fields["message"].startswith("x.m4a: ")
    assert "\n" not in event.fields["message"]


@pytest.mark.parametrize("seed", range(6))
def test_mutated_files_end_in_a_sentence_or_are_read(talk: Path, tmp_path: Path, decoder: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    path = encode(
        tmp_path / ["x.m4a", "x.mkv", "x.wma"][seed % 3], "-i", talk, *(["-c:a", "aac"] if seed % 3 == 1 else [])
    )
    data = bytearray(path.read_bytes())
    for at in rng.integers(40, len(data), 30):
        data[at] = rng.integers(256)
    path.write_bytes(data)
    try:
        heard, events = read(FileSource(path))
    except SourceError as error:
        messages = [str(error)]
    else:
        assert len(heard) > 0
        messages = [event.fields["message"] for event in events]
    assert all(message.isprintable() for message in messages)


# --- names and playlists --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        'it\'s "mine".m4a',
        "a\nb.m4a",
        "-i.m4a",
        "http:..example.m4a",
        "concat:a|b.m4a",
        "%d.m4a",
        "\u202egnp.m4a",
        "a" * 251 + ".m4a",
        os.fsdecode(b"\xff\xfe.m4a"),
    ],
)
def test_a_name_is_only_a_name(
    talk: Path, tmp_path: Path, decoder: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = encode(tmp_path / "made.m4a", "-i", talk, "-c:a", "alac")
    made.rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    heard, events = read(FileSource(name))
    assert np.array_equal(heard, samples(talk))
    assert events == []
    Path(name).write_bytes(b"\x00\x00\x00\x20ftypM4A " + bytes(50))
    assert "is an MP4 container" in refused_as_bytes(name)


def refused_as_bytes(name: str) -> str:
    with pytest.raises(ValueError, match="gets no sound") as caught:
        FileSource(name)
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:2,\n{other}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{other}'\n",
        "#EXTM3U\x01\n#EXT-X-TARGETDURATION:10\n#EXTINF:2,\nhttp://127.0.0.1:1/x.ts\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\n#\x01\nfile '{other}'\n",
        "v=0\x01\r\nm=audio 49170 RTP/AVP 0\r\n",
    ],
)
def test_a_playlist_opens_no_other_file(talk: Path, tmp_path: Path, decoder: str, text: str) -> None:
    other = encode(tmp_path / "other.ts", "-i", talk, "-c:a", "aac")
    path = tmp_path / "x.m4a"
    path.write_text(text.format(other=other), encoding="utf-8")
    link = tmp_path / "link.mp4"
    link.symlink_to(path)
    for playlist in (path, link):
        assert "is text" in refused(playlist) or "gets no sound" in refused(playlist)


# --- nothing is left behind -----------------------------------------------------------------------------------------


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files in /proc")
def test_nothing_is_left_open(talk: Path, tmp_path: Path, decoder: str) -> None:
    path = encode(tmp_path / "x.m4a", "-i", talk)
    damaged = tmp_path / "y.m4a"
    damaged.write_bytes(path.read_bytes()[:5000])
    before, started = len(list(Path("/proc/self/fd").iterdir())), children()
    for n in range(17):
        with closing(FileSource(path)) as source:
            if n % 2:
                next(source.blocks())
        read(FileSource(path))
        refused(damaged)
    assert children() == started
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_without_both_the_remedies_are_told(talk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = encode(tmp_path / "x.m4a", "-i", talk)
    without_ffmpeg(tmp_path / "nothing", monkeypatch)
    monkeypatch.setitem(sys.modules, "av", None)
    assert refused(path) == (
        f"{path} is an MP4 container (m4a, mp4, 3gp), which is not read directly (WAV, FLAC, OGG Vorbis, Opus or MP3 "
        'are): install ffmpeg, or PyAV with `pip install "ser-live[media]"`, and try again'
    )
