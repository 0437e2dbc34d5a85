"""A program that is run for every event: what it gets, and what it cannot do to the session."""

from __future__ import annotations

import json
import shlex
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from made_records import two_lanes

from ser_live.errors import SettingsError
from ser_live.outputs import hook as module
from ser_live.outputs.hook import Hook
from ser_live.outputs.jsonl import as_json
from ser_live.types import Event


def python(program: str) -> str:
    return shlex.join([sys.executable, "-c", program])


def run(command: str, count: int | None = None) -> tuple[list[str], list[Event]]:
    """Give a made session to a hook; return what the user is told, and the events."""
    fields, records, summary = two_lanes()
    events = [record for record in records if isinstance(record, Event)][:count]
    messages: list[str] = []
    hook = Hook(command, messages.append)
    hook.open(fields)
    hook.hear(np.zeros((10, 1), np.float32))
    for event in events:
        hook.take(event)
    hook.close(summary)
    return messages, events


def test_the_program_reads_one_line_of_json_an_event(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LAST_SECONDS", 60.0)
    out = tmp_path / "heard"
    messages, events = run(python(f"import sys; open({str(out)!r}, 'a').write(sys.stdin.read())"), 6)
    assert messages == []
    assert [json.loads(line) for line in out.read_text().splitlines()] == [as_json(event) for event in events]


@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        ("import sys; sys.stdin.read(); sys.exit(3)", "it ended with exit code 3"),
        ("import time; time.sleep(60)", "it took over 0.3 s for an event"),
        ("print('x' * 100_000_000)", ""),  # what it prints goes nowhere
        ("import os; os.close(0)", ""),  # it does not read
    ],
)
def test_a_failure_is_told_once(program: str, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LAST_SECONDS", 60.0)
    monkeypatch.setattr(module, "_LIMIT_SECONDS", 0.3 if "sleep" in program else 30.0)
    messages, _ = run(python(program), 2)
    assert len(messages) == bool(sentence)
    assert all(sentence in message for message in messages)


def test_a_program_that_hangs_is_ended_with_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LAST_SECONDS", 0.2)
    began = time.monotonic()
    messages, _ = run(python("import time; time.sleep(60)"))
    assert time.monotonic() - began < 10
    assert [message.partition(": ")[2] for message in messages] == [
        "it was still busy when the session ended, and was stopped"
    ]


def test_too_many_waiting_events_are_dropped_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 2)
    monkeypatch.setattr(module, "_LAST_SECONDS", 0.1)
    messages, _ = run(python("import time; time.sleep(60)"))
    assert any("2 events wait for it: the oldest are dropped" in message for message in messages)


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("", "needs a program"),
        ("'", "cannot be read"),
        ("no-such-program-here --x", "there is no program 'no-such-program-here'"),
    ],
)
def test_a_command_that_cannot_be_run_is_refused_at_the_start(command: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        Hook(command, print)
