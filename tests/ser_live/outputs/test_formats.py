"""Every format, read by programs of other people."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import audformat
import pandas
import pysubs2
import pytest
import webvtt
from hypothesis import given
from hypothesis import strategies as st
from made_records import (
    ENDINGS,
    LABELS,
    LINES,
    Record,
    in_time,
    session_fields,
    summary_fields,
    two_lanes,
    utterance,
    write_session,
)
from praatio import textgrid
from pyannote.core import Annotation, Segment
from pympi.Elan import Eaf

from ser_live.outputs.cues import Cues
from ser_live.outputs.stretches import Stretch, Stretches

# Of pandas, about audformat.
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame")

Cue = tuple[float, float, str, str]  # start, end, lane, text


def stretches(fields: dict[str, object], records: Sequence[Record], summary: dict[str, object]) -> list[Stretch]:
    fold = Stretches(fields)
    return [stretch for record in records for stretch in fold.take(record)] + fold.close(summary)


@pytest.fixture
def two() -> list[Stretch]:
    """The stretches of two lanes."""
    return stretches(*two_lanes())


@pytest.fixture
def one() -> tuple[dict[str, object], list[Record], dict[str, object]]:
    """A session of one lane, with a long stretch."""
    return session_fields(), utterance(0.5, 30.0, [(1.5, "neutral"), (22.5, "angry")]), summary_fields(31.0)


# Subtitles
def srt_cues(text: str) -> list[Cue]:
    cues = []
    for event in pysubs2.SSAFile.from_string(text, "srt"):
        lane, _, words = event.text.rpartition(": ")
        cues.append((event.start / 1000, event.end / 1000, lane, words))
    return cues


def srt_cues_in_order(text: str) -> list[Cue]:
    """The cues as they stand; pysubs2 would sort them."""
    blocks = [block.split("\n") for block in text.split("\n\n") if block]
    assert [block[0] for block in blocks] == [str(index + 1) for index in range(len(blocks))]
    cues = []
    for _, times, words in blocks:
        start, _, end = times.replace(",", ".").partition(" --> ")
        lane, _, said = words.rpartition(": ")
        cues.append((seconds(start), seconds(end), lane, said))
    assert sorted(cues) == sorted(srt_cues(text))
    return cues


def vtt_cues(text: str) -> list[Cue]:
    captions = webvtt.from_buffer(io.StringIO(text))
    return [(seconds(each.start), seconds(each.end), each.voice or "", each.text) for each in captions]


def seconds(clock: str) -> float:
    hours, minutes, rest = clock.split(":")
    return round(int(hours) * 3600 + int(minutes) * 60 + float(rest), 3)


def check_cues(cues: Sequence[Cue]) -> None:
    """What the checkers of subtitles look for: 5/6 s to 7 s, no overlap, none that blinks, in order."""
    assert [cue[0] for cue in cues] == sorted(cue[0] for cue in cues)
    for start, end, _, _ in cues:
        assert 5 / 6 <= round(end - start, 3) <= 7
    for lane in {cue[2] for cue in cues}:
        for before, after in pairwise([cue for cue in cues if cue[2] == lane]):
            gap = round(after[0] - before[1], 3)
            assert gap >= 0
            assert gap == 0 or gap > 0.5 or before[3] != after[3]


def test_subtitles_of_two_lanes(tmp_path: Path, two: list[Stretch]) -> None:
    srt = srt_cues_in_order(write_session(tmp_path / "a.srt", *two_lanes()))
    vtt = vtt_cues(write_session(tmp_path / "a.vtt", *two_lanes()))
    assert srt == vtt
    check_cues(srt)
    for stretch in two:
        cues = [cue for cue in srt if stretch.start <= cue[0] < stretch.end and cue[2] == stretch.lane]
        assert (cues[0][0], cues[-1][1]) == (stretch.start, stretch.end)
        assert {cue[3] for cue in cues} == {f"[{stretch.label}]"}
        lengths = [round(end - start, 3) for start, end, _, _ in cues]
        assert max(lengths) - min(lengths) <= 0.0011


def test_a_subtitle_file_is_written_as_players_expect(tmp_path: Path, one: tuple[dict, list[Record], dict]) -> None:
    assert write_session(tmp_path / "a.srt", *one).startswith("1\n00:00:01,500 --> 00:00:08,500\n[neutral]\n\n2\n")
    text = write_session(tmp_path / "a.vtt", *one)
    head = f"WEBVTT\n\nNOTE\nser-live 0.2.0, model tiny.onnx, sha256 {'ab' * 32}\n\n00:00:01.500 --> 00:00:08.500\n"
    assert text.startswith(f"{head}[neutral]\n\n")
    assert [cue[3] for cue in vtt_cues(text)] == ["[neutral]"] * 3 + ["[angry]"] * 2


def test_lanes_are_named_in_subtitles(tmp_path: Path) -> None:
    assert "\nAgent: [neutral]\n" in write_session(tmp_path / "a.srt", *two_lanes())
    assert "\n<v Agent>[neutral]\n" in write_session(tmp_path / "a.vtt", *two_lanes())


@given(st.lists(st.tuples(st.sampled_from([0, 0, 0, 501, 520, 533, 2000]), st.integers(800, 15_000)), max_size=20))
def test_cues_of_any_stretches_can_be_read(parts: list[tuple[int, int]]) -> None:
    at, cutter, cues = 0, Cues(), list[Cue]()
    for index, (gap, length) in enumerate(parts):
        label = "[a]" if gap else f"[{index % 2}]"
        stretch = Stretch(
            lane=None, start=(at + gap) / 1000, end=(at + gap + length) / 1000, label=label, probability=1, smoothed={}
        )
        cues += [(start / 1000, end / 1000, "", label) for start, end in cutter.feed(stretch)]
        at += gap + length
    check_cues(cues)


TALK = st.lists(
    st.tuples(st.integers(6, 40), st.integers(4, 60), st.lists(st.integers(4, 60), max_size=4)), min_size=1, max_size=5
)


@given(agent=TALK, customer=TALK)
def test_cues_of_two_lanes_come_in_order(
    agent: list[Any], customer: list[Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Players want them by their beginnings; a long stretch has cues that begin after one of the other lane."""
    records: list[Record] = []
    for lane, parts in (("A", agent), ("B", customer)):
        at = 0.0
        for pause, length, changes in parts:
            start, at = at + pause / 4, at + (pause + length) / 4
            marks = [(start + quarter / 4, LABELS[quarter % 3]) for quarter in set(changes) if quarter <= length]
            records += utterance(start, at, marks, lane)
    session = session_fields(["A", "B"]), in_time(records), summary_fields(200.0)
    folder = tmp_path_factory.mktemp("cues")
    srt = srt_cues_in_order(write_session(folder / "a.srt", *session))
    check_cues(srt)
    assert vtt_cues(write_session(folder / "a.vtt", *session)) == srt
    for stretch in stretches(*session):
        inside = [cue for cue in srt if cue[2] == stretch.lane and stretch.start <= cue[0] < stretch.end]
        assert {cue[3] for cue in inside} == {f"[{stretch.label}]"}


