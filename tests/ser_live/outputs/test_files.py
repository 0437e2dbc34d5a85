"""Files that are opened to be written: what was there is lost to nobody's mistake."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import numpy as np
import pytest

from ser_live.errors import OutputError, SettingsError
from ser_live.outputs import files
from ser_live.outputs.by_ending import FORMATS, format_of
from ser_live.outputs.files import OutputFile, refuse_doubles
from ser_live.outputs.recording import Recorder
from ser_live.outputs.table import PredictionTable


def test_an_existing_file_is_kept_until_the_first_write_and_without_overwrite_refused(tmp_path: Path) -> None:
    path = tmp_path / "keep.wav"
    path.write_bytes(b"precious")
    with pytest.raises(
        OutputError,
        match=r"^\S*keep\.wav exists and holds 8 bytes: give --overwrite to replace it, or write to another file$",
    ):
        OutputFile(path)
    with OutputFile(path, overwrite=True):
        assert path.read_bytes() == b"precious"
    assert path.read_bytes() == b"precious"
    with OutputFile(path, overwrite=True) as file:
        file.write(b"new")
        file.write(b"er")
    assert path.read_bytes() == b"newer"


def test_a_new_file_that_is_never_written_to_goes_again_and_an_empty_one_may_be_filled(tmp_path: Path) -> None:
    path = tmp_path / "new.jsonl"
    with OutputFile(path):
        assert path.exists()
    assert not path.exists()
    path.touch()
    with OutputFile(path) as file:
        file.write(b"x")
    assert path.read_bytes() == b"x"


def test_a_link_to_nothing_makes_its_file(tmp_path: Path) -> None:
    link = tmp_path / "link.jsonl"
    link.symlink_to(tmp_path / "there.jsonl")
    with OutputFile(link) as file:
        file.write(b"x")
    assert (tmp_path / "there.jsonl").read_bytes() == b"x"


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
def test_voices_are_for_this_user_alone(tmp_path: Path) -> None:
    old = tmp_path / "old.wav"
    old.write_bytes(b"x")
    old.chmod(0o644)
    for path, overwrite in ((tmp_path / "new.wav", False), (old, True)):
        with Recorder(path, 16_000, 1, overwrite=overwrite) as recorder:
            recorder.open({})
            recorder.hear(np.zeros((10, 1), np.float32))
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_ending_chooses_the_format() -> None:
    for ending, form in FORMATS.items():
        for name in (f"a{ending}", f"A{ending.upper()}", f"a b.c{ending.lower()}"):
            assert format_of(Path(name)) is form
    assert format_of(Path("a.CSV"), csv_predictions=True).make is PredictionTable
    endings = re.escape(", ".join(list(FORMATS)[:-1]) + " or " + list(FORMATS)[-1])
    for name in ("a.doc", "a", "a.jsonl.gz", ".srt"):
        with pytest.raises(
            SettingsError, match=f"^--out writes a file that ends in {endings}, not '{re.escape(name)}'$"
        ):
            format_of(Path(name))


def test_two_names_of_one_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "b").hardlink_to(tmp_path / "a")
    with OutputFile(tmp_path / "a") as one, OutputFile(tmp_path / "b") as two, OutputFile(tmp_path / "c") as other:
        refuse_doubles([one, other])
        with pytest.raises(SettingsError, match="are one file"):
            refuse_doubles([one, other, two])
    with OutputFile("/dev/null") as one, OutputFile("/dev/null") as two:
        refuse_doubles([one, two])  # what goes there is not kept


def test_a_file_that_is_removed_while_it_is_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_LOOK_SECONDS", 0.0)
    path = tmp_path / "x.jsonl"
    with OutputFile(path) as file:
        file.write(b"x")
        path.unlink()
        with pytest.raises(OSError, match="removed while it was written"):
            file.write(b"y")
