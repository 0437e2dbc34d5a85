"""Nothing is left out in silence: what is not used is counted with its reason; the best of several copies is used."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
import soundfile
from made_annotations import recording
from ser_train.corpora import find_clips, search
from ser_train.corpora.audio import RecordingError, read_mono
from ser_train.corpora.noise import find_backgrounds
from ser_train.corpora.walk import walk
from ser_train.errors import TrainingError

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 12345\n"


def _touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def _reasons(*sources: Path, corpora: tuple[str, ...] = ()) -> dict[str, str]:
    """The reason of each file that is not used, by its name."""
    unused = search(sources, corpora).unused
    return {path.name: reason for path in unused.paths for reason in [_of(unused.notes(), unused, path)]}


def _of(notes: list[str], unused: object, path: Path) -> str:
    return next(note.split(": ", 2)[2] for note in notes if path in unused.of(note.split(": ", 2)[2]))  # type: ignore[attr-defined]


def test_every_file_that_looks_like_a_recording_is_counted(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    _touch(mine, "angry/anna_1.wav", "angry/anna_2.aiff", "sad/bert_1.oga", "sad/bert_2.au")
    _touch(mine, "angry/anna_3.m4a", "sad/bert_3.webm", "loose.wav", "notes.txt", "sad/list.csv", "5-1-A-3.wav")
    _touch(mine, ".Trash-0/angry/anna_9.wav", "__MACOSX/angry/._anna_1.wav", "running_tap.flac")
    clips = find_clips([mine])
    assert [clip.path.name for clip in clips] == ["anna_1.wav", "anna_2.aiff", "bert_1.oga", "bert_2.au"]
    ending = "sound of an ending that is not read: convert them to WAV or FLAC"
    hidden = "hidden, or in a hidden folder: a name begins with a point"
    loose = "named like no known corpus, in no folder named by a label and not annotated: name them in a manifest"
    assert _reasons(mine) == {
        "anna_3.m4a": ending,
        "bert_3.webm": ending,
        "loose.wav": loose,
        "anna_9.wav": hidden,
        "._anna_1.wav": hidden,
    }
    told: list[str] = []
    find_clips([mine], tell=told.append)
    assert f"not used: 2 files, such as {mine / 'angry' / 'anna_3.m4a'}: {ending}" in told
    assert f"not used: {mine / 'loose.wav'}: {loose}" in told


def test_where_nothing_can_be_used_the_reason_is_in_the_sentence(tmp_path: Path) -> None:
    _touch(tmp_path, "angry/anna_1.m4a", "sad/anna_2.m4a")
    with pytest.raises(TrainingError, match=r"no clip of .*; not used: 2 files, such as .*anna_1.m4a: sound of an"):
        find_clips([tmp_path])
    with pytest.raises(TrainingError, match=r"call.wav is no folder, no manifest .* and no annotation .*: give one of"):
        find_clips([recording(tmp_path / "call.wav").size and tmp_path / "call.wav"])


def test_files_of_known_corpora_that_are_not_asked_for_or_not_read(tmp_path: Path) -> None:
    _touch(tmp_path, "OAF_back_sad.wav", "1001_DFA_ANG_XX.wav", "VideoFlash/1001_DFA_ANG_XX.flv", "1002_DFA_ANG_XX.txt")
    assert _reasons(tmp_path, corpora=("tess",)) == {
        "1001_DFA_ANG_XX.wav": "CREMA-D, which is not among the corpora asked for",
        "1001_DFA_ANG_XX.flv": "sound of an ending that is not read: convert them to WAV or FLAC",
        "1002_DFA_ANG_XX.txt": "named like CREMA-D, but with an ending that is not read",
    }


def test_of_several_copies_the_readable_then_the_lossless_one_is_used(tmp_path: Path) -> None:
    """The tree that the documented command for CREMA-D leaves: recordings beside git-LFS pointers."""
    (tmp_path / "AudioMP3").mkdir()
    (tmp_path / "AudioWAV").mkdir()
    for name in ("1001_DFA_ANG_XX", "1002_DFA_SAD_XX"):
        recording(tmp_path / "AudioWAV" / f"{name}.wav", 0.5)
        (tmp_path / "AudioMP3" / f"{name}.mp3").write_text(POINTER.format(name))
    sound = recording(tmp_path / "AudioWAV" / "1003_DFA_SAD_XX.wav", 0.5)
    soundfile.write(tmp_path / "AudioMP3" / "1003_DFA_SAD_XX.mp3", sound, 16_000)
    soundfile.write(tmp_path / "AudioMP3" / "1004_DFA_SAD_XX.mp3", sound, 16_000)
    (tmp_path / "AudioWAV" / "1004_DFA_SAD_XX.wav").write_text(POINTER.format("x"))
    told: list[str] = []
    clips = find_clips([tmp_path], tell=told.append)
    assert [clip.path.name for clip in clips] == [
        "1001_DFA_ANG_XX.wav", "1002_DFA_SAD_XX.wav", "1003_DFA_SAD_XX.wav", "1004_DFA_SAD_XX.mp3",
    ]  # fmt: skip
    assert told == [
        f"not used: 3 files, such as {tmp_path}/AudioMP3/1001_DFA_ANG_XX.mp3: is a git-LFS pointer, not the recording: "
        "run `git lfs pull` there; another copy is used",
        f"not used: {tmp_path}/AudioMP3/1003_DFA_SAD_XX.mp3: a second copy of one that is used",
    ]
    with pytest.raises(
        RecordingError, match=r"1001_DFA_ANG_XX.mp3 is a git-LFS pointer, not the recording: run `git l"
    ):
        read_mono(tmp_path / "AudioMP3" / "1001_DFA_ANG_XX.mp3")


def test_a_table_that_is_a_pointer_is_named(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(POINTER.format("x"))
    with pytest.raises(TrainingError, match=r"mine.csv is a git-LFS pointer, not the table: run `git lfs pull` there"):
        find_clips([tmp_path / "mine.csv"])


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_are_followed_and_loops_end(tmp_path: Path) -> None:
    far, data = tmp_path / "far", tmp_path / "data"
    _touch(far, "sad/anna_1.wav", "noise/running_tap.wav", "deep/angry/bert_1.wav")
    _touch(data, "happy/carl_1.wav")
    (data / "more").symlink_to(far, target_is_directory=True)
    (far / "back").symlink_to(data, target_is_directory=True)
    (far / "deep" / "again").symlink_to(far, target_is_directory=True)
    (data / "self").symlink_to(data / "self")
    (data / "happy" / "gone_1.wav").symlink_to(tmp_path / "nowhere.wav")
    (data / "happy" / "carl_2.wav").symlink_to(data / "happy" / "carl_1.wav")
    clips = find_clips([data])
    assert sorted((clip.label, clip.speaker) for clip in clips) == [
        ("angry", "data-bert"), ("happy", "data-carl"), ("sad", "data-anna"),
    ]  # fmt: skip
    assert _reasons(data) == {"gone_1.wav": "links to nothing"}
    assert [path.name for path in find_backgrounds([data])] == ["running_tap.wav"]


def test_folders_that_cannot_be_opened_are_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _touch(tmp_path, "sad/anna_1.wav", "shut/anna_2.wav")
    scandir = os.scandir

    def guarded(folder: Path) -> object:
        if folder == tmp_path / "shut":  # root, who may run this test, can open every real one
            raise PermissionError(13, "Permission denied")
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", guarded)
    assert _reasons(tmp_path) == {"shut": "folders that cannot be opened: look at their permissions"}


def test_what_is_no_folder_has_no_files(tmp_path: Path) -> None:
    recording(tmp_path / "a.wav", 0.1)
    assert walk(tmp_path / "a.wav").files == walk(tmp_path / "gone").files == []