# Tables
def test_the_table_is_a_segmented_table_of_audformat(tmp_path: Path, two: list[Stretch]) -> None:
    path = tmp_path / "a.csv"
    write_session(path, *two_lanes())
    frame = audformat.utils.read_csv(path)
    assert audformat.is_segmented_index(frame)
    files, starts, ends = (frame.index.get_level_values(level) for level in ("file", "start", "end"))
    assert set(files) == {"call.wav"}
    assert [pytest.approx(stretch.start) for stretch in two] == [start.total_seconds() for start in starts]
    assert [pytest.approx(stretch.end) for stretch in two] == [end.total_seconds() for end in ends]
    assert list(frame["label"]) == [stretch.label for stretch in two]
    assert list(frame["lane"]) == [stretch.lane for stretch in two]
    assert frame[list(LABELS)].sum(axis=1).tolist() == pytest.approx([1.0] * len(two), abs=1e-5)


def test_the_table_for_pandas(tmp_path: Path, one: tuple[dict, list[Record], dict]) -> None:
    text = write_session(tmp_path / "a.csv", *one)
    assert text.startswith(
        "file,start,end,lane,label,probability,angry,disgust,fear,happy,neutral,sad\ncall.wav,1.500,"
    )
    frame = pandas.read_csv(tmp_path / "a.csv")
    assert frame["lane"].isna().all()
    assert frame["end"].dtype == frame["angry"].dtype == float
    assert frame["probability"].tolist() == pytest.approx([0.7, 0.7], abs=0.01)


