"""The program at a real sound server that goes and comes back."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import soundfile
from program import ENVIRONMENT, PROGRAM, kinds, parse, run, said
from soundcard import SoundCard
from soundcard import card as card


class Session:
    """A session of the program with JSON lines on its standard output."""

    def __init__(self, card: SoundCard, *arguments: str | Path) -> None:
        env = {**card.env, "PYTHONPATH": ENVIRONMENT["PYTHONPATH"]}
        command = [*PROGRAM, "--format", "jsonl", *map(str, arguments)]
        self.process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.lines: list[str] = []

    def until(self, **fields: Any) -> dict[str, Any]:
        """Read on to the record that has these fields."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            record: dict[str, Any] = json.loads(line)
            if all(record.get(name) == value for name, value in fields.items()):
                return record
        raise AssertionError(f"no {fields} in {self.lines[-3:]}, {self.process.communicate()[1]}")

    def interrupt(self) -> tuple[list[dict[str, Any]], str, float]:
        """End it with Ctrl-C; return its records, what it said and how long that took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=20)
        return parse("".join(self.lines) + out), err, time.monotonic() - began

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def speech(short_call: Path, tmp_path: Path) -> Path:
    samples, rate = soundfile.read(short_call)
    soundfile.write(tmp_path / "speech.wav", samples, rate)
    return tmp_path / "speech.wav"


@pytest.mark.soundcard
def test_a_session_goes_on_when_the_device_is_back(
    card: SoundCard, speech: Path, tiny_path: Path, tmp_path: Path
) -> None:
    record = tmp_path / "talk.wav"
    with Session(card, "--reconnect", "--model", tiny_path, "--input-device", "pulse", "--record", record) as session:
        session.until(type="session")
        card.play(speech)
        began = time.monotonic()
        card.kill()
        gone = session.until(type="event", gap=True)
        time.sleep(1.0)
        card.revive()
        playing = card.play(speech, wait=False)
        back = session.until(type="event", id=gone["id"])
        took = time.monotonic() - began
        playing.wait()
        card.play(speech)
        records, err, _ = session.interrupt()
    assert session.process.returncode == 130
    assert (gone["kind"], gone["end"]) == ("device", None)
    assert back["end"] - back["start"] == pytest.approx(took, abs=1.5)
    assert "is back after" in err
    assert kinds(records)[-1] == "summary"
    spoken = [r for r in records if r.get("kind") == "speech" and r.get("end") is not None]
    assert any(r["end"] <= gone["start"] + 0.5 for r in spoken)
    assert any(r["end"] > back["end"] + 1 for r in spoken)
    sound, rate = soundfile.read(record, dtype="float32")
    assert len(sound) / rate == pytest.approx(records[-1]["seconds"], abs=1e-3)
    assert not sound[round(back["start"] * rate) + 1 : round(back["end"] * rate) - 1].any()
    again = run("--model", tiny_path, "--file", record, "--format", "jsonl").records
    assert said(again) == said(records)  # live = replay, over the gap as well
    assert len(said(records)) > 4


@pytest.mark.soundcard
def test_ctrl_c_ends_the_wait_with_a_summary(card: SoundCard, speech: Path, tiny_path: Path) -> None:
    with Session(card, "--reconnect", "--model", tiny_path, "--input-device", "pulse") as session:
        session.until(type="session")
        card.play(speech)
        card.kill()
        session.until(type="event", gap=True)
        time.sleep(1.0)
        records, err, took = session.interrupt()
    assert session.process.returncode == 130
    assert kinds(records)[-1] == "summary"
    assert records[-1]["ended"] == "interrupt"
    assert records[-1]["speech_seconds"] > 0
    assert "Traceback" not in err
    assert took < 10  # two seconds on an idle machine


@pytest.mark.soundcard
def test_without_reconnect_the_session_ends(card: SoundCard, speech: Path, tiny_path: Path) -> None:
    with Session(card, "--model", tiny_path, "--input-device", "pulse") as session:
        session.until(type="session")
        card.play(speech)
        card.kill()
        assert session.until(type="summary")["ended"] == "error"
        assert session.process.wait(20) == 1


@pytest.mark.soundcard
def test_a_module_that_is_unloaded_and_loaded(card: SoundCard, speech: Path, tiny_path: Path) -> None:
    with Session(card, "--reconnect", "--model", tiny_path, "--input-device", "pulse") as session:
        session.until(type="session")
        card.play(speech)
        card.unplug()
        gone = session.until(type="event", gap=True)
        card.plug()
        back = session.until(type="event", id=gone["id"])
        assert back["end"] > back["start"]
        card.play(speech)
        session.until(type="prediction")
        records, _, _ = session.interrupt()
    assert kinds(records)[-1] == "summary"
