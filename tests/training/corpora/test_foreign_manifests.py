"""Manifests as other programs, systems and hands write them."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from made_annotations import recording
from ser_train.corpora import find_clips
from ser_train.errors import TrainingError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Sound").mkdir()
    recording(tmp_path / "Sound" / "One.wav", 5.0)
    recording(tmp_path / "Sound" / f"{unicodedata.normalize('NFC', 'zoë')}.wav", 5.0)
    return tmp_path


def _found(folder: Path, data: bytes, name: str = "mine.csv") -> list[tuple[str, str, str]]:
    (folder / name).write_bytes(data)
    return [(clip.path.name, clip.label, clip.speaker) for clip in find_clips([folder / name])]


ONE = [("One.wav", "sad", "mine-anna")]


@pytest.mark.parametrize(
    "data",
    [
        b"path,label,speaker\nSound/One.wav,sad,anna\n",
        b"path;label;speaker\nSound/One.wav;sad;anna\n",
        b"path\tlabel\tspeaker\r\nSound/One.wav\tsad\tanna\r\n",
        b"sep=;\r\npath;label;speaker\r\nSound/One.wav;sad;anna\r\n",
        b'"path";"label";"speaker"\n"Sound/One.wav";"sad";"anna"\n',
        "path\tlabel\tspeaker\r\nSound/One.wav\tsad\tanna\r\n".encode("utf-16"),
        b"path,label,speaker\nSound\\One.wav,sad,anna\n",
        b"path,label,speaker\n.\\sound\\ONE.WAV,sad,anna\n",
        b"path,label,speaker\nsound/one.wav,sad,anna\n",
        b"path;label;speaker;start;end\nSound/One.wav;sad;anna;0,5;4,25\n",
        b"note;path;label;speaker\na, b, c;Sound/One.wav;sad;anna\n",
        b"path\rlabel\rspeaker".replace(b"\r", b",") + b"\rSound/One.wav,sad,anna\r",
    ],
)
def test_other_marks_and_spellings_are_read(folder: Path, data: bytes) -> None:
    assert _found(folder, data) == ONE


def test_another_unicode_form_of_a_name_and_an_absolute_path(folder: Path) -> None:
    name = unicodedata.normalize("NFD", "zoë")
    ((found, _, _),) = _found(folder, f"path,label,speaker\nSound/{name}.wav,sad,anna\n".encode())
    assert unicodedata.normalize("NFC", found) == unicodedata.normalize("NFC", "zoë.wav")
    assert _found(folder, f"path,label,speaker\n{folder}/SOUND/one.wav,sad,anna\n".encode()) == ONE
    assert _found(folder, b"path\tlabel\tspeaker\nSound/One.wav\tsad\tanna\n", "mine.tsv") == ONE


def test_decimal_commas_of_a_table_of_semicolons(folder: Path) -> None:
    (folder / "mine.csv").write_text("path;label;speaker;start;end\nSound/One.wav;sad;anna;0,5;4,25\n")
    (clip,) = find_clips([folder / "mine.csv"])
    assert clip.excerpt == (0.5, 4.25, None)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"path;label;speaker\nSound/One.wav;sad\n", "line 2: 2 values for 3 columns, divided by semicolons: put val"),
        (b"sep=;\npath;label;speaker\nSound/One.wav;sad\n", "line 3: 2 values for 3 columns"),
        (b"path,label,speaker,label\nSound/One.wav,sad,anna,sad\n", "the column label stands twice: remove one"),
        (b"path;label\nSound/One.wav;sad\n", "the column speaker is missing: the first line must name path, label"),
        ("path,label,speaker\nzoë.wav,sad,anna\n".encode("latin-1"), "cannot be read as a CSV table in UTF-8"),
        (b"path,label,speaker\nSound/one.wav,sad,anna\nSOUND/ONE.WAV,sad,b\n", "line 3: SOUND/ONE.WAV is in line 2"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_the_true_reason(folder: Path, data: bytes, said: str) -> None:
    with pytest.raises(TrainingError, match=said):
        _found(folder, data)


def test_a_name_that_may_mean_two_files_is_refused(folder: Path) -> None:
    recording(folder / "Sound" / "ONE.wav", 0.5)
    if len(list((folder / "Sound").glob("*ne.wav"))) == len(list((folder / "Sound").glob("*NE.wav"))) == 2:
        pytest.skip("this file system takes both names for one file")
    with pytest.raises(TrainingError, match=r"line 2: one.wav may be ONE.wav or One.wav in .*Sound: write the name as"):
        _found(folder, b"path,label,speaker\nSound/one.wav,sad,anna\n")
    assert _found(folder, b"path,label,speaker\nSound/One.wav,sad,anna\n") == ONE


def test_names_that_differ_in_case_blanks_or_encoding_are_one_person(tmp_path: Path) -> None:
    for n in range(7):
        recording(tmp_path / f"{n}.wav", 0.5)
    names = ("SP01", "sp01", "Sp01 ", "sp 02", "sp  02", "Zoe\u0308", "zo\u00eb")
    rows = "".join(f"{n}.wav,sad,{name}\n" for n, name in enumerate(names))
    (tmp_path / "mine.csv").write_text(f"path,label,speaker\n{rows}", encoding="utf-8")
    told: list[str] = []
    clips = find_clips([tmp_path / "mine.csv"], tell=told.append)
    assert [clip.speaker for clip in clips] == ["mine-SP01"] * 3 + ["mine-sp 02"] * 2 + ["mine-Zoe\u0308"] * 2
    assert told == [
        "speakers whose names differ only in case, blanks or accents' encoding are one person: mine-SP01 = mine-Sp01 = "
        "mine-sp01; mine-sp 02 = mine-sp  02; mine-Zoe\u0308 = mine-zo\u00eb; rename them where they are not"
    ]


def test_people_of_label_folders_are_one_too(tmp_path: Path) -> None:
    for name in ("sad/Anna_1.wav", "happy/anna_2.wav"):
        (tmp_path / "mine" / name).parent.mkdir(parents=True)
        recording(tmp_path / "mine" / name, 0.5)
    told: list[str] = []
    assert len({clip.speaker for clip in find_clips([tmp_path / "mine"], tell=told.append)}) == 1
    assert "mine-anna = mine-Anna" in told[0]
