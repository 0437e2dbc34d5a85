"""JSON lines and plain lines: what they say, and what is left when they cannot be written."""

from __future__ import annotations

import errno
import json
import math
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ser_live.errors import OutputError
from ser_live.outputs.files import OutputFile
from ser_live.outputs.jsonl import JsonLines, as_json
from ser_live.outputs.lines import LineFile, printable
from ser_live.outputs.plain import PlainLines
from ser_live.types import Event, Prediction

PREDICTION = Prediction(
    start=0.5,
    end=3.25,
    available=3.42,
    speech_seconds=2.5,
    probabilities={"happy": 0.25, "sad": 0.75},
    smoothed={"happy": 0.4, "sad": 0.6},
    label="sad",
    state="committed",
)
SESSION: Mapping[str, Any] = {
    "version": "1.0",
    "model": {"name": "m.onnx"},
    "source": "a \x1b[31m\nb.wav",
    "device": {"asked": "auto", "got": "cpu"},
}


class Disk:
    """A file on a disk of some bytes."""

    def __init__(self, room: int, error: int = errno.ENOSPC) -> None:
        self.data = b""
        self.room = room
        self.closed = False
        self.error = error

    def write(self, data: bytes) -> int:
        kept = data[: self.room - len(self.data)]
        if data and not kept:
            raise OSError(self.error, "no more")
        self.data += kept
        return len(kept)

    def tell(self) -> int:
        return len(self.data)

    def truncate(self, size: int) -> int:
        self.data = self.data[:size]
        return size

    def close(self) -> None:
        self.closed = True


class Pipe(Disk):
    """A pipe with some room, then without a reader."""

    def __init__(self, room: int) -> None:
        super().__init__(room, errno.EPIPE)

    def tell(self) -> int:
        raise OSError(errno.ESPIPE, "illegal seek")


def plain(*events: Event | Prediction) -> list[str]:
    disk = Disk(10_000)
    lines = PlainLines(LineFile(disk, "x"), lambda fields: [f"end {fields['seconds']}"])
    lines.open(SESSION)
    for event in events:
        lines.take(event)
    lines.close({"seconds": 3})
    return disk.data.decode().splitlines()


def test_a_prediction_as_json_has_the_fields_of_the_contract_in_their_order() -> None:
    assert json.dumps(as_json(PREDICTION)) == (
        '{"type": "prediction", "start": 0.5, "end": 3.25, "available": 3.42, "speech_seconds": 2.5, '
        '"probabilities": {"happy": 0.25, "sad": 0.75}, "smoothed": {"happy": 0.4, "sad": 0.6}, '
        '"label": "sad", "state": "committed"}'
    )


def test_an_event_as_json_has_its_own_fields_last() -> None:
    event = Event(kind="emotion", start=1.0, fields={"label": "sad"})
    assert json.dumps(as_json(event)) == (
        '{"type": "event", "kind": "emotion", "start": 1.0, "end": null, "label": "sad"}'
    )


def test_json_lines_begin_and_end_with_their_types() -> None:
    disk = Disk(10_000)
    lines = JsonLines(LineFile(disk, "x"))
    lines.open({"version": "1.0"})
    lines.take(PREDICTION)
    lines.close({"seconds": 3})
    records = [json.loads(line) for line in disk.data.splitlines()]
    assert records[0] == {"type": "session", "schema": 1, "version": "1.0"}
    assert [record["type"] for record in records] == ["session", "prediction", "summary"]


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_json_lines_refuse_what_is_no_number(value: float) -> None:
    disk = Disk(10_000)
    with pytest.raises(OutputError, match="not a number"):
        JsonLines(LineFile(disk, "x")).close({"seconds": value})
    assert disk.data == b""


def test_names_that_are_no_text_are_still_json() -> None:
    disk = Disk(10_000)
    JsonLines(LineFile(disk, "x")).open({"source": "a\udcff.wav\n"})
    assert json.loads(disk.data)["source"] == "a\udcff.wav\n"
    assert disk.data.count(b"\n") == 1


def test_plain_lines() -> None:
    lines = plain(
        Event(kind="speech", start=0.5),
        PREDICTION,
        Event(kind="emotion", start=3.25, fields={"label": "sad"}),
        Event(kind="emotion", start=3.25, end=4.0, fields={"label": "sad"}),
        Event(kind="speech", start=0.5, end=4.0, fields={"speech_seconds": 3.0}),
        Event(kind="overflow", start=5.0, end=5.0, fields={"blocks": 2}),
        Event(kind="device", start=6.0, fields={"message": "gone\x07"}),
    )
    assert lines == [
        "ser-live 1.0: a ?[31m?b.wav, model m.onnx on cpu",
        "     0.50 s  speech       begins",
        "     3.25 s  committed    sad       happy  40%  sad  60%",
        "     3.25 s  emotion      sad begins",
        "     4.00 s  emotion      sad ends, began at 3.25 s",
        "     4.00 s  speech       ends, began at 0.50 s",
        "     5.00 s  overflow     2 blocks lost",
        "     6.00 s  device       gone?",
        "end 3",
    ]


@pytest.mark.parametrize("room", range(8, 40, 3))
def test_a_full_disk_keeps_whole_lines(room: int) -> None:
    disk = Disk(room)
    file = LineFile(disk, "full.jsonl")
    words = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh")
    with pytest.raises(OutputError, match=r"full\.jsonl .*no more"):
        list(map(file.write, words))
    file.write("after the failure")
    file.close()
    lines = disk.data.decode().splitlines(keepends=True)
    assert lines == [word + "\n" for word in words[: len(lines)]]
    assert room - len(disk.data) < len("seventh\n")
    assert disk.closed


def test_a_reader_that_is_gone_is_no_stated_error() -> None:
    file = LineFile(Pipe(8), "standard output")
    file.write("first")
    with pytest.raises(BrokenPipeError):
        file.write("second")
    file.write("third")


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    for path in (tmp_path / "missing" / "x.jsonl", tmp_path):
        with pytest.raises(OutputError, match=path.name):
            OutputFile(path)


def test_a_file_is_written_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text("before")
    file = LineFile(OutputFile(path, overwrite=True), "x.jsonl")
    assert path.read_text() == "before"  # until there is something to write
    file.write("ü")
    assert path.read_text(encoding="utf-8") == "ü\n"
    file.close()
    file.close()


def test_libraries_are_silent_and_python_is_not() -> None:
    code = (
        "import os, sys\n"
        "from ser_live.outputs.lines import complain, silence_libraries\n"
        "with silence_libraries():\n"
        "    os.write(2, b'ALSA lib pcm.c:8424\\n')\n"
        "    complain('heard')\n"
        "os.write(2, b'after\\n')\n"
        "print('end', file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "ser-live: heard\nafter\nend\n"


def test_printable_keeps_text_and_drops_what_steers_a_terminal() -> None:
    assert printable("Grüße, 世界 [red]") == "Grüße, 世界 [red]"
    assert printable("a\x1b]0;title\x07\r\nb\u202e") == "a?]0;title???b?"
