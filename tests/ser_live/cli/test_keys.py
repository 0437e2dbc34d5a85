"""Keys in a real terminal: what the program does, records and leaves behind."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from program import parse, run, write
from terminals import LEAVE, Terminal, opened
from voices import voice

__all__ = ["opened"]  # a fixture

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="terminals of Unix")


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("long") / "long.wav", np.tile(voice(4.0), 30))


def start(opened: list[Terminal], tiny_path: Path, long: Path, tmp_path: Path, *more: str | Path) -> Terminal:
    arguments = ["--model", tiny_path, "--file", long, "--out", tmp_path / "out.jsonl", *more]
    terminal = Terminal(tmp_path / "errors", *arguments)
    opened.append(terminal)
    terminal.read(20, until=b"shows the keys")
    terminal.read(1.5)
    return terminal


def records(tmp_path: Path) -> list[dict[str, Any]]:
    return parse((tmp_path / "out.jsonl").read_text())


def test_q_ends_with_0_and_everything_whole(
    tiny_path: Path, long: Path, tmp_path: Path, opened: list[Terminal]
) -> None:
    terminal = start(opened, tiny_path, long, tmp_path)
    before = len(terminal.screen)
    terminal.type("q")
    assert terminal.wait() == 0
    assert LEAVE in terminal.screen[before:]
    assert b"Heard " in terminal.screen[before:]  # the summary's lines
    assert records(tmp_path)[-1]["type"] == "summary"
    assert terminal.errors.read_text() == ""


def test_q_ends_a_session_whose_pipe_says_nothing(tiny_path: Path, tmp_path: Path, opened: list[Terminal]) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = os.open(pipe, os.O_RDWR)
    os.write(writer, b"\0\0" * 8000)
    arguments = ["--model", tiny_path, "--file", pipe, "--raw", "16000", "--format", "tui"]
    terminal = Terminal(tmp_path / "errors", *arguments)
    opened.append(terminal)
    terminal.read(20, until=b"shows the keys")
    terminal.read(1.0)
    terminal.type("q")
    assert terminal.wait() == 0
    os.close(writer)


def test_notes_corrections_and_pictures(
    tiny_path: Path, long: Path, tmp_path: Path, opened: list[Terminal], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    terminal = start(opened, tiny_path, long, tmp_path)
    terminal.read(2.0)
    for keys in ("m", "quit? no\r", "l", "1", "s"):
        terminal.type(keys)
        terminal.read(0.5)
    terminal.read(5.0, until=b"is saved as")
    terminal.type("q")
    assert terminal.wait() == 0
    note, label = [record for record in records(tmp_path) if record.get("kind") == "mark"]
    assert (note["note"], note["start"]) == ("quit? no", note["end"])
    first = records(tmp_path)[0]["model"]["labels"][0]
    assert (label["label"], label["heard"]) == (first, label["heard"])
    assert label["start"] < label["end"]
    (picture,) = tmp_path.glob("ser-live-*.svg")
    assert picture.read_text().startswith("<svg")


def test_a_recording_is_held_and_goes_on_where_it_was(
    tiny_path: Path, long: Path, tmp_path: Path, opened: list[Terminal]
) -> None:
    terminal = start(opened, tiny_path, long, tmp_path)
    terminal.type(" ")
    terminal.read(3.0, until=b"space goes on")
    terminal.read(0.5)
    lines = (tmp_path / "out.jsonl").read_text()
    terminal.read(1.0)
    assert (tmp_path / "out.jsonl").read_text() == lines
    terminal.type(" ")
    end = time.monotonic() + 10
    while (tmp_path / "out.jsonl").read_text() == lines and time.monotonic() < end:
        terminal.read(0.1)
    terminal.type("q")
    assert terminal.wait() == 0
    assert not [record for record in records(tmp_path) if record.get("kind") == "device"]
    ends = [record["end"] for record in records(tmp_path) if record["type"] == "prediction"]
    assert max(np.diff(ends)) < 1.0  # nothing was left out


@pytest.mark.parametrize("ending", ["q", "\x03"], ids=["q", "Ctrl-C"])
def test_the_terminal_shows_what_is_typed_again(
    ending: str, tiny_path: Path, long: Path, tmp_path: Path, opened: list[Terminal]
) -> None:
    import termios

    terminal = start(opened, tiny_path, long, tmp_path)
    modes = termios.tcgetattr(terminal.master)[3]
    assert not modes & (termios.ICANON | termios.ECHO)
    terminal.type(ending)
    assert terminal.wait() == (0 if ending == "q" else 130)
    modes = termios.tcgetattr(terminal.master)[3]
    assert modes & termios.ICANON
    assert modes & termios.ECHO


def test_keys_work_while_the_sound_comes_through_standard_input(
    tiny_path: Path, long: Path, tmp_path: Path, opened: list[Terminal]
) -> None:
    terminal = Terminal(tmp_path / "errors", "--model", tiny_path, "--file", "-", "--speed", "1", stdin=long)
    opened.append(terminal)
    terminal.read(20, until=b"shows the keys")
    terminal.read(1.0)
    terminal.type("q")
    assert terminal.wait() == 0


def test_marks_are_records_of_the_contract(tiny_path: Path, long: Path, tmp_path: Path, opened: list[Terminal]) -> None:
    terminal = start(opened, tiny_path, long, tmp_path)
    terminal.type("mhere\r")
    terminal.read(0.5)
    terminal.type("q")
    assert terminal.wait() == 0
    result = run("convert", tmp_path / "out.jsonl", "--out", tmp_path / "again.jsonl")
    assert result.code == 0, result.err
    again = [json.loads(line) for line in (tmp_path / "again.jsonl").read_text().splitlines()]
    assert [record["note"] for record in again if record.get("kind") == "mark"] == ["here"]