def test_a_table_of_predictions(tmp_path: Path) -> None:
    fields, records, summary = two_lanes()
    text = write_session(tmp_path / "a.csv", fields, records, summary, csv_predictions=True)
    assert text.startswith("file,start,end,lane,label,probability,state,angry,disgust")
    frame = audformat.utils.read_csv(tmp_path / "a.csv")
    assert len(frame) == sum(hasattr(record, "smoothed") for record in records)
    assert set(frame["state"]) == {"committed"}
    assert set(frame["lane"]) == {"Agent", "Customer"}


def test_a_session_without_an_emotion_is_an_empty_table(tmp_path: Path) -> None:
    write_session(tmp_path / "a.csv", session_fields(), [], summary_fields(3.0))
    assert len(pandas.read_csv(tmp_path / "a.csv")) == 0
    assert len(audformat.utils.read_csv(tmp_path / "a.csv")) == 0


# Diarisation
def rttm_fields(text: str) -> list[list[str]]:
    rows = [line.split() for line in text.splitlines()]
    assert all(len(row) == 10 for row in rows)
    return rows


def test_rttm_has_ten_fields_and_scores_as_a_diarisation(tmp_path: Path, two: list[Stretch]) -> None:
    rows = rttm_fields(write_session(tmp_path / "a.rttm", *two_lanes()))
    annotation = Annotation(uri="call")
    for kind, file, channel, start, duration, _, _, label, confidence, _ in rows:
        assert (kind, file) == ("SPEAKER", "call")
        assert 0 <= float(confidence) <= 1
        annotation[Segment(float(start), float(start) + float(duration)), channel] = label
    found = [
        (segment.start, pytest.approx(segment.end), track, label)
        for segment, track, label in annotation.itertracks(yield_label=True)
    ]
    expected = [(s.start, s.end, "1" if s.lane == "Agent" else "2", s.label) for s in two]
    assert sorted(expected) == sorted(found)


@pytest.mark.parametrize(("heard", "channel"), [("mix", "1"), ("left", "1"), ("right", "2"), ("3", "3")])
def test_the_channel_that_was_heard_is_counted_from_1(heard: str, channel: str, tmp_path: Path) -> None:
    fields = session_fields(channels={"source": 4, "heard": heard})
    records = utterance(0, 4, [(1, "sad")])
    rows = rttm_fields(write_session(tmp_path / "a.rttm", fields, records, summary_fields(5)))
    assert [row[2] for row in rows] == [channel]


# Annotation
def test_a_textgrid_covers_the_whole_recording(tmp_path: Path, two: list[Stretch]) -> None:
    write_session(tmp_path / "a.TextGrid", *two_lanes())
    grid = textgrid.openTextgrid(str(tmp_path / "a.TextGrid"), includeEmptyIntervals=True)
    assert grid.tierNames == ("Agent speech", "Agent emotion", "Customer speech", "Customer emotion")
    for name in grid.tierNames:
        entries = grid.getTier(name).entries
        assert (entries[0].start, entries[-1].end) == (0, 61.5)
        assert all(before.end == after.start for before, after in pairwise(entries))
    for lane in ("Agent", "Customer"):
        entries = [tuple(entry) for entry in grid.getTier(f"{lane} emotion").entries if entry.label]
        assert entries == [(s.start, s.end, s.label) for s in two if s.lane == lane]
    spoken = [tuple(entry) for entry in grid.getTier("Agent speech").entries if entry.label]
    assert spoken == [(0.5, 14.0, "speech"), (17.0, 24.0, "speech")]


