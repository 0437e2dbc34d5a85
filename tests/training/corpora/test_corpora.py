"""Readers, manifests, search and census: names, labels and people that are known beforehand."""

from __future__ import annotations

import io
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from rich.console import Console
from ser_train.commands.count_corpora import count_corpora, download_corpus, list_corpora
from ser_train.corpora import CORPORA, find_clips, search
from ser_train.corpora.census import CorpusCensus, census
from ser_train.corpora.census_text import census_notes, census_table, label_table
from ser_train.corpora.words import label_of
from ser_train.errors import TrainingError
from voices import noise


def _touch(folder: Path, *names: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).touch()


def _record(path: Path, seconds: float = 0.1, seed: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, noise(seconds, seed=seed), 16_000)
    return path


def _printed(*things: Any, width: int) -> str:
    console = Console(width=width, file=io.StringIO(), record=True)
    for thing in things:
        console.print(thing)
    return console.export_text()


@pytest.mark.parametrize(
    ("name", "corpus", "label", "speaker", "sex", "intensity", "age"),
    [
        ("1001_DFA_ANG_XX.wav", "cremad", "angry", "cremad-1001", "male", None, None),
        ("1002_IEO_FEA_HI.opus", "cremad", "fear", "cremad-1002", "female", "HI", None),
        ("1040_ITH_SAD_X.flac", "cremad", "sad", "cremad-1040", "male", None, None),
        ("03-01-02-01-01-01-12.wav", "ravdess", "calm", "ravdess-12", "female", "normal", None),
        ("03-01-08-02-02-02-03.mp3", "ravdess", "surprise", "ravdess-03", "male", "strong", None),
        ("03-02-06-02-02-02-03.wav", "ravdess-song", "fear", "ravdess-03", "male", "strong", None),
        ("OAF_back_ps.wav", "tess", "surprise", "tess-OAF", "female", None, 64),
        ("OA_bite_neutral.WAV", "tess", "neutral", "tess-OAF", "female", None, 64),
        ("YAF_dog_fear.ogg", "tess", "fear", "tess-YAF", "female", None, 26),
        ("DC_a01.wav", "savee", "angry", "savee-DC", "male", None, None),
        ("KL_su15.wav", "savee", "surprise", "savee-KL", "male", None, None),
        ("AudioData/JE/sa07.wav", "savee", "sad", "savee-JE", "male", None, None),
        ("AudioData/JK/n30.wav", "savee", "neutral", "savee-JK", "male", None, None),
        ("03a01Fa.wav", "emodb", "happy", "emodb-03", "male", None, 31),
        ("16b10Lb.wav", "emodb", "bored", "emodb-16", "female", None, 31),
        ("08a02Tb.wav", "emodb", "sad", "emodb-08", "female", None, 34),
    ],
)
def test_names_are_read_in_any_tree(
    tmp_path: Path, name: str, corpus: str, label: str, speaker: str, sex: str, intensity: str | None, age: int | None
) -> None:
    path = tmp_path / "some" / "tree" / name
    _touch(path.parent, path.name)
    (clip,) = find_clips([tmp_path], CORPORA)
    assert (clip.corpus, clip.label, clip.speaker, clip.sex) == (corpus, label, speaker, sex)
    assert (clip.intensity, clip.age, clip.path) == (intensity, age, path)


