"""Files that are written whole: as before until the end, then whole, or told why not."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest

from ser_live.errors import OutputError, SettingsError
from ser_live.outputs.files import OutputFile, refuse_doubles
from ser_live.outputs.whole import WholeFile

unix = pytest.mark.skipif(os.name == "nt", reason="modes, links and pipes of Unix")


def listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_it_is_there_at_the_end_and_nothing_beside_it(tmp_path: Path) -> None:
    whole = WholeFile(tmp_path / "a.eaf")
    assert listing(tmp_path) == ["a.eaf"]
    whole.write(["ü", "\n"])
    whole.close()
    assert (tmp_path / "a.eaf").read_bytes() == "ü\n".encode()
    assert listing(tmp_path) == ["a.eaf"]


def test_what_was_there_stays_until_the_end(tmp_path: Path) -> None:
    path = tmp_path / "a.eaf"
    path.write_text("earlier")
    with pytest.raises(OutputError, match=r"a\.eaf exists and holds 7 bytes: give --overwrite"):
        WholeFile(path)
    WholeFile(path, overwrite=True).close()
    assert path.read_text() == "earlier"
    whole = WholeFile(path, overwrite=True)

    def breaks_off() -> object:
        yield "half"
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - the one from above
        whole.write(breaks_off())  # type: ignore[arg-type]
    assert path.read_text() == "earlier"
    assert listing(tmp_path) == ["a.eaf"]
    whole.write(["later"])
    assert path.read_text() == "later"


def test_a_new_one_that_nothing_is_written_to_goes_again(tmp_path: Path) -> None:
    WholeFile(tmp_path / "a.eaf").close()
    assert listing(tmp_path) == []


def test_a_folder_that_is_missing_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"^cannot write \S*a\.eaf: its folder does not exist, create it first$"):
        WholeFile(tmp_path / "no" / "a.eaf")
    with pytest.raises(OutputError, match="it is a folder, add a file name"):
        WholeFile(tmp_path)


@unix
def test_a_folder_where_no_file_can_be_made_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.eaf"
    path.write_text("earlier")
    opened = os.open

    def refuse(name: object, flags: int, *rest: int) -> int:
        if flags & os.O_EXCL and str(name).endswith(".tmp"):
            raise PermissionError(13, "Permission denied")
        return opened(name, flags, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", refuse)  # root may write anywhere
    with pytest.raises(OutputError, match=r"^cannot write \S*a\.eaf: this user may not write there"):
        WholeFile(path, overwrite=True)
    assert path.read_text() == "earlier"


def test_a_folder_that_vanishes_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    whole = WholeFile(folder / "a.eaf")
    shutil.rmtree(folder)
    with pytest.raises(OutputError, match="its folder does not exist, create it first"):
        whole.write(["x"])
    whole.close()


@unix
def test_links_and_modes_stay(tmp_path: Path) -> None:
    (tmp_path / "there.eaf").write_text("earlier")
    (tmp_path / "there.eaf").chmod(0o640)
    (tmp_path / "link.eaf").symlink_to("there.eaf")
    (tmp_path / "new.eaf").symlink_to("later.eaf")
    for name in ("link.eaf", "new.eaf"):
        whole = WholeFile(tmp_path / name, overwrite=True)
        whole.write(["x"])
        whole.close()
        assert (tmp_path / name).is_symlink()
        assert (tmp_path / name).read_text() == "x"
    assert stat.S_IMODE((tmp_path / "there.eaf").stat().st_mode) == 0o640
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE((tmp_path / "later.eaf").stat().st_mode) == 0o666 & ~umask
    private = WholeFile(tmp_path / "voice.html", private=True)
    private.write(["x"])
    assert stat.S_IMODE((tmp_path / "voice.html").stat().st_mode) == 0o600


@unix
def test_two_names_of_one_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "b.eaf").symlink_to("a.eaf")
    one, two = WholeFile(tmp_path / "a.eaf"), WholeFile(tmp_path / "b.eaf")
    lines = OutputFile(tmp_path / "a.eaf")
    for other in (two.file, lines):
        with pytest.raises(SettingsError, match="are one file"):
            refuse_doubles([one.file, other])
    for file in (one, two, lines):
        file.close()


@unix
def test_a_name_as_long_as_any_is_written(tmp_path: Path) -> None:
    name = "é" * 125 + ".eaf"
    WholeFile(tmp_path / name).write(["x"])
    assert listing(tmp_path) == [name]
    bad = os.fsdecode(b"\xff\x80.eaf")
    WholeFile(tmp_path / bad).write(["x"])
    assert (tmp_path / bad).read_text() == "x"


@unix
def test_a_pipe_is_written_to_directly(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.eaf"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    whole = WholeFile(pipe)
    whole.write(["a\n", "b\n"])
    assert os.read(reader, 100) == b"a\nb\n"
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
