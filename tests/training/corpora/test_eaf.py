"""ELAN's files as ELAN, other programs and attackers write them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from made_annotations import eaf
from ser_train.corpora.annotation import Annotation
from ser_train.corpora.eaf import read_eaf
from ser_train.errors import TrainingError

TIERS = {"Agent emotion": [(0.5, 2.25, "angry &amp; &lt;loud&gt;"), (2.25, 4.0, " ärgerlich ")], "notes": []}


def _read(path: Path, text: str, encoding: str = "utf-8") -> Annotation:
    path.write_bytes(text.encode(encoding))
    return read_eaf(path)


def test_tiers_times_texts_and_participants(tmp_path: Path) -> None:
    emotion, notes = _read(tmp_path / "a.eaf", eaf(TIERS, people={"Agent emotion": "Anna & Co"})).tiers
    assert (emotion.name, emotion.person) == ("Agent emotion", "Anna & Co")
    assert [tuple(interval) for interval in emotion.intervals] == [
        (0.5, 2.25, "angry & <loud>"), (2.25, 4.0, " ärgerlich "),
    ]  # fmt: skip
    assert (notes.name, notes.person, notes.intervals) == ("notes", "", [])
    wide = eaf(TIERS).replace('encoding="UTF-8"', 'encoding="UTF-16"')
    assert _read(tmp_path / "b.eaf", wide, "utf-16").tiers[0].intervals == emotion.intervals


def test_an_offset_of_the_recording_is_added(tmp_path: Path) -> None:
    (tier, _) = _read(tmp_path / "a.eaf", eaf(TIERS, media="file:///x.wav", origin=1500)).tiers
    assert [interval[:2] for interval in tier.intervals] == [(2.0, 3.75), (3.75, 5.5)]


def test_annotations_that_refer_to_others_have_their_times(tmp_path: Path) -> None:
    child = (
        '<TIER TIER_ID="emotion" PARENT_REF="words"><ANNOTATION><REF_ANNOTATION ANNOTATION_ID="r1" ANNOTATION_REF="a1">'
        "<ANNOTATION_VALUE>sad</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>"
        '<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="r2" ANNOTATION_REF="gone"><ANNOTATION_VALUE>sad</ANNOTATION_VALUE>'
        "</REF_ANNOTATION></ANNOTATION>"
        '<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="r3" ANNOTATION_REF="r3"><ANNOTATION_VALUE>sad</ANNOTATION_VALUE>'
        "</REF_ANNOTATION></ANNOTATION></TIER>"
    )
    text = eaf({"words": [(1.0, 2.0, "hello")]}).replace("<LINGUISTIC_TYPE ", child + "<LINGUISTIC_TYPE ", 1)
    words, emotion = _read(tmp_path / "a.eaf", text).tiers
    assert [tuple(interval) for interval in emotion.intervals] == [(1.0, 2.0, "sad")]
    assert (words.untimed, emotion.untimed) == (0, 2)
    unaligned = eaf({"emotion": [(1.0, 2.0, "sad")]}).replace(' TIME_VALUE="2000"', "")
    (tier,) = _read(tmp_path / "a.eaf", unaligned).tiers
    assert (tier.intervals, tier.untimed) == ([], 1)


@pytest.mark.parametrize(
    ("media", "relative", "places"),
    [
        ("file:///data/a%20call.wav", "", ["/data/a call.wav", "{}/a call.wav"]),
        ("file:///data/call.wav", "./call.wav", ["/data/call.wav", "{}/call.wav"]),
        ("", "../sound/call.wav", ["{}/../sound/call.wav", "{}/call.wav"]),
        ("file:///C:/My%20data/call.wav", "file:.\\call.wav", ["/C:/My data/call.wav", "{}/call.wav"]),
        ("C:\\calls\\call.wav", "", ["{}/call.wav"]),
        ("https://example.org/call.wav", "", ["{}/call.wav"]),
        ("file://[broken/call.wav", "", ["{}/call.wav"]),
        ("file:///", "", []),
        ("", "", []),
    ],
)
def test_where_the_recording_may_be(tmp_path: Path, media: str, relative: str, places: list[str]) -> None:
    found = _read(tmp_path / "a.eaf", eaf(TIERS, media=media, relative=relative)).media
    assert [str(place) for place in found] == [place.format(tmp_path) for place in places]


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]><ANNOTATION_DOCUMENT>&i;</ANNOTATION_DOCUMENT>"
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LAUGHS, "declares entities or a document type, which ELAN never does: save it in ELAN"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><ANNOTATION_DOCUMENT/>', "declares entities or a document type"),
        ('<!DOCTYPE x [<!ENTITY % a SYSTEM "file:///dev/zero"> %a;]><x/>', "declares entities or a document type"),
        ("<ANNOTATION_DOCUMENT>&lol;</ANNOTATION_DOCUMENT>", "cannot be read as XML: undefined entity"),
        ("<html><body/></html>", "its first element is html"),
        ("not XML", "cannot be read as XML: syntax error"),
        ("<a" * 100_000, "cannot be read as XML"),
        ('<?xml version="1.0" encoding="made-up"?><ANNOTATION_DOCUMENT/>', "cannot be read as XML"),
        ('<ANNOTATION_DOCUMENT><HEADER TIME_UNITS="PAL-frames"/></ANNOTATION_DOCUMENT>', "it counts in PAL-frames"),
        (eaf(TIERS).replace("2250", "2.25e3"), "'2.25e3' is no whole number of milliseconds"),
        (eaf(TIERS).replace("2250", "9" * 400), "is no whole number of milliseconds"),
        (eaf(TIERS).replace('ANNOTATION_ID="a2"', 'ANNOTATION_ID="a1"'), "the annotation 'a1' stands twice"),
    ],
)
def test_what_is_no_elan_file_is_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    before = time.process_time()
    with pytest.raises(TrainingError, match=said) as refusal:
        _read(tmp_path / "a.eaf", text)
    assert time.process_time() - before < 5
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 400


def test_every_place_where_a_file_may_be_cut_off_is_told_of(tmp_path: Path) -> None:
    whole = eaf(TIERS).rstrip()
    for length in range(1, len(whole) - 1):
        with pytest.raises(TrainingError, match="no whole ELAN file"):
            _read(tmp_path / "a.eaf", whole[:length])


def test_a_file_of_fifty_megabytes_and_one_of_deep_nesting(tmp_path: Path) -> None:
    text = eaf({"emotion": [(n, n + 1, "x" * 1_000_000) for n in range(50)]})
    assert len(_read(tmp_path / "a.eaf", text).tiers[0].intervals) == 50
    deep = f"<ANNOTATION_DOCUMENT>{'<a>' * 200_000}{'</a>' * 200_000}</ANNOTATION_DOCUMENT>"
    assert _read(tmp_path / "a.eaf", deep).tiers == []


def test_what_pympi_writes_is_read(tmp_path: Path) -> None:
    from pympi import Elan

    made = Elan.Eaf(author="a person")
    made.remove_tier("default")
    made.add_tier("Agent emotion", part="Agent")
    made.add_annotation("Agent emotion", 500, 2250, 'an "angry" ä & <b>')
    made.add_linked_file(str(tmp_path / "call.wav"), relpath="./call.wav", mimetype="audio/x-wav")
    made.to_file(str(tmp_path / "a.eaf"))
    annotation = read_eaf(tmp_path / "a.eaf")
    (tier,) = annotation.tiers
    assert (tier.name, tier.person, [tuple(i) for i in tier.intervals]) == (
        "Agent emotion", "Agent", [(0.5, 2.25, 'an "angry" ä & <b>')],
    )  # fmt: skip
    assert tmp_path / "call.wav" in annotation.media
