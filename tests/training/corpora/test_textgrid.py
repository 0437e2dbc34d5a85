"""TextGrids as Praat, other programs and accidents write them."""

from __future__ import annotations

import codecs
import time
from pathlib import Path

import pytest
from made_annotations import long_textgrid, short_textgrid
from ser_train.corpora.textgrid import read_textgrid
from ser_train.errors import TrainingError

TIERS = {
    "Agent speech": [(0.0, 2.5, "speech"), (2.5, 10.0, "")],
    "Agent emotion": [(0.0, 2.5, 'say "no" ! twice'), (2.5, 4.0, "zornig: ärgerlich"), (4.0, 10.0, "")],
    "two\nlines <exists> 7": [(0.0, 10.0, "3.5\n<exists>")],
}


def _read(path: Path) -> dict[str, list[tuple[float, float, str]]]:
    return {tier.name: [tuple(interval) for interval in tier.intervals] for tier in read_textgrid(path).tiers}  # type: ignore[misc]


@pytest.mark.parametrize("write", [long_textgrid, short_textgrid])
@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
def test_both_forms_in_every_encoding(tmp_path: Path, write: object, mark: bytes, encoding: str) -> None:
    assert callable(write)
    path = tmp_path / "call.TextGrid"
    for ending in ("\n", "\r\n"):
        path.write_bytes(mark + write(TIERS).replace("\n", ending).encode(encoding))
        expected = {
            name.replace("\n", ending): [(a, b, text.replace("\n", ending)) for a, b, text in intervals]
            for name, intervals in TIERS.items()
        }
        assert _read(path) == expected


def test_points_comments_and_the_old_first_line_are_read_over(tmp_path: Path) -> None:
    path = tmp_path / "call.TextGrid"
    path.write_text(
        'File type = "ooTextFile short"\n"TextGrid"\n0\n4\n<exists>\n2\n"TextTier"\n"clicks"\n0\n4\n1\n2.5\n"click"\n'
        '! a comment with "quotes" and 17\n"IntervalTier"\n"emotion"\n0\n4\n1\n0\n4e0\n"sad"\n'
    )
    assert _read(path) == {"emotion": [(0.0, 4.0, "sad")]}
    path.write_text('File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n4\n<absent>\n')
    assert _read(path) == {}


def test_every_place_where_a_file_may_be_cut_off_is_told_of(tmp_path: Path) -> None:
    path = tmp_path / "call.TextGrid"
    for write, encoding in ((long_textgrid, "utf-8"), (short_textgrid, "utf-16")):
        whole = write(TIERS).rstrip().encode(encoding)
        for length in range(2, len(whole) - 1):
            path.write_bytes(whole[:length])
            if not whole[:length].strip():
                continue
            with pytest.raises(TrainingError) as refusal:
                read_textgrid(path)
            assert "\n" not in str(refusal.value).replace("two\nlines", "")
            assert str(path) in str(refusal.value)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is an empty file: save the annotation again"),
        (b" \n", "is an empty file"),
        (b"ooBinaryFile\x08TextGrid", "is a binary TextGrid: save it in Praat with"),
        (b'"Praat chronological TextGrid text file"\n0 1\n', "is a chronological TextGrid"),
        (b'File type = "ooTextFile"\nObject class = "Pitch 1"\n', "is no TextGrid: save it in Praat with"),
        ('File type = "ooTextFile"\n"TextGrid" ä'.encode("latin-1") + b" " * 9, "is not in UTF-8, nor in UTF-16"),
        (b"RIFF\x00\x01\x02\x03WAVEfmt ", "is no whole TextGrid .it ends where a text should come."),
        (b'"ooTextFile" "TextGrid" 0 1 <exists> 1e9 "IntervalTier" "a" 0 1 1e9 0 1 "x"', "it ends where a number"),
        (b'"ooTextFile" "TextGrid" 0 1 <exists> -1', "-1 cannot be how many there are"),
        (b'"ooTextFile" "TextGrid" 0 1 <exists> 1.5', "1.5 cannot be how many there are"),
        (b'"ooTextFile" "TextGrid" 0 1 <exists> 1 "Pitch" "a" 0 1 1', "a tier is of the class 'Pitch'"),
        (b'"ooTextFile" "TextGrid" 0 1e999 <exists> 0', "a number was expected, not 1e999"),
        (b'"ooTextFile" "TextGrid" 0 "1" <exists> 0', 'a number was expected, not "1"'),
        (b'"ooTextFile" "TextGrid" 0 1 <exists> 1 "IntervalTier" 5', "a text in quotation marks was expected, not 5"),
    ],
)
def test_what_is_no_textgrid_is_one_sentence(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "call.TextGrid"
    path.write_bytes(data)
    with pytest.raises(TrainingError, match=said) as refusal:
        read_textgrid(path)
    assert "\n" not in str(refusal.value)


def test_fifty_megabytes_are_read_and_more_than_a_hundred_refused(tmp_path: Path) -> None:
    path = tmp_path / "call.TextGrid"
    path.write_text(short_textgrid({"emotion": [(n, n + 1, "x" * 500_000) for n in range(100)]}, 100.0))
    assert len(read_textgrid(path).tiers[0].intervals) == 100
    path.write_bytes(b'"' * 5_000_001)  # quotation marks without end take no more time than others
    before = time.process_time()
    with pytest.raises(TrainingError, match="is no"):
        read_textgrid(path)
    assert time.process_time() - before < 20
    with path.open("wb") as file:
        file.truncate(100_000_001)
    with pytest.raises(TrainingError, match="is 100 MB large, and annotations have 100 MB at most"):
        read_textgrid(path)
    with pytest.raises(TrainingError, match=r"cannot be read .No such file or directory.: check the path"):
        read_textgrid(tmp_path / "gone.TextGrid")


def test_what_praatio_writes_is_read(tmp_path: Path) -> None:
    from praatio import textgrid

    path = tmp_path / "call.TextGrid"
    made = textgrid.Textgrid(0, 10)
    made.addTier(textgrid.IntervalTier("Agent emotion", [(0.5, 2.25, 'an "angry" ä'), (2.25, 4, "sad")], 0, 10))
    made.addTier(textgrid.PointTier("clicks", [(1.0, "click")], 0, 10))
    for form in ("long_textgrid", "short_textgrid"):
        made.save(str(path), format=form, includeBlankSpaces=True)
        assert [interval for interval in _read(path)["Agent emotion"] if interval[2]] == [
            (0.5, 2.25, 'an "angry" ä'), (2.25, 4.0, "sad"),
        ]  # fmt: skip
