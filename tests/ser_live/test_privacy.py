"""Nothing leaves the machine, and nothing is written that nobody asked for: by us or by a library."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import onnxruntime
import pytest
from fresh_process import PROGRAM, fresh

from ser_live.quiet_libraries import USAGE_DATA, switch_off_usage_data

MODULE = "import runpy, sys; sys.argv[0] = 'ser-live'; runpy.run_module('ser_live', run_name='__main__')"
OPTIONS = ("--format", "jsonl", "--file")
ANALYZE = "import sys, ser_live; assert ser_live.analyze(sys.argv[1])"
# What Python itself is asked to look up or to connect with; strace sees what C libraries do.
LISTEN = """
import sys
def hear(event, arguments):
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.connect", "socket.bind", "socket.sendto"):
        print(event, arguments, file=sys.stderr)
sys.addaudithook(hear)
"""
# Ways to what imports onnxruntime: the code and, before the recording, its arguments.
WAYS: dict[str, tuple[str, tuple[str, ...]]] = {
    "the script": (PROGRAM, OPTIONS),
    "python -m": (MODULE, OPTIONS),
    "the package": (ANALYZE, ()),
    "a module of it": ("import sys; from ser_live.analysis import analyze; assert analyze(sys.argv[1])", ()),
    "the detector": ("from ser_live.vad import SpeechDetector; SpeechDetector().flush()", ()),
    "the trainer": ("import ser_train, onnxruntime", ()),
}


def sends_by_default() -> bool:
    return tuple(map(int, onnxruntime.__version__.split(".")[:2])) >= (1, 29)


@pytest.mark.parametrize("way", WAYS)
def test_no_file_is_written_and_no_name_looked_up(way: str, short_call: Path, tmp_path: Path) -> None:
    code, arguments = WAYS[way]
    found = fresh(tmp_path / "home", LISTEN + code, *arguments, short_call)
    assert (found.files, found.err) == ([], "")


@pytest.mark.parametrize("way", ["the script", "the package"])
def test_no_socket_is_opened(way: str, short_call: Path, tmp_path: Path, strace: Sequence[str]) -> None:
    code, arguments = WAYS[way]
    found = fresh(tmp_path / "home", code, *arguments, short_call, strace=strace)
    assert (found.files, found.calls, found.err) == ([], [], "")


@pytest.mark.skipif(not sends_by_default(), reason="this onnxruntime sends no usage data")
def test_without_the_switch_there_would_be_files(short_call: Path, tmp_path: Path) -> None:
    """What these tests look for is there to be found; a user who asks for it, by a value of their own, gets it."""
    found = fresh(tmp_path / "home", ANALYZE, short_call, env={"ORT_DISABLE_TELEMETRY": "0"})
    assert "deviceid" in [Path(file).name for file in found.files]


def test_a_name_that_is_looked_up_is_seen(tmp_path: Path, strace: Sequence[str]) -> None:
    ask = "import socket\ntry: socket.getaddrinfo('ser-live.invalid', 443)\nexcept OSError: pass"
    found = fresh(tmp_path / "home", LISTEN + ask, strace=strace)
    assert found.calls
    assert "socket.getaddrinfo ('ser-live.invalid', 443" in found.err


@pytest.fixture
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in USAGE_DATA:
        monkeypatch.setenv(name, "")  # so that what the test sets is taken back
        monkeypatch.delenv(name)


@pytest.mark.usefixtures("unset")
@pytest.mark.parametrize(
    ("before", "after"), [({}, "1"), ({"ORT_DISABLE_TELEMETRY": ""}, "1"), ({"ORT_DISABLE_TELEMETRY": "0"}, "0")]
)
def test_the_user_has_the_last_word(before: dict[str, str], after: str) -> None:
    os.environ.update(before)
    switch_off_usage_data()
    assert {name: os.environ[name] for name in USAGE_DATA} == {**USAGE_DATA, "ORT_DISABLE_TELEMETRY": after}


@pytest.mark.usefixtures("unset")
@pytest.mark.parametrize(
    ("version", "switch", "times"), [("1.29.0", None, 1), ("2.0", None, 1), ("1.28.1", None, 0), ("1.29.0", "1", 0)]
)
def test_too_late_is_said_once(
    version: str,
    switch: str | None,
    times: int,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    theirs = ModuleType("onnxruntime")
    monkeypatch.setattr(theirs, "__version__", version, raising=False)
    monkeypatch.setitem(sys.modules, "onnxruntime", theirs)
    if switch is not None:
        monkeypatch.setenv("ORT_DISABLE_TELEMETRY", switch)
    with caplog.at_level(logging.WARNING):
        switch_off_usage_data()
        switch_off_usage_data()
    assert [record.name for record in caplog.records] == ["ser_live"] * times
    assert all("import ser_live first, or set ORT_DISABLE_TELEMETRY=1" in text for text in caplog.messages)


def test_too_late_is_said_on_standard_error_and_breaks_no_import(tmp_path: Path) -> None:
    code = "import warnings; warnings.simplefilter('error'); import onnxruntime, ser_live"
    found = fresh(tmp_path / "home", code)
    assert found.err.count("onnxruntime was imported before ser_live") == sends_by_default()
