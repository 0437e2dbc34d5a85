# ruff: noqa: E402 - pooch and requests come with `ser-live[train]`
"""Downloads, against a server of this machine: whole, broken, resumed, wrong, refused, gone, no room, hostile."""

from __future__ import annotations

import errno
import hashlib
import io
import re
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

pytestmark = pytest.mark.train
pytest.importorskip("pooch", reason="this test needs `ser-live[train]`")

from ser_train.commands.count_corpora import download_corpus
from ser_train.corpora import CORPORA, Archive
from ser_train.corpora.download import fetch, unpack
from ser_train.errors import TrainingError


def _zip(names: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, value in names.items():
            archive.writestr(name, value)
    return content.getvalue()


CONTENT = _zip({f"wav/03a{i:02d}Fa.wav": bytes([i]) * 40_000 for i in range(10)})


@dataclass
class _Server:
    """What the server shall do, and what it saw."""

    url: str = ""
    content: bytes = CONTENT
    status: int = 0
    break_after: int | None = None  # bytes, once
    knows_ranges: bool = True
    shift: int = 0  # by which an answered range starts too late
    ranges: list[str | None] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[_Server]:
    state = _Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range")
            state.ranges.append(asked)
            if state.status:
                self.send_error(state.status)
                return
            size = len(state.content)
            start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1]) if asked and state.knows_ranges else 0  # type: ignore[index]
            if start >= size:
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{size}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            first = start + (state.shift if start else 0)
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {first}-{size - 1}/{size}")
            self.send_header("Content-Length", str(size - first))
            self.end_headers()
            end, state.break_after = state.break_after, None
            self.wfile.write(state.content[first:end])

        def log_message(self, *_: Any) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.url = f"http://127.0.0.1:{listening.server_address[1]}/emodb.zip"
    yield state
    listening.shutdown()
    thread.join()
    listening.server_close()


def _archive(server: _Server, content: bytes = CONTENT) -> Archive:
    return Archive(url=server.url, checksum=f"md5:{hashlib.md5(content).hexdigest()}")


def _ignore(there: int, total: int | None) -> None:
    pass


def test_a_whole_download_and_none_when_it_is_there(tmp_path: Path, server: _Server) -> None:
    told: list[tuple[int, int | None]] = []
    path = fetch(_archive(server), tmp_path / "new", lambda there, total: told.append((there, total)))
    assert path == tmp_path / "new" / "emodb.zip"
    assert path.read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert [there for there, _ in told] == sorted({there for there, _ in told})
    assert server.ranges == [None]
    assert fetch(_archive(server), tmp_path / "new", _ignore) == path
    assert server.ranges == [None]
    assert [file.name for file in path.parent.iterdir()] == ["emodb.zip"]


def test_a_broken_transfer_goes_on_where_it_broke(tmp_path: Path, server: _Server) -> None:
    server.break_after = 200_000
    with pytest.raises(
        TrainingError, match=r"broke after 0.[12] MB .the connection was lost.: run the same command aga"
    ):
        fetch(_archive(server), tmp_path, _ignore)
    there = (tmp_path / "emodb.zip.part").stat().st_size
    assert 100_000 < there <= 200_000
    told: list[tuple[int, int | None]] = []
    path = fetch(_archive(server), tmp_path, lambda there, total: told.append((there, total)))
    assert server.ranges == [None, f"bytes={there}-"]
    assert told[0][0] > there  # the bar goes on too
    assert {total for _, total in told} == {len(CONTENT)}
    assert path.read_bytes() == CONTENT
    assert not (tmp_path / "emodb.zip.part").exists()


@pytest.mark.parametrize(
    ("before", "changes", "requests"),
    [
        (CONTENT, {}, 1),  # all of it came before: the server says so
        (CONTENT[:1000], {"knows_ranges": False}, 1),  # sent anew, from the start
        (CONTENT[:1000], {"shift": 5}, 2),  # another part than the one that was asked for
        (CONTENT + b"more", {}, 2),  # longer than what lies there: of something else
    ],
)
def test_what_came_before_is_used_only_if_it_fits(
    tmp_path: Path, server: _Server, before: bytes, changes: dict[str, Any], requests: int
) -> None:
    (tmp_path / "emodb.zip.part").write_bytes(before)
    for name, value in changes.items():
        setattr(server, name, value)
    assert fetch(_archive(server), tmp_path, _ignore).read_bytes() == CONTENT
    assert len(server.ranges) == requests
    assert server.ranges[0] == f"bytes={len(before)}-"