@pytest.mark.parametrize(
    "name",
    [
        "1092_DFA_ANG_XX.wav",
        "03-01-02-01-01-01-25.wav",
        "02-01-02-01-01-01-01.wav",
        "17a01Fa.wav",
        "XY_a01.wav",
        "1001_DFA_ANG_XX.txt",
        "OAF_back_bored.wav",
        "AudioData/a01.wav",
    ],
)
def test_names_of_no_corpus_are_passed_over(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    _touch(path.parent, path.name)
    assert search([tmp_path]).clips == []


def test_savee_is_told_apart_by_folder_and_found_whole(tmp_path: Path) -> None:
    counts = {"a": 15, "d": 15, "f": 15, "h": 15, "n": 30, "sa": 15, "su": 15}
    for speaker in ("DC", "JE", "JK", "KL"):
        names = (f"{emotion}{i:02d}.wav" for emotion, count in counts.items() for i in range(1, count + 1))
        _touch(tmp_path / "AudioData" / speaker, *names)
    clips = find_clips([tmp_path], ["savee"])
    assert Counter(clip.label for clip in clips) == CORPORA["savee"].labels
    assert len(clips) == CORPORA["savee"].clips == 480
    assert len({clip.speaker for clip in clips}) == CORPORA["savee"].speakers
    assert {clip.name for clip in clips} >= {"DC_a01", "JE_a01", "JK_a01", "KL_a01"}
    _touch(tmp_path / "ALL", "DC_a01.wav")
    assert [clip.path.name for clip in search([tmp_path]).doubles] == ["a01.wav"]  # ALL comes first


def test_official_counts() -> None:
    clips = {name: corpus.clips for name, corpus in CORPORA.items()}
    assert clips == {"cremad": 7442, "ravdess": 1440, "ravdess-song": 1012, "tess": 2800, "savee": 480, "emodb": 535}


def test_known_faults_and_second_copies_are_left_out(tmp_path: Path) -> None:
    _touch(tmp_path / "a", "1076_MTI_SAD_XX.wav", "1001_DFA_ANG_XX.wav", "notes.txt", "1001_DFA_ANG_XX.txt")
    _touch(tmp_path / "b", "1001_DFA_ANG_XX.wav", "03-01-03-01-02-02-07.wav", "1040_ITH_SAD_X.wav")
    _touch(tmp_path / "c", "1040_ITH_SAD_XX.wav")
    found = search([tmp_path])
    assert [clip.path for clip in found.clips] == [
        tmp_path / "a" / "1001_DFA_ANG_XX.wav",
        tmp_path / "b" / "1040_ITH_SAD_X.wav",
    ]
    assert {clip.name for clip in found.faulty} == {"1076_MTI_SAD_XX", "03-01-03-01-02-02-07"}
    assert [clip.path.parent.name for clip in found.doubles] == ["b", "c"]
    assert find_clips([tmp_path / "a", tmp_path, tmp_path / "b"]) == found.clips  # a folder given twice doubles nothing


def test_no_clip_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no clip of CREMA-D below"):
        find_clips([tmp_path], ["cremad"])
    with pytest.raises(TrainingError, match=r"no clip of CREMA-D, RAVDESS speech, .*SAVEE"):
        find_clips([tmp_path])
    with pytest.raises(TrainingError, match="there is no folder"):
        find_clips([tmp_path / "nowhere"], ["cremad"])
    with pytest.raises(TrainingError, match="there is no manifest"):
        find_clips([tmp_path / "mine.csv"])
    with pytest.raises(TrainingError, match="there is no corpus cremadd: give one of cremad, "):
        find_clips([tmp_path], ["cremadd"])


PEOPLE = '"ActorID","Age","Sex","Race","Ethnicity"\n1001,51,"Male","Caucasian","Not Hispanic"\n'
VOTES = (
    '"","A","D","F","H","N","S","fileName","numResponses"\n'
    '"100001",6,2,0,0,2,0,"1001_DFA_ANG_XX",10\n'
    '"200001",0,0,0,0,9,0,"1001_DFA_ANG_XX",9\n'
)


def test_tables_of_cremad_are_found_anywhere(tmp_path: Path) -> None:
    _touch(tmp_path / "sound", "1001_DFA_ANG_XX.wav", "1002_DFA_ANG_XX.wav")
    clips = find_clips([tmp_path / "sound"])
    assert [(clip.sex, clip.age, clip.ethnicity, clip.perceived) for clip in clips] == [
        ("male", None, None, ()),
        ("female", None, None, ()),
    ]
    (tmp_path / "words" / "deep").mkdir(parents=True)
    (tmp_path / "words" / "deep" / "VideoDemographics.csv").write_text(PEOPLE)
    (tmp_path / "words" / "tabulatedVotes.csv").write_text(VOTES)
    first, second = find_clips([tmp_path / "sound", tmp_path / "words"])
    assert (first.age, first.ethnicity) == (51, "Caucasian, Not Hispanic")
    assert first.perceived == (("angry", 0.6), ("disgust", 0.2), ("neutral", 0.2))  # those who heard the voice alone
    assert (second.age, second.perceived) == (None, ())


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("VideoDemographics.csv", PEOPLE.replace("Race", "Colour"), "the column race is missing"),
        ("VideoDemographics.csv", PEOPLE.replace("51", "old"), "line 2: the age 'old' is no number"),
        ("tabulatedVotes.csv", VOTES.replace(",6,2", ",six,2"), "line 2: a count of votes is no number"),
        ("tabulatedVotes.csv", "\0\xff", "tabulatedVotes.csv"),
    ],
)
def test_a_broken_table_of_cremad_is_named(tmp_path: Path, name: str, text: str, said: str) -> None:
    _touch(tmp_path, "1001_DFA_ANG_XX.wav", "OAF_back_sad.wav")
    (tmp_path / name).write_text(text, encoding="latin-1")
    with pytest.raises(TrainingError, match=said):
        find_clips([tmp_path])
    assert len(find_clips([tmp_path], ["tess"])) == 1  # whom it does not concern, it does not stop


