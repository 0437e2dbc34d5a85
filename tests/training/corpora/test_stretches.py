"""Stretches of recordings in manifests: what is heard of them, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from made_annotations import recording
from ser_train.corpora import Excerpt, find_clips
from ser_train.corpora.audio import RecordingError, clip_seconds, read_clip, read_mono
from ser_train.corpora.census import census
from ser_train.corpora.duplicates import equal_recordings
from ser_train.errors import TrainingError

HEAD = "path,label,speaker,start,end\n"


def _manifest(folder: Path, text: str) -> Path:
    path = folder / "mine.csv"
    path.write_text(text)
    return path


def test_rows_of_one_recording_are_its_stretches_to_the_sample(tmp_path: Path) -> None:
    sound = recording(tmp_path / "call.wav", 10.0, rate=44_100)[:, 0]
    rows = "call.wav,angry,anna,0,1.5\ncall.wav,sad,anna,1.5,4.0003\ncall.wav,sad,bert,9.2,10\n"
    first, second, third = sorted(find_clips([_manifest(tmp_path, HEAD + rows)]), key=lambda clip: clip.excerpt)
    assert [clip.name for clip in (first, second, third)] == [
        "call@0.000-1.500", "call@1.500-4.000", "call@9.200-10.000",
    ]  # fmt: skip
    assert [clip.speaker for clip in (first, second, third)] == ["mine-anna", "mine-anna", "mine-bert"]
    for clip, start, end in ((first, 0, 66_150), (second, 66_150, 176_413), (third, 405_720, 441_000)):
        samples, rate = read_clip(clip)
        assert rate == 44_100
        np.testing.assert_array_equal(samples, sound[start:end])
    assert clip_seconds(second) == pytest.approx(2.5003)
    (row,) = census([first, second, third], [tmp_path / "mine.csv"])
    assert (row.files, row.hours, row.double) == (3, pytest.approx((1.5 + 2.5003 + 0.8) / 3600), {})


def test_only_the_stretch_is_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recording(tmp_path / "call.flac", 60.0)
    read: list[int] = []
    whole = soundfile.SoundFile.read
    counted = lambda self, count, **kinds: (read.append(count), whole(self, count, **kinds))[1]  # noqa: E731
    monkeypatch.setattr(soundfile.SoundFile, "read", counted)
    samples, _ = read_mono(tmp_path / "call.flac", Excerpt(50.0, 51.0))
    assert (len(samples), read) == (16_000, [16_000])


@pytest.mark.parametrize(("ending", "tolerance"), [("flac", 0), ("ogg", 0), ("opus", 0), ("mp3", 1e-6), ("aiff", 0)])
def test_every_format_is_cut_where_the_whole_recording_is(tmp_path: Path, ending: str, tolerance: float) -> None:
    kind = {"format": "OGG", "subtype": "OPUS"} if ending == "opus" else {}
    soundfile.write(tmp_path / f"call.{ending}", recording(tmp_path / "call.wav", 12.0), 16_000, **kind)
    whole, _ = read_mono(tmp_path / f"call.{ending}")
    for start, end in ((0.0, 0.5), (3.3, 4.9), (11.0, 12.0)):
        samples, _ = read_mono(tmp_path / f"call.{ending}", Excerpt(start, end))
        expected = whole[round(start * 16_000) : round(end * 16_000)]
        np.testing.assert_allclose(samples, expected, atol=tolerance, rtol=0)


def test_a_channel_of_its_own_or_the_mean(tmp_path: Path) -> None:
    sound = recording(tmp_path / "call.wav", 2.0, channels=2)
    text = "path,label,speaker,start,end,channel\ncall.wav,sad,a,0,1,1\ncall.wav,sad,b,0,1,2\ncall.wav,sad,c,,,\n"
    clips = {clip.speaker[-1]: clip for clip in find_clips([_manifest(tmp_path, text)])}
    np.testing.assert_array_equal(read_clip(clips["a"])[0], sound[:16_000, 0])
    np.testing.assert_array_equal(read_clip(clips["b"])[0], sound[:16_000, 1])
    np.testing.assert_array_equal(read_clip(clips["c"])[0], sound.mean(axis=1))
    assert clips["b"].name == "call@0.000-1.000 channel 2"
    with pytest.raises(RecordingError, match=r"call.wav has 2 channels and no channel 3"):
        read_mono(tmp_path / "call.wav", Excerpt(channel=3))


def test_equal_stretches_of_equal_recordings_are_found_and_others_are_not(tmp_path: Path) -> None:
    recording(tmp_path / "a.wav", 4.0)
    (tmp_path / "b.wav").write_bytes((tmp_path / "a.wav").read_bytes())
    rows = "a.wav,sad,anna,0,1\na.wav,sad,anna,1,2\nb.wav,sad,bert,1,2\nb.wav,sad,bert,2,3\n"
    clips = find_clips([_manifest(tmp_path, HEAD + rows)])
    assert [[clip.name for clip in same] for same in equal_recordings(clips)] == [["a@1.000-2.000", "b@1.000-2.000"]]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("call.wav,sad,a,3,2", r"mine.csv, line 2: the end 2 is not after the start 3: give the later time as end"),
        ("call.wav,sad,a,2,2", "line 2: the end 2 is not after the start 2"),
        ("call.wav,sad,a,-1,2", "line 2: the start -1 is negative"),
        ("call.wav,sad,a,one,2", "line 2: the start 'one' is no number: give seconds, such as 12.5"),
        ("call.wav,sad,a,1,nan", "line 2: the end 'nan' is no number"),
        ("call.wav,sad,a,1,inf", "line 2: the end 'inf' is no number"),
        ("call.wav,sad,a,0:01,0:02", "line 2: the start '0:01' is no number"),
        ("call.wav,sad,a,1,", "line 2: there is a start but no end: give both"),
        ("call.wav,sad,a,,1", "line 2: there is an end but no start: give both"),
        ("call.wav,sad,a,0,1\ncall.wav,sad,a,12,14", "line 3: the stretch begins at 12 s, but call.wav is 10.00 s lo"),
        ("call.wav,sad,a,0,1\ncall.wav,sad,a,0,1.0", "line 3: call.wav is in line 2 already"),
        (
            "call.wav,sad,a,0,3\ncall.wav,happy,b,1,2\ncall.wav,angry,A,2.5,4",
            r"line 4: mine-A is angry from 2.5 s on, and still sad then \(.*line 2\): give each moment of a person",
        ),
        ("call.wav,sad,a,,\ncall.wav,angry,a,2,4", "line 3: mine-a is angry from 2 s on, and still sad then"),
        ("call.wav,sad,a,0,0.2", r"no stretch of .*mine.csv is used: left out, because a stretch needs 0.3 s:"),
    ],
)  # fmt: skip
def test_a_stretch_that_cannot_be_is_one_sentence(tmp_path: Path, rows: str, said: str) -> None:
    recording(tmp_path / "call.wav")
    with pytest.raises(TrainingError, match=said) as refusal:
        find_clips([_manifest(tmp_path, HEAD + rows)])
    assert "\n" not in str(refusal.value)


def test_one_column_of_the_two_is_refused(tmp_path: Path) -> None:
    recording(tmp_path / "call.wav")
    with pytest.raises(TrainingError, match="line 2: there is a start but no end"):
        find_clips([_manifest(tmp_path, "path,label,speaker,start\ncall.wav,sad,a,1\n")])
    for channel in ("0", "left", "1.5", "9" * 5000):
        with pytest.raises(TrainingError, match=r"line 2: the channel .* is no number from 1 on"):
            find_clips([_manifest(tmp_path, f"path,label,speaker,channel\ncall.wav,sad,a,{channel}\n")])


def test_what_is_cut_and_what_is_too_short_is_told_of(tmp_path: Path) -> None:
    recording(tmp_path / "call.wav")
    times = ("9,12", "5,5.2", "6,6.3", "9.8,30", "8,8.5")
    rows = "".join(f"call.wav,sad,a,{stretch}\n" for stretch in times)
    told: list[str] = []
    clips = find_clips([_manifest(tmp_path, HEAD + rows)], tell=told.append)
    assert sorted(clip.excerpt[:2] for clip in clips) == [(6, 6.3), (8, 8.5), (9, 10)]
    manifest = tmp_path / "mine.csv"
    assert told == [
        f"cut at the recording's end: {manifest}, line 2 ends at 12 s, call.wav at 10.00 s",
        f"left out, because a stretch needs 0.3 s: {manifest}, line 3 is 0.20 s long; "
        f"{manifest}, line 5 is 0.20 s long",
    ]


def test_a_rounded_end_and_touching_neighbours_are_no_faults(tmp_path: Path) -> None:
    recording(tmp_path / "call.wav")
    rows = "call.wav,sad,a,0,5.001\ncall.wav,angry,a,5,10.04\n"
    told: list[str] = []
    clips = find_clips([_manifest(tmp_path, HEAD + rows)], tell=told.append)
    assert ([clip.excerpt.end for clip in clips], told) == ([5.001, 10.0], [])
    assert [len(read_clip(clip)[0]) for clip in clips] == [80_016, 80_000]


def test_recordings_that_are_not_there_or_damaged_stay_what_they_are(tmp_path: Path) -> None:
    recording(tmp_path / "call.wav")
    (tmp_path / "broken.wav").write_bytes(b"RIFF nothing")
    rows = "call.wav,sad,a,1,2\nbroken.wav,sad,a,1,2\ngone.wav,sad,a,1,2\ngone.wav,sad,a,2,3\n"
    told: list[str] = []
    clips = find_clips([_manifest(tmp_path, HEAD + rows)], tell=told.append)
    assert [clip.path.name for clip in clips] == ["broken.wav", "call.wav"]
    assert told == [f"not used: {tmp_path / 'gone.wav'}: named by a manifest, but not there"]
    with pytest.raises(RecordingError, match="cannot be decoded"):
        read_clip(clips[0])
