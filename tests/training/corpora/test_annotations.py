"""Corrected annotations as manifests: which tier is whose, on which channel, of which recording."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from made_annotations import Intervals, eaf, long_textgrid, recording, short_textgrid
from ser_train.corpora import Clip, find_clips, search
from ser_train.corpora.audio import read_clip
from ser_train.errors import TrainingError

LANES: dict[str, Intervals] = {
    "Agent speech": [(0.0, 4.0, "speech"), (4.0, 10.0, "")],
    "Agent emotion": [(0.0, 1.5, "[angry]"), (1.5, 2.0, ""), (2.0, 4.0, " Sadness ")],
    "Customer speech": [(0.0, 6.0, ""), (6.0, 10.0, "speech")],
    "Customer emotion": [(0.0, 6.0, ""), (6.0, 8.125, "happy"), (8.125, 10.0, " ")],
}
ONE: dict[str, Intervals] = {"speech": [(0.0, 10.0, "speech")], "emotion": [(1.0, 2.0, "angry"), (3.0, 4.5, "sad")]}


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    folder = tmp_path / "calls"
    folder.mkdir()
    return folder


def _seen(clips: list[Clip]) -> list[tuple[str, str, tuple[float, float | None, int | None]]]:
    return sorted(((clip.speaker, clip.label, tuple(clip.excerpt)) for clip in clips), key=lambda seen: seen[2])  # type: ignore[misc]


def _write(path: Path, tiers: dict[str, Intervals]) -> Path:
    path.write_text(eaf(tiers) if path.suffix == ".eaf" else long_textgrid(tiers))
    return path


@pytest.mark.parametrize("name", ["call.TextGrid", "call.eaf", "call.textgrid", "call.EAF"])
def test_lanes_are_speakers_and_channels(calls: Path, name: str) -> None:
    sound = recording(calls / "call.wav", channels=2)
    path = calls / name
    path.write_text(eaf(LANES) if name.lower().endswith("eaf") else short_textgrid(LANES))
    told: list[str] = []
    clips = find_clips([path], tell=told.append)
    assert _seen(clips) == [
        ("calls-Agent", "angry", (0.0, 1.5, 1)),
        ("calls-Agent", "sad", (2.0, 4.0, 1)),
        ("calls-Customer", "happy", (6.0, 8.125, 2)),
    ]
    assert told == []
    assert {clip.corpus for clip in clips} == {"calls"}
    for clip in clips:
        start, end, channel = clip.excerpt
        assert end is not None
        assert channel is not None
        expected = sound[round(start * 16_000) : round(end * 16_000), channel - 1]
        np.testing.assert_array_equal(read_clip(clip)[0], expected)


@pytest.mark.parametrize("name", ["call.TextGrid", "call.eaf"])
def test_one_lane_is_the_mean_of_the_channels_and_named_by_the_file(calls: Path, name: str) -> None:
    sound = recording(calls / "call.flac", channels=2)
    clips = find_clips([_write(calls / name, ONE)])
    assert _seen(clips) == [("calls-call", "angry", (1.0, 2.0, None)), ("calls-call", "sad", (3.0, 4.5, None))]
    np.testing.assert_array_equal(read_clip(clips[0])[0], sound[16_000:32_000].mean(axis=1))


def test_names_of_tiers_are_read_in_any_case_and_participants_name_the_people(calls: Path) -> None:
    recording(calls / "call.wav", channels=2)
    tiers: dict[str, Intervals] = {"customer  SPEECH": [], "Agent Emotion": [(0, 1, "SAD")], "Customer emotion ": []}
    (calls / "call.eaf").write_text(eaf(tiers, people={"Agent Emotion": "Anna  Berg"}))
    assert _seen(find_clips([calls / "call.eaf"])) == [("calls-Anna Berg", "sad", (0.0, 1.0, 2))]


def test_lanes_without_channels_of_their_own_are_heard_from_all(calls: Path) -> None:
    sound = recording(calls / "call.wav")
    told: list[str] = []
    clips = find_clips([_write(calls / "call.eaf", LANES)], tell=told.append)
    assert ({clip.excerpt.channel for clip in clips}, told) == ({None}, [])
    np.testing.assert_array_equal(read_clip(clips[0])[0], sound[:24_000, 0])
    recording(calls / "call.wav", channels=2)
    alone = {name: intervals for name, intervals in LANES.items() if name.startswith("Agent")}
    clips = find_clips([_write(calls / "call.eaf", alone)], tell=told.append)
    assert {clip.excerpt.channel for clip in clips} == {None}
    assert told == [
        f"{calls / 'call.eaf'} has 1 named lane and call.wav 2 channels, so the clips are the mean of them all"
    ]


def test_the_recording_of_an_elan_file_is_the_one_that_it_names(calls: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "sound" / "a call.wav"
    elsewhere.parent.mkdir()
    recording(elsewhere)
    recording(calls / "call.wav")

    def found(**media: str) -> Path:
        (calls / "call.eaf").write_text(eaf(ONE, **media))  # type: ignore[arg-type]
        return find_clips([calls / "call.eaf"])[0].path.resolve()

    assert found(media=elsewhere.as_uri()) == elsewhere
    assert found(media="file:///gone/a%20call.wav", relative="../sound/a%20call.wav") == elsewhere
    assert found(media="file:///gone/other.wav") == calls / "call.wav"  # the one of the same stem
    recording(calls / "other.wav")
    assert found(media="file:///gone/other.wav") == calls / "other.wav"
    (calls / "call.mp4").touch()
    assert found(media="file:///gone/call.mp4") == calls / "call.wav"
    (calls / "call.wav").unlink()
    with pytest.raises(TrainingError, match=r"belongs to call.mp4, which is not read: put its sound as call.wav"):
        found(media="file:///gone/call.mp4")
    with pytest.raises(TrainingError, match=r"recording of .*call.eaf is not there: put /gone/x.wav, which it name"):
        found(media="file:///gone/x.wav")


def test_the_recording_of_a_textgrid_is_the_one_beside_it(calls: Path) -> None:
    path = _write(calls / "call.TextGrid", ONE)
    with pytest.raises(TrainingError, match=r"is not there: put a recording named call \(.*\.flac.*\) beside it"):
        find_clips([path])
    recording(calls / "call.WAV")
    assert find_clips([path])[0].path.name == "call.WAV"
    recording(calls / "call.flac")
    with pytest.raises(TrainingError, match=r"may belong to call.WAV or call.flac: leave one of them in the folder"):
        find_clips([path])


@pytest.mark.parametrize("name", ["call.TextGrid", "call.eaf"])
@pytest.mark.parametrize(
    ("tiers", "said"),
    [
        ({"words": [(0, 1, "no")], "phones": []}, "has no tier of emotions .its tiers of intervals: 'words', 'phones'"),
        ({}, "has no tier of emotions .its tiers of intervals: none.: name one `emotion`, or `Agent emotion`"),
        ({"emotion": [(0, 1, " "), (1, 10, "")]}, "has no label that can be used in 'emotion': write some there"),
        ({"emotion": []}, "has no label that can be used in 'emotion'"),
        ({"emotion": [(1, 2, "excited")]}, "tier 'emotion', 1 to 2 s: the label 'excited' is not known: give one"),
        ({"emotion": [(1, 2, "[sad")]}, r"the label '\[sad' is not known"),
        ({"emotion": [(1, 1.125, "sad")]}, "no label that can be used in 'emotion': left out, because a stretch"),
        ({"emotion": [(2, 1, "sad")]}, "tier 'emotion', 2 to 1 s: the end 1 is not after the start 2"),
        ({"emotion": [(11, 12, "sad")]}, "the stretch begins at 11 s, but call.wav is 10.00 s long and nothing"),
        ({"A emotion": [], "a Emotion": []}, "has two tiers 'a Emotion': give each lane one, with a name of"),
        ({"emotion": [(1, 3, "sad"), (2, 4, "angry")]}, "calls-call is angry from 2 s on, and still sad then"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_one_sentence(calls: Path, name: str, tiers: dict[str, Intervals], said: str) -> None:
    recording(calls / "call.wav")
    with pytest.raises(TrainingError, match=said) as refusal:
        find_clips([_write(calls / name, tiers)])
    assert str(calls / name) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_annotations_without_times_are_counted(calls: Path) -> None:
    recording(calls / "call.wav")
    (calls / "call.eaf").write_text(eaf(ONE).replace(' TIME_VALUE="2000"', ""))
    told: list[str] = []
    assert len(find_clips([calls / "call.eaf"], tell=told.append)) == 1
    assert told == [f"{calls / 'call.eaf'}, tier 'emotion': 1 annotation without times is left out"]


def test_a_folder_of_annotated_recordings(calls: Path) -> None:
    for name in ("one", "two"):
        recording(calls / f"{name}.wav", channels=2)
        _write(calls / f"{name}.TextGrid", LANES)
    recording(calls / "three.wav")
    _write(calls / "three.eaf", ONE)
    _write(calls / "words.TextGrid", {"words": []})
    (calls / "broken.eaf").write_text("<ANNOTATION_DOCUMENT>")
    recording(calls / "plain.wav")
    told: list[str] = []
    clips = find_clips([calls], tell=told.append)
    assert len(clips) == 8
    assert {clip.speaker for clip in clips} == {"calls-Agent", "calls-Customer", "calls-three"}
    assert told[0] == f"read as corrected by hand: 3 annotations, such as {calls / 'one.TextGrid'}"
    assert told[1] == (
        "one person in all annotated recordings: calls-Agent (2 recordings), calls-Customer (2 recordings); name the "
        "tiers after the people, such as `Anna emotion`, where they are not"
    )
    assert {note.split(": ", 1)[1] for note in told[2:]} == {
        f"{calls / 'plain.wav'}: named like no known corpus, in no folder named by a label and not annotated: name "
        "them in a manifest",
        f"{calls / 'words.TextGrid'}: an annotation without a tier of emotions",
        f"{calls / 'broken.eaf'}: {calls / 'broken.eaf'} is no whole ELAN file (it cannot be read as XML: no element "
        "found: line 1, column 21): save it again in ELAN",
    }
    assert _seen(find_clips([calls / "one.TextGrid", calls, calls / "three.eaf"])) == _seen(clips)
    _write(calls / "one.eaf", LANES)
    with pytest.raises(TrainingError, match=r"one.TextGrid and .*one.eaf both annotate one.wav: keep the one that was"):
        find_clips([calls])


def test_annotations_beside_a_known_corpus_are_told_of(calls: Path) -> None:
    soundfile.write(calls / "1001_DFA_ANG_XX.wav", np.zeros(100), 16_000)
    recording(calls / "call.wav")
    _write(calls / "call.TextGrid", ONE)
    found = search([calls])
    assert [clip.name for clip in found.clips] == ["1001_DFA_ANG_XX"]
    assert found.unclaimed == [calls / "call.TextGrid"]
    both = search([calls, calls / "call.TextGrid"])
    assert (len(both.clips), both.unused.paths) == (3, [])