def test_a_wrong_checksum_deletes_and_says_so(tmp_path: Path, server: _Server) -> None:
    with pytest.raises(TrainingError, match=r"emodb.zip came with a wrong checksum and was deleted"):
        fetch(_archive(server, b"something else"), tmp_path, _ignore)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("status", "reason"), [(404, "Not Found"), (503, "Service Unavailable")])
def test_a_server_that_refuses(tmp_path: Path, server: _Server, status: int, reason: str) -> None:
    server.status = status
    with pytest.raises(TrainingError, match=f"emodb.zip answers {status} {reason}: the corpus has moved or"):
        fetch(_archive(server), tmp_path, _ignore)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_gone(tmp_path: Path) -> None:
    listening = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    port = listening.server_address[1]
    listening.server_close()
    archive = Archive(url=f"http://127.0.0.1:{port}/emodb.zip", checksum=None)
    with pytest.raises(TrainingError, match=r"cannot be fetched .the server cannot be reached.: check your connection"):
        fetch(archive, tmp_path, _ignore)
    (tmp_path / "emodb.zip.part").write_bytes(bytes(3_000_000))
    with pytest.raises(TrainingError, match=r"broke after 3.0 MB .the server cannot be reached"):
        fetch(archive, tmp_path, _ignore)
    assert (tmp_path / "emodb.zip.part").stat().st_size == 3_000_000


def test_a_full_disk_keeps_what_came(tmp_path: Path, server: _Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(there: int, total: int | None) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(TrainingError, match=r"cannot be stored in .* \(No space left on device\): make room"):
        fetch(_archive(server), tmp_path, full)
    assert (tmp_path / "emodb.zip.part").stat().st_size > 0
    assert fetch(_archive(server), tmp_path, _ignore).read_bytes() == CONTENT
    assert server.ranges[1] is not None

    def no_room(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "extractall", no_room)
    with pytest.raises(TrainingError, match=r"cannot be unpacked into .* \(No space left on device\)"):
        unpack(tmp_path / "emodb.zip", tmp_path / "emodb")
    assert (tmp_path / "emodb.zip").exists()


def test_a_folder_that_cannot_be_made(tmp_path: Path, server: _Server) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TrainingError, match="cannot be stored in"):
        fetch(_archive(server), tmp_path / "file" / "below", _ignore)


@pytest.mark.parametrize("name", ["../evil.wav", "/evil.wav", "a/../../evil.wav", "..\\evil.wav"])
def test_no_path_of_an_archive_leaves_the_folder(tmp_path: Path, name: str) -> None:
    archive = tmp_path / "corpus.zip"
    archive.write_bytes(_zip({"fine.wav": b"1", name: b"2"}))
    into = tmp_path / "deep" / "into"
    assert unpack(archive, into) == 2
    assert {path for path in tmp_path.rglob("*") if path.is_file() and not path.is_relative_to(into)} == {archive}
    assert not Path("/evil.wav").exists()


def test_a_damaged_zip_is_deleted(tmp_path: Path) -> None:
    archive = tmp_path / "corpus.zip"
    damaged = bytearray(CONTENT)
    damaged[100_000] ^= 1
    for content in (b"<html>gone</html>", CONTENT[:-1000], bytes(damaged)):
        archive.write_bytes(content)
        with pytest.raises(TrainingError, match=r"is a damaged zip file .* and was deleted: download it again"):
            unpack(archive, tmp_path / "into")
        assert not archive.exists()


@pytest.mark.parametrize("checked", [True, False])
def test_the_command_fetches_checks_and_unpacks(
    tmp_path: Path, server: _Server, monkeypatch: pytest.MonkeyPatch, checked: bool
) -> None:
    archive = _archive(server) if checked else Archive(url=server.url, checksum=None)
    monkeypatch.setitem(CORPORA, "emodb", replace(CORPORA["emodb"], archive=archive))
    console = Console(width=300, file=io.StringIO(), record=True)
    folder = download_corpus("emodb", tmp_path, console)
    assert sorted(path.name for path in folder.rglob("*.wav")) == [f"03a{i:02d}Fa.wav" for i in range(10)]
    text = console.export_text()
    said = "has the checksum that its owners state" if checked else "could not be checked: its owners state no checksum"
    assert f"emodb.zip {said}" in text
    assert f"unpacked 10 files into {tmp_path / 'emodb'}" in text
    assert "free for research" in text