def test_an_eaf_has_the_same_tiers(tmp_path: Path, two: list[Stretch]) -> None:
    write_session(tmp_path / "a.eaf", *two_lanes())
    document = Eaf(str(tmp_path / "a.eaf"))
    assert list(document.get_tier_names()) == ["Agent speech", "Agent emotion", "Customer speech", "Customer emotion"]
    for lane in ("Agent", "Customer"):
        found = [annotation[:3] for annotation in sorted(document.get_annotation_data_for_tier(f"{lane} emotion"))]
        assert found == [(round(1000 * s.start), round(1000 * s.end), s.label) for s in two if s.lane == lane]
        assert document.get_parameters_for_tier(f"{lane} speech")["PARTICIPANT"] == lane
    (media,) = document.get_linked_files()
    assert media["RELATIVE_MEDIA_URL"] == "./call.wav"
    assert media["MIME_TYPE"] == "audio/x-wav"


def test_one_lane_has_tiers_without_a_name_before(tmp_path: Path, one: tuple[dict, list[Record], dict]) -> None:
    write_session(tmp_path / "a.TextGrid", *one)
    assert textgrid.openTextgrid(str(tmp_path / "a.TextGrid"), True).tierNames == ("speech", "emotion")
    write_session(tmp_path / "a.eaf", *one)
    assert "PARTICIPANT" not in (tmp_path / "a.eaf").read_text()


def test_a_microphone_is_no_recording_for_elan(tmp_path: Path) -> None:
    text = write_session(tmp_path / "a.eaf", session_fields(source="USB 2.0", live=True), [], summary_fields(3))
    assert Eaf(str(tmp_path / "a.eaf")).get_linked_files() == []
    assert "USB" not in text


def test_a_session_without_sound_is_still_a_textgrid(tmp_path: Path) -> None:
    write_session(tmp_path / "a.TextGrid", session_fields(), [], summary_fields(0.0))
    assert textgrid.openTextgrid(str(tmp_path / "a.TextGrid"), True).tierNames == ("speech", "emotion")


def test_audacity_labels(tmp_path: Path, two: list[Stretch], one: tuple[dict, list[Record], dict]) -> None:
    lines = write_session(tmp_path / "a.txt", *two_lanes()).splitlines()
    assert lines == [f"{s.start:.3f}\t{s.end:.3f}\t{s.lane}: {s.label}" for s in two]
    assert write_session(tmp_path / "a.txt", *one).startswith("1.500\t22.500\tneutral\n")


# Names that would break a format
NAMES = [
    'say "hi", <b>you</b> & {\\an8} --> me',
    "line\nend\r\n\ttab\x00\x1b[31m",
    "\u202egnp.\u200fעברית\u2066",
    "\udcff\udc80bytes",
    "é" * 127,
    "=cmd|' /C calc'!A0",
    "-->",
    " ",
    "</v>]]>",
]


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_any_name_is_escaped_as_each_format_wants(name: str, tmp_path: Path) -> None:
    fields, records, summary = two_lanes()
    fields = session_fields([name, "B"], source=f"{name}.wav")
    records = [replace(record, lane=name if record.lane == "Agent" else "B") for record in records]
    count = len(stretches(fields, records, summary))
    texts = {ending: write_session(tmp_path / f"a{ending}", fields, records, summary) for ending in ENDINGS}
    srt, vtt = srt_cues(texts[".srt"]), vtt_cues(texts[".vtt"])
    check_cues(srt)
    assert [cue[:2] for cue in srt] == [cue[:2] for cue in vtt]
    labels = {f"[{stretch.label}]" for stretch in stretches(fields, records, summary)}
    assert {cue[3] for cue in srt} == {cue[3] for cue in vtt} == labels
    assert texts[".srt"].count("-->") == texts[".vtt"].count("-->") == len(srt)
    rows = cells(texts[".csv"])
    assert {len(row) for row in rows} == {12}
    assert len(rows) == count + 1
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for row in rows for cell in row)
    assert len(pandas.read_csv(tmp_path / "a.csv")) == count
    assert len(rttm_fields(texts[".rttm"])) == count
    assert all(len(line.split("\t")) == 3 for line in texts[".txt"].splitlines())
    assert len(texts[".txt"].splitlines()) == count
    grid = textgrid.openTextgrid(str(tmp_path / "a.TextGrid"), includeEmptyIntervals=False)
    assert len(grid.tierNames) == 4
    assert sum(len(grid.getTier(tier).entries) for tier in grid.tierNames[1::2]) == count
    assert ElementTree.parse(tmp_path / "a.eaf").getroot().tag == "ANNOTATION_DOCUMENT"
    document = Eaf(str(tmp_path / "a.eaf"))
    assert len(list(document.get_tier_names())) == 4
    for ending in set(ENDINGS) - {".csv", ".jsonl", ".html"}:  # the first has the name as it is, the others as JSON
        assert not re.search("[\u202a-\u202e\u2066-\u2069\ud800-\udfff]", texts[ending])


