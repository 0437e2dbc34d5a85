"""Which recordings are found, and what is left out."""

from __future__ import annotations

import io
import sys
from collections import Counter
from pathlib import Path

import pytest

from ser_live.archive.find import Found, find
from ser_live.errors import SettingsError, SourceError


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def found(*paths: Path | str, pattern: str | None = None, out: Path = Path("nowhere")) -> Found:
    return find([str(path) for path in paths], pattern=pattern, out=out)


def names(found: Found) -> list[str]:
    return [recording.name for recording in found.recordings]


def test_folders_are_gone_through_and_what_is_left_out_is_counted(tmp_path: Path) -> None:
    touch(
        tmp_path / "b.WAV",
        tmp_path / "sub/a.mp3",
        tmp_path / "._b.wav",
        tmp_path / ".git/c.wav",
        tmp_path / "notes.txt",
    )
    result = found(tmp_path)
    assert names(result) == ["b.WAV", "sub/a.mp3"]
    assert result.left_out == Counter({"hidden": 2, "no recording by its name": 1})


def test_links_are_followed_once_and_loops_end(tmp_path: Path) -> None:
    touch(tmp_path / "in/a.wav", tmp_path / "elsewhere/b.wav")
    (tmp_path / "in/loop").symlink_to(tmp_path / "in")
    (tmp_path / "in/more").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "in/again").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "in/gone.wav").symlink_to(tmp_path / "nothing.wav")
    (tmp_path / "in/itself.wav").symlink_to(tmp_path / "in/itself.wav")
    result = found(tmp_path / "in")
    assert sorted(name.rpartition("/")[2] for name in names(result)) == ["a.wav", "b.wav"]
    assert result.left_out["no regular file, or a link to nothing"] == 2


def test_results_are_never_taken_for_recordings(tmp_path: Path) -> None:
    touch(tmp_path / "a.wav", tmp_path / "out/recordings/a.wav")
    assert names(found(tmp_path, out=tmp_path / "out")) == ["a.wav"]


def test_several_folders_keep_their_names_so_that_equal_files_do_not_meet(tmp_path: Path) -> None:
    touch(tmp_path / "x/a.wav", tmp_path / "y/a.wav")
    assert names(found(tmp_path / "x", tmp_path / "y")) == ["x/a.wav", "y/a.wav"]
    assert names(found(tmp_path / "x/a.wav", tmp_path / "y/a.wav")) == ["x/a.wav", "y/a.wav"]


def test_a_file_that_is_named_twice_is_taken_once(tmp_path: Path) -> None:
    touch(tmp_path / "a.wav")
    result = found(tmp_path, tmp_path / "a.wav")
    assert names(result) == ["a.wav"]
    assert result.left_out == Counter({"named twice": 1})


def test_a_file_that_is_named_itself_may_have_any_ending(tmp_path: Path) -> None:
    touch(tmp_path / "voice")
    assert names(found(tmp_path / "voice")) == ["voice"]


def test_a_pattern_chooses_among_the_files_of_folders(tmp_path: Path) -> None:
    touch(tmp_path / "call-1.wav", tmp_path / "music.wav", tmp_path / "call-2.raw")
    assert names(found(tmp_path, pattern="call-*")) == ["call-1.wav", "call-2.raw"]


def test_lists_come_from_files_and_from_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path / "a.wav", tmp_path / "b.wav")
    listed = tmp_path / "list.txt"
    listed.write_text(f"{tmp_path / 'a.wav'}\n\n", encoding="utf-8-sig")
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{tmp_path / 'b.wav'}\r\n"))
    assert names(found(f"@{listed}", "-")) == ["a.wav", "b.wav"]


def test_urls_are_read_through_fsspec(tmp_path: Path) -> None:
    pytest.importorskip("fsspec")
    touch(tmp_path / "calls/a.wav", tmp_path / "calls/notes.txt")
    result = found(f"file://{tmp_path}/calls")
    assert [recording.path for recording in result.recordings] == [f"file://{tmp_path}/calls/a.wav"]
    assert result.left_out["no recording by its name"] == 1
    with pytest.raises(SourceError, match=r"cannot be read: .*: check the address and your rights"):
        found("file:///nowhere/at/all.wav")


def test_what_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    touch(tmp_path / "texts/notes.txt")
    with pytest.raises(SourceError, match=r"there is no file or folder .*/missing: check the path"):
        found(tmp_path / "missing")
    with pytest.raises(SourceError, match=r"no recording was found in .*/empty: looked for endings like"):
        found(tmp_path / "empty")
    with pytest.raises(SourceError, match=r"looked for names like \*.wav \(1 no recording by its name\)"):
        found(tmp_path / "texts", pattern="*.wav")
    with pytest.raises(SourceError, match=r"the list .* cannot be read: No such file or directory: check the path"):
        found(f"@{tmp_path / 'no list'}")


def test_names_that_differ_in_case_alone_are_refused(tmp_path: Path) -> None:
    touch(tmp_path / "a.wav", tmp_path / "A.wav")
    if len(list(tmp_path.iterdir())) == 1:
        pytest.skip("this disk takes them for one file")
    with pytest.raises(SettingsError, match="would have their results in one file"):
        found(tmp_path)