def test_words() -> None:
    assert [label_of(w) for w in ("Anger", " HAPPINESS", "pleasant-surprise", "boredom", "Disgusted")] == [
        "angry", "happy", "surprise", "bored", "disgust",
    ]  # fmt: skip
    assert [label_of(w) for w in ("calm", "neutral", "fearful", "sad", "excited", "")] == [
        "calm", "neutral", "fear", "sad", None, None,
    ]  # fmt: skip


def test_folders_named_by_labels(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    _touch(mine / "Anger", "anna_1.wav", "bert-2.flac", ".anna_3.wav", "anna_1.txt")
    _touch(mine / "studio" / "sadness" / "loud", "anna_1.mp3")
    _touch(mine / "unsure", "anna_9.wav")
    clips = find_clips([mine], ["cremad"])  # given by name: used whatever the recipe's corpora are
    assert [(clip.name, clip.label, clip.speaker) for clip in clips] == [
        ("Anger/anna_1", "angry", "mine-anna"),
        ("Anger/bert-2", "angry", "mine-bert"),
        ("studio/sadness/loud/anna_1", "sad", "mine-anna"),
    ]
    assert {(clip.corpus, clip.sex, clip.text, clip.side) for clip in clips} == {("mine", None, "", None)}
    by_take = find_clips([mine], speaker_pattern=r"(\d)\.\w+$")
    assert [clip.speaker for clip in by_take] == ["mine-1", "mine-2", "mine-1"]


def test_label_folders_beside_a_known_corpus_are_told_of(tmp_path: Path) -> None:
    _touch(tmp_path / "tess", "OAF_back_sad.wav")
    _touch(tmp_path / "mine" / "angry", "anna_1.wav")
    assert search([tmp_path]).unclaimed == [tmp_path / "mine" / "angry" / "anna_1.wav"]
    both = search([tmp_path, tmp_path / "mine"])
    assert both.unclaimed == []
    assert {clip.corpus for clip in both.clips} == {"tess", "mine"}
    assert {clip.corpus for clip in find_clips([tmp_path, tmp_path / "mine"], ["mine"])} == {"mine"}


@pytest.mark.parametrize(
    ("pattern", "said"),
    [("(", "is no regular expression"), ("anna", "has no group"), (r"(\d+)", "finds no speaker in angry/anna.wav")],
)
def test_a_speaker_pattern_that_cannot_work_is_refused(tmp_path: Path, pattern: str, said: str) -> None:
    _touch(tmp_path / "angry", "anna.wav")
    with pytest.raises(TrainingError, match=said):
        find_clips([tmp_path], speaker_pattern=pattern)


def test_speakers_of_folders_of_one_name_are_not_mixed_up(tmp_path: Path) -> None:
    for place in ("a", "b"):
        _touch(tmp_path / place / "mine" / "sad", "anna_1.wav")
    with pytest.raises(TrainingError, match="would both be named mine: rename one"):
        find_clips([tmp_path / "a" / "mine", tmp_path / "b" / "mine"])
    _touch(tmp_path / "cremad" / "sad", "1001.wav")
    (clip,) = find_clips([tmp_path / "cremad"])
    assert (clip.corpus, clip.speaker) == ("cremad-folder", "cremad-folder-1001")


def test_a_manifest(tmp_path: Path) -> None:
    _touch(tmp_path / "sound", "1.wav", "2.wav", "3.opus")
    manifest = tmp_path / "home.csv"
    manifest.write_text(
        "\ufeffPath, Label,speaker,split,sex,age,text,colour,corpus\n"
        "sound/1.wav,Anger,anna,train,F,31,hello,red,\n"
        '"sound/2.wav",surprised,bert,dev,,,"well, well",blue,other\n'
        "\n"
        "sound/3.opus,calm,anna,TEST,male,,,,\n"
        "sound/4.wav,sad,anna,,,,,,\n"
    )
    first, third, second = find_clips([manifest], ["cremad"])
    assert (first.path, first.corpus, first.label, first.speaker) == (
        tmp_path / "sound" / "1.wav", "home", "angry", "home-anna",
    )  # fmt: skip
    assert (first.side, first.sex, first.age, first.text) == ("train", "female", 31, "home-hello")
    assert (second.corpus, second.speaker, second.side, second.text) == (
        "other", "other-bert", "validation", "other-well, well",
    )  # fmt: skip
    assert (third.side, third.sex, third.age, third.text) == ("test", "male", None, "")
    assert [clip.path.name for clip in search([manifest]).absent] == ["4.wav"]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("path,label\n1.wav,sad", "the column speaker is missing: the first line must name path, label, speaker"),
        ("", "the column path, label, speaker is missing"),
        ("path,label,speaker", "names no recordings"),
        (
            "path,label,speaker\n1.wav,sad,a\n2.wav,excited,a",
            "line 3: the label 'excited' is not known: give one of an",
        ),
        ("path,label,speaker\n1.wav,sad,", "line 2: the speaker is empty"),
        ("path,label,speaker\n,sad,a", "line 2: the path is empty"),
        ("path,label,speaker\n1.wav,sad,a\n./1.wav,sad,b", "line 3: ./1.wav is in line 2 already"),
        ("path,label,speaker\n1.wav,sad", "line 2: 2 values for 3 columns"),
        ("path,label,speaker\n8.wav,sad,a\n9.wav,sad,a", "not one of the 2 files .* is there, such as .*8.wav"),
        ("path,label,speaker,split\n1.wav,sad,a,half", "line 2: the split 'half' is not known"),
        ("path,label,speaker,sex\n1.wav,sad,a,femal", "line 2: the sex 'femal' is not known"),
        ("path,label,speaker,age\n1.wav,sad,a,old", "line 2: the age 'old' is not known"),
        ("path,label,speaker\n" + "9" * 400 + ".wav,sad,a", "not one of the 1 files"),
        ("path,label,speaker\n1\0.wav,sad,a", "cannot be read as a CSV table"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_one_sentence(tmp_path: Path, lines: str, said: str) -> None:
    _touch(tmp_path, "1.wav", "2.wav")
    (tmp_path / "mine.csv").write_text(lines)
    with pytest.raises(TrainingError, match=said) as refusal:
        find_clips([tmp_path / "mine.csv"])
    assert "\n" not in str(refusal.value)


def test_a_manifest_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_bytes(b"path,label,speaker\n\xff\xfe")
    with pytest.raises(TrainingError, match="cannot be read as a CSV table in UTF-8"):
        find_clips([tmp_path / "mine.csv"])


def test_a_file_on_two_sides_is_refused(tmp_path: Path) -> None:
    _touch(tmp_path, "1.wav")
    for side in ("train", "test"):
        (tmp_path / f"{side}.csv").write_text(f"path,label,speaker,corpus,split\n1.wav,sad,a,mine,{side}\n")
    with pytest.raises(TrainingError, match=r"1.wav is given twice.*or on two sides of the split"):
        find_clips([tmp_path / "train.csv", tmp_path / "test.csv"])
    assert len(find_clips([tmp_path / "test.csv", tmp_path / "test.csv"])) == 1


def _census(*sources: Path, **options: Any) -> dict[str, CorpusCensus]:
    return {row.name: row for row in census(find_clips(sources, **options), sources)}


def test_census_counts_and_names_faults(tmp_path: Path) -> None:
    first = _record(tmp_path / "a" / "1001_DFA_ANG_XX.wav", 1.8)
    _record(tmp_path / "a" / "1002_DFA_SAD_XX.wav", 1.8, seed=1)
    _record(tmp_path / "a" / "1076_MTI_SAD_XX.wav", 3.6)
    _record(tmp_path / "a" / "1006_TIE_HAP_XX.flac", 1.8, seed=2)
    same = tmp_path / "b" / "1003_DFA_ANG_XX.wav"
    again = tmp_path / "b" / "1001_DFA_ANG_XX.wav"
    empty, pointer, broken, hollow = (tmp_path / "b" / f"100{i}_IEO_FEA_LO.wav" for i in range(4, 8))
    same.parent.mkdir()
    for copy in (same, again):
        copy.write_bytes(first.read_bytes())
    empty.touch()
    pointer.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 78536\n")
    broken.write_bytes(b"RIFF nothing")
    soundfile.write(hollow, np.zeros(0, np.float32), 16_000)
    row = _census(tmp_path)["cremad"]
    assert (row.files, row.clips, row.speakers, row.sexes) == (9, 8, 8, {"female": 6, "male": 2})
    assert row.hours == pytest.approx((4 * 1.8 + 3.6) / 3600)
    assert row.labels == {"angry": 2, "fear": 4, "happy": 1, "sad": 2}
    assert row.missing == {"angry": 1269, "disgust": 1271, "fear": 1267, "happy": 1270, "neutral": 1087, "sad": 1269}
    assert row.known_missing == ("1006_TIE_NEU_XX", "1013_WSI_SAD_XX", "1017_IWW_FEA_XX")
    assert row.double == {
        str(again): f"the same name as {first}",
        str(same): f"the same bytes as {first}",
    }
    assert row.left_out == {"1076_MTI_SAD_XX.wav": "silent"}
    assert set(row.odd) == {"1006_TIE_HAP_XX.flac"}
    assert {Path(name).name: re.split(r":| \(", why)[0] for name, why in row.faulty.items()} == {
        empty.name: "is an empty file",
        pointer.name: "is a git-LFS pointer, not the recording",
        broken.name: "cannot be decoded",
        hollow.name: "holds no sample",
    }
    assert not row.sound
    text = _printed(census_table([row]), label_table([row]), *census_notes([row]), width=400)
    assert "cremad: left out: 1076_MTI_SAD_XX.wav (silent)" in text
    assert "missing from the official release: angry 1,269" in text


def test_a_whole_corpus_is_sound_and_one_clip_less_is_not(tmp_path: Path) -> None:
    number = 0
    for letter, count in {"a": 15, "d": 15, "f": 15, "h": 15, "n": 30, "sa": 15, "su": 15}.items():
        for speaker in ("DC", "JE", "JK", "KL"):
            for i in range(1, count + 1):
                path = tmp_path / speaker / f"{letter}{i:02d}.wav"
                path.parent.mkdir(exist_ok=True)
                number += 1  # no two files alike
                soundfile.write(path, np.array([number / 1000], np.float64), 16_000, subtype="DOUBLE")
    row = _census(tmp_path)["savee"]
    assert (row.missing, row.double, row.faulty, row.sound) == ({}, {}, {}, True)
    (tmp_path / "DC" / "a01.wav").unlink()
    row = _census(tmp_path)["savee"]
    assert (row.missing, row.sound) == ({"angry": 1}, False)


def test_census_of_ones_own_recordings_warns_of_speakers(tmp_path: Path) -> None:
    for i, name in enumerate(("anna", "bert", "carl")):
        _record(tmp_path / "mine" / "sad" / f"{name}.wav", seed=i)
    row = _census(tmp_path / "mine")["mine"]
    assert (row.files, row.official, row.missing, row.sexes) == (3, {}, {}, {"unknown": 3})
    assert "every recording has a speaker of its own" in row.warnings[0]
    assert (
        "all recordings are of one speaker" in _census(tmp_path / "mine", speaker_pattern="(sad)")["mine"].warnings[0]
    )
    assert not row.sound
    _record(tmp_path / "mine" / "angry" / "anna_2.wav", seed=9)
    row = _census(tmp_path / "mine")["mine"]
    assert row.warnings == ()
    assert row.sound


def test_census_of_a_manifest_counts_files_that_are_not_there(tmp_path: Path) -> None:
    _record(tmp_path / "1.wav", seed=1)
    _record(tmp_path / "2.wav", seed=2)
    _record(tmp_path / "3.wav", seed=3)
    lines = (f"{i}.wav,sad,{'ab'[i % 2]}" for i in range(1, 6))
    (tmp_path / "mine.csv").write_text("\n".join(["path,label,speaker", *lines]))
    row = _census(tmp_path / "mine.csv")["mine"]
    assert row.files == 3
    assert list(row.faulty.values()) == ["is not there"] * 2


def test_the_command_counts_and_strictness_refuses(tmp_path: Path) -> None:
    _record(tmp_path / "tess" / "OAF_back_sad.wav")
    _record(tmp_path / "other" / "angry" / "anna_1.wav", seed=1)
    console = Console(width=200, file=io.StringIO(), record=True)
    count_corpora([tmp_path], console)
    text = console.export_text()
    assert "tess: CC BY-NC-ND 4.0; https://tspace.library.utoronto.ca/handle/1807/24487" in text
    assert f"not used: {tmp_path}/other/angry/anna_1.wav: below folders named by labels" in text
    with pytest.raises(TrainingError, match="not complete or not without faults: tess;"):
        count_corpora([tmp_path], console, strict=True)


def test_the_command_lists_what_there_is() -> None:
    console = Console(width=80, file=io.StringIO(), record=True)
    list_corpora(console)
    text = console.export_text()
    assert "ser-train corpora --download ravdess-song --into FOLDER" in text
    assert "git clone https://github.com/CheyneyComputerScience/CREMA-D" in text
    for corpus in CORPORA.values():
        assert f"{corpus.name}: {corpus.title}, {corpus.licence}\n    {corpus.url}\n" in text


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nothing", "there is no corpus 'nothing': give one of cremad"),
        ("savee", "SAVEE cannot be fetched directly .its owners ask for registration"),
        ("cremad", "CREMA-D cannot be fetched directly .git-LFS repository: .*git clone"),
    ],
)
def test_what_cannot_be_fetched_says_where_it_is(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(TrainingError, match=said):
        download_corpus(name, tmp_path, Console(quiet=True))


@pytest.mark.corpora
def test_the_corpora_at_hand_are_found_whole(corpora: Path) -> None:
    clips = find_clips([corpora], CORPORA)
    rows = {row.name: row for row in census(clips, [corpora])}
    assert {name: row.files for name, row in rows.items()} == {
        "cremad": 7439, "emodb": 535, "ravdess": 1439, "ravdess-song": 1012, "tess": 2800,
    }  # fmt: skip
    assert {name: row.clips for name, row in rows.items()} == {
        "cremad": 7438, "emodb": 535, "ravdess": 1439, "ravdess-song": 1012, "tess": 2798,
    }  # fmt: skip
    assert {name: row.sexes for name, row in rows.items()} == {
        "cremad": {"female": 43, "male": 48},
        "emodb": {"female": 5, "male": 5},
        "ravdess": {"female": 12, "male": 12},
        "ravdess-song": {"female": 11, "male": 12},
        "tess": {"female": 2},
    }
    hours = {"cremad": 5.26, "emodb": 0.41, "ravdess": 1.48, "ravdess-song": 1.31, "tess": 1.60}
    assert {name: row.hours for name, row in rows.items()} == pytest.approx(hours, abs=0.006)
    assert rows["cremad"].missing == {"fear": 1, "neutral": 1, "sad": 1}
    assert rows["ravdess"].missing == {"happy": 1}
    assert len(rows["cremad"].odd) == 4
    assert all(row.sound for row in rows.values())
    text = _printed(census_table(list(rows.values())), label_table(list(rows.values())), width=80)
    assert "…" not in text  # nothing is cut off
    assert all(f"{count:,}" in text for row in rows.values() for count in row.labels.values())
    women = {clip.speaker for clip in clips if clip.corpus == "cremad" and clip.sex == "female"}
    with (corpora / "cremad" / "VideoDemographics.csv").open() as file:
        assert women == {f"cremad-{line[:4]}" for line in file if '"Female"' in line}
    voted = [clip for clip in clips if clip.perceived]
    assert len(voted) == 7438
    assert all(sum(share for _, share in clip.perceived) == pytest.approx(1) for clip in voted)
    agreed = 0
    for clip in voted:
        best = max(share for _, share in clip.perceived)
        agreed += [word for word, share in clip.perceived if share == best] == [clip.label]
    assert agreed / len(voted) == pytest.approx(0.416, abs=0.0005)
    ages = {clip.speaker: clip.age for clip in voted}
    assert (min(map(int, filter(None, ages.values()))), max(map(int, filter(None, ages.values())))) == (20, 74)