def test_what_a_name_becomes(tmp_path: Path) -> None:
    fields, records, summary = session_fields(source="=1+1.wav"), utterance(0, 4, [(1, "sad")]), summary_fields(5)
    assert cells(write_session(tmp_path / "a.csv", fields, records, summary))[1][0] == "./=1+1.wav"
    lanes = session_fields(["@SUM(A1)", "b & <c>"], source="my call.wav")
    both = [*utterance(0, 4, [(1, "sad")], "@SUM(A1)"), *utterance(6, 9, [(7, "sad")], "b & <c>")]
    assert [row[3] for row in cells(write_session(tmp_path / "a.csv", lanes, both, summary))[1:]] == [
        "'@SUM(A1)",
        "b & <c>",
    ]
    assert "\n<v b &amp; &lt;c&gt;>[sad]\n" in write_session(tmp_path / "a.vtt", lanes, both, summary)
    assert "\nb & ‹c›: [sad]\n" in write_session(tmp_path / "a.srt", lanes, both, summary)
    assert write_session(tmp_path / "a.rttm", lanes, both, summary).startswith("SPEAKER my_call 1 ")
    write_session(tmp_path / "a.eaf", lanes, both, summary)
    assert "b & <c> emotion" in Eaf(str(tmp_path / "a.eaf")).get_tier_names()
    assert Eaf(str(tmp_path / "a.eaf")).get_linked_files()[0]["MEDIA_URL"] == "./my%20call.wav"
    write_session(tmp_path / "a.TextGrid", session_fields(['a "b"', "c"]), [], summary)
    assert textgrid.openTextgrid(str(tmp_path / "a.TextGrid"), True).tierNames[0] == 'a "b" speech'


def test_lanes_that_look_alike_once_escaped_have_tiers_of_their_own(tmp_path: Path) -> None:
    fields = session_fields(["a\n", "a\t", ""])
    records = [*utterance(0, 4, [(1, "sad")], "a\n"), *utterance(6, 9, [(7, "fear")], "a\t")]
    write_session(tmp_path / "a.eaf", fields, records, summary_fields(10))
    names = ["a speech", "a emotion", "a speech (2)", "a emotion (2)", "speech", "emotion"]
    assert list(Eaf(str(tmp_path / "a.eaf")).get_tier_names()) == names


# While it grows
@pytest.mark.parametrize("ending", LINES)
def test_a_session_that_breaks_off_leaves_whole_lines(ending: str, tmp_path: Path) -> None:
    fields, records, summary = two_lanes()
    whole = write_session(tmp_path / f"whole{ending}", fields, records, summary)
    before = ""
    for count in range(0, len(records), 7):
        part = write_session(tmp_path / f"part{ending}", fields, records[:count], None)
        assert whole.startswith(part)
        assert part.startswith(before)
        assert part == "" or part.endswith("\n")
        before = part
    assert len(before) > len(whole) / 2
