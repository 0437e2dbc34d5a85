"""The program on a microphone: a virtual sound card, PortAudio, and what it plays."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from program import one_sentence, parse, run, said, start, write
from soundcard import SoundCard
from soundcard import card as card
from voices import silence, voice

pytestmark = pytest.mark.soundcard


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five seconds of a voice with a pause, at the card's rate."""
    samples = np.concatenate([voice(2, sample_rate=48_000), silence(2.3, sample_rate=48_000)])
    samples = np.concatenate([samples, voice(1.2, sample_rate=48_000, seed=1)])
    return write(tmp_path_factory.mktemp("talk") / "talk.wav", samples, 48_000)


def hear(card: SoundCard, *arguments: str | Path, then: Callable[[], object], number: int = signal.SIGINT) -> Any:
    """Run the program on the microphone, do something once it listens, end it; its code, records and messages."""
    process = start("--format", "jsonl", *arguments, env=card.env)
    assert process.stdout is not None
    first = process.stdout.readline()
    then()
    process.send_signal(number)
    rest, err = process.communicate(timeout=30)
    return process.returncode, parse((first + rest).decode()), err.decode()


def test_live_and_replay_say_the_same(card: SoundCard, talk: Path, tiny_path: Path, tmp_path: Path) -> None:
    record, out = tmp_path / "heard.wav", tmp_path / "live.jsonl"
    code, live, err = hear(card, "--model", tiny_path, "--record", record, "--out", out, then=lambda: card.play(talk))
    assert (code, err) == (130, "")
    session, summary = live[0], live[-1]
    assert session["live"] is True
    assert (summary["type"], summary["ended"]) == ("summary", "interrupt")
    assert soundfile.info(record).duration == pytest.approx(summary["seconds"], abs=1e-3)
    assert [event["end"] is None for event in live if event.get("kind") == "speech"] == [True, False, True, False]
    assert summary["predictions"] > 8
    replay = run("--model", tiny_path, "--file", record, "--format", "jsonl", "--channels", "mix")
    assert said(replay.records) == said(live)
    same = ('"prediction"', '"kind": "speech"', '"kind": "emotion"')
    lines = [
        [line for line in text.splitlines() if any(s in line for s in same)] for text in (out.read_text(), replay.out)
    ]
    assert lines[0] == lines[1]


def test_a_muted_microphone_is_told_at_once_and_is_an_error(card: SoundCard, tiny_path: Path) -> None:
    result = run("--model", tiny_path, "--format", "jsonl", "--duration", "3.6", env=card.env)
    assert result.code == 1
    warning, error = result.err.splitlines()
    assert "mute" in warning
    assert "zeros" in error
    events = [record for record in result.records if record["type"] == "event"]
    assert [(event["kind"], "zeros" in event["message"]) for event in events] == [("device", True)]
    assert (result.records[-1]["ended"], result.records[-1]["seconds"]) == ("error", 3.6)


def test_a_device_that_vanishes(card: SoundCard, talk: Path, tiny_path: Path, tmp_path: Path) -> None:
    def pull_out() -> None:
        card.play(talk)
        card.kill()

    record = tmp_path / "heard.wav"
    code, records, err = hear(card, "--model", tiny_path, "--record", record, then=pull_out, number=0)
    assert code == 1
    assert err.startswith("ser-live: ")
    assert len(err.splitlines()) == 1  # and not PortAudio's own
    assert (records[-1]["type"], records[-1]["ended"]) == ("summary", "error")
    assert records[-1]["predictions"] > 8
    assert soundfile.info(record).duration == pytest.approx(records[-1]["seconds"], abs=1e-3)


def test_devices_are_listed_and_chosen(card: SoundCard, tiny_path: Path) -> None:
    result = run("--list-devices", env=card.env)
    assert (result.code, result.err) == (0, "")
    (default,) = [line for line in result.out.splitlines() if line.startswith("*  ")]
    assert default.split()[1].isdigit()
    assert "index" in result.out.splitlines()[0]
    wrong = run("--model", tiny_path, "--input-device", "no such thing", env=card.env)
    assert "no such thing" in one_sentence(wrong)


def test_a_stereo_microphone_has_a_lane_a_channel_live_as_in_replay(
    card: SoundCard, tiny_path: Path, tmp_path: Path
) -> None:
    left = np.concatenate([voice(2, sample_rate=48_000), silence(4.0, sample_rate=48_000)])
    right = np.concatenate([silence(3.0, sample_rate=48_000), voice(2, sample_rate=48_000, seed=1, pitch=200.0)])
    call = np.stack([left, np.concatenate([right, silence(1.0, sample_rate=48_000)])], axis=1)
    talk, record = write(tmp_path / "call.wav", call, 48_000), tmp_path / "heard.wav"
    lanes = ("--channels", "split", "--lane-names", "Agent,Customer")
    arguments = ("--model", tiny_path, "--record", record, *lanes)
    code, live, err = hear(card, *arguments, then=lambda: card.play(talk))
    assert (code, err) == (130, "")
    assert [lane["name"] for lane in live[0]["lanes"]] == ["Agent", "Customer"]
    speech = [(event["lane"], event["end"] is None) for event in live if event.get("kind") == "speech"]
    assert sorted(speech) == [("Agent", False), ("Agent", True), ("Customer", False), ("Customer", True)]
    assert live[-1]["call"]["lanes"][1]["responses"]["count"] == 1
    replay = run("--model", tiny_path, "--file", record, "--format", "jsonl", *lanes)
    told = [[r for r in records if r["type"] in ("prediction", "event")] for records in (live, replay.records)]
    assert told[0] == told[1]
    assert {r["lane"] for r in told[0]} == {"Agent", "Customer"}
