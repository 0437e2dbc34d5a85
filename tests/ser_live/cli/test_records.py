"""The command line as users run it, in processes of its own: what it says of itself, and its records."""

from __future__ import annotations

import re
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from program import ENVIRONMENT, RATE, Result, kinds, one_sentence, run, said, write
from tiny_model import SIX, tiny_model
from voices import silence

import ser_live


# What it says of itself
@pytest.mark.parametrize("program", [[sys.executable, "-m", "ser_live"], [sys.executable, "-m", "ser_live.cli"]])
def test_the_module_is_the_program(program: list[str]) -> None:
    if program[-1].endswith("cli"):
        program = [sys.executable, "-c", "from ser_live.cli import main; main()"]
    done = subprocess.run([*program, "--version"], capture_output=True, text=True, env=ENVIRONMENT, check=True)
    assert done.stdout == f"ser-live {ser_live.__version__}\n"


def test_help_names_every_option_of_the_contract() -> None:
    result = run("--help")
    assert result.code == 0
    for option in (
        *("file", "input-device", "device", "model", "step", "smoothing", "vad", "channels", "speed", "format"),
        *("raw", "track", "out", "record", "duration", "list-devices", "model-info", "version"),
    ):
        assert f"--{option}" in result.out
    assert "check " in result.out


def test_model_info_says_what_the_model_carries(tmp_path: Path) -> None:
    corpora = [{"name": "CREMA-D", "licence": "ODbL"}, {"name": "TESS \x1b[31m", "licence": "CC BY-NC-ND"}]
    changes = {"training.corpora": corpora, "scores": [{"protocol": "speaker-disjoint", "clips": 7, "recall": 0.5}]}
    model = tiny_model(tmp_path / "m.onnx", contract=changes)
    result = run("--model-info", "--model", model)
    assert (result.code, result.err) == (0, "")
    for words in ("angry disgust fear", "16000 Hz", "ODbL", "CC BY-NC-ND", "protocol: speaker-disjoint", "0.5"):
        assert words in result.out
    assert re.search(r"sha256: [0-9a-f]{64}\n", result.out)
    assert "\x1b" not in result.out


# Records
def test_json_lines_are_those_of_the_contract(listen: Callable[..., Result]) -> None:
    result = listen("--format", "jsonl", "--channels", "left", "--step", "0.5")
    assert (result.code, result.err) == (0, "")
    session, *middle, summary = result.records
    assert list(session)[:9] == [
        *("type", "schema", "version", "model", "source", "sample_rate", "device", "step", "started"),
    ]
    assert (session["type"], session["schema"], session["step"]) == ("session", 1, 0.5)
    assert session["model"]["labels"] == list(SIX)
    assert re.fullmatch(r"[0-9a-f]{64}", session["model"]["sha256"])
    assert session["device"] == {"asked": "auto", "got": "cpu"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+[+-]\d\d:\d\d", session["started"])
    assert summary["type"] == "summary"
    assert (summary["ended"], summary["error"], summary["seconds"]) == ("end", None, 6.0)
    predictions = [record for record in middle if record["type"] == "prediction"]
    events = [record for record in middle if record["type"] == "event"]
    assert len(predictions) + len(events) == len(middle)
    assert summary["predictions"] == len(predictions) > 5
    for record in predictions:
        assert list(record) == [
            *("type", "start", "end", "available", "speech_seconds", "probabilities", "smoothed", "label", "state"),
        ]
        assert record["start"] < record["end"] <= record["available"] <= 6.0
        if record["state"] == "warming-up":  # later ones may be last windows, which wait for the end of a pause
            assert record["available"] - record["end"] < session["lag_seconds"] + 0.1
        for shares in (record["probabilities"], record["smoothed"]):
            assert list(shares) == list(SIX)
            assert sum(shares.values()) == pytest.approx(1, abs=1e-6)
        assert record["label"] == max(record["smoothed"], key=record["smoothed"].__getitem__)
    speech = [event for event in events if event["kind"] == "speech"]
    assert [event["end"] is None for event in speech] == [True, False, True, False]
    assert summary["speech_seconds"] == pytest.approx(sum(event["speech_seconds"] for event in speech[1::2]))


def test_plain_lines_are_the_default_without_a_terminal(listen: Callable[..., Result]) -> None:
    result = listen()
    assert (result.code, result.err) == (0, "")
    first, *lines = result.out.splitlines()
    assert first.startswith("ser-live ")
    assert re.search(r"^ +0\.\d\d s  speech ", result.out, re.MULTILINE)
    assert re.search(r"^ +\d\.\d\d s  (warming-up|provisional|committed) +\w+ +angry +\d+%", result.out, re.MULTILINE)
    assert any(line.startswith("Heard 6.0 s") for line in lines)
    assert "\x1b" not in result.out


def test_out_files_get_what_standard_output_gets(listen: Callable[..., Result], tmp_path: Path) -> None:
    files = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    files[0].write_text("what was there before\n" * 10_000)
    result = listen("--format", "jsonl", "--out", files[0], "--out", files[1], "--overwrite")
    assert result.code == 0
    assert files[0].read_text() == files[1].read_text() == result.out


@pytest.mark.parametrize("channels", ["mix", "left", "right", "2"])
def test_channels_choose_what_is_heard(listen: Callable[..., Result], channels: str) -> None:
    events = [r for r in listen("--format", "jsonl", "--channels", channels).records if r.get("kind") == "speech"]
    assert (events[0]["start"] > 4) == (channels in ("right", "2"))


def test_the_recording_gives_the_same_records(
    listen: Callable[..., Result], tiny_path: Path, talk: Path, tmp_path: Path
) -> None:
    record = tmp_path / "heard.wav"
    live = run(
        *("--model", tiny_path, "--file", "-", "--format", "jsonl", "--record", record, "--duration", "5.2345"),
        stdin=talk.read_bytes(),
    )
    assert live.code == 0
    samples, rate = soundfile.read(record, dtype="float32")
    expected = soundfile.read(talk, dtype="float32")[0][: round(5.2345 * RATE)]
    assert rate == RATE
    assert np.array_equal(samples, expected)
    replay = run("--model", tiny_path, "--file", record, "--format", "jsonl")
    assert said(live.records) == said(replay.records)
    assert [line for line in live.out.splitlines() if '"prediction"' in line] == [
        line for line in replay.out.splitlines() if '"prediction"' in line
    ]
    assert live.records[-1]["ended"] == "duration"


def test_speed_holds_the_recording_back(listen: Callable[..., Result]) -> None:
    slow = listen("--format", "jsonl", "--speed", "4").records
    fast = listen("--format", "jsonl").records
    assert said(slow) == said(fast)
    assert 1.4 < slow[-1]["wall_seconds"] < 3
    assert fast[-1]["wall_seconds"] < slow[-1]["wall_seconds"]


# Input that is poor, but no error
def test_silence_is_told_and_is_no_error(tiny_path: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "silence.wav", silence(3))
    result = run("--model", tiny_path, "--file", file, "--format", "jsonl")
    assert (result.code, result.err) == (0, "")
    assert kinds(result.records) == ["session", "summary"]
    assert "no speech found" in result.records[-1]["notices"]
    plain = run("--model", tiny_path, "--file", file)
    assert plain.code == 0
    assert "no speech found" in plain.out


def test_one_sample_is_a_recording(tiny_path: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "one.wav", np.array([0.5], np.float32), 44_100)
    result = run("--model", tiny_path, "--file", file, "--format", "jsonl")
    assert (result.code, result.err) == (0, "")
    assert kinds(result.records) == ["session", "summary"]


def test_a_truncated_recording_says_what_is_missing(tiny_path: Path, talk: Path, tmp_path: Path) -> None:
    short = tmp_path / "short.wav"
    short.write_bytes(talk.read_bytes()[: 4 * RATE * 8])
    result = run("--model", tiny_path, "--file", short, "--format", "jsonl")
    assert "6.0 s" in one_sentence(result, code=0)
    assert [record["kind"] for record in result.records if record.get("kind") == "signal"] == ["signal"]
    assert result.records[-1]["seconds"] == pytest.approx(4, abs=0.01)
    assert result.records[-1]["notices"]


def test_a_stream_without_a_length_is_heard(tiny_path: Path, talk: Path) -> None:
    data = bytearray(talk.read_bytes())
    at = data.index(b"data")
    data[at + 4 : at + 8] = data[4:8] = struct.pack("<I", 0xFFFFFFFF)
    result = run("--model", tiny_path, "--file", "-", "--format", "jsonl", stdin=bytes(data))
    assert (result.code, result.err) == (0, "")
    assert result.records[-1]["seconds"] == pytest.approx(6)


# Lanes
def test_lanes_are_told_in_every_record_and_summed_up(listen: Callable[..., Result]) -> None:
    result = listen("--format", "jsonl", "--channels", "split", "--lane-names", "Agent,Customer")
    assert (result.code, result.err) == (0, "")
    session, *middle, summary = result.records
    assert session["lanes"] == [{"name": "Agent", "channel": 1}, {"name": "Customer", "channel": 2}]
    assert session["channels"] == {"source": 2, "heard": "split"}
    assert {record["lane"] for record in middle} == {"Agent", "Customer"}
    assert [lane["name"] for lane in summary["call"]["lanes"]] == ["Agent", "Customer"]
    assert [lane["name"] for lane in summary["waveform"]["lanes"]] == ["Agent", "Customer"]
    ends = [r["speech_seconds"] for r in middle if r["type"] == "event" and r["kind"] == "speech" and r["end"]]
    assert summary["speech_seconds"] == pytest.approx(sum(ends))
    for lane in summary["call"]["lanes"]:
        assert all(sum(quarter.values()) == pytest.approx(1.0, abs=1e-3) for quarter in lane["quarters"] if quarter)


def test_one_lane_is_as_it_was(listen: Callable[..., Result]) -> None:
    session, *middle, summary = listen("--format", "jsonl").records
    assert "lanes" not in session
    assert not any("lane" in record for record in middle)
    assert [lane["name"] for lane in summary["call"]["lanes"]] == [None]


def test_an_event_that_ends_has_the_id_of_its_beginning(listen: Callable[..., Result]) -> None:
    events = [r for r in listen("--format", "jsonl", "--channels", "split").records if r["type"] == "event"]
    begun: dict[str, str] = {}
    for event in events:
        assert begun.setdefault(event["id"], event["kind"]) == event["kind"]
    assert len(events) == 2 * len(begun) > 4
    assert all(sum(other["id"] == event["id"] for other in events) == 2 for event in events)


def test_plain_lines_name_the_lane(listen: Callable[..., Result]) -> None:
    result = listen("--format", "plain", "--channels", "split", "--lane-names", "Agent,Customer")
    assert result.code == 0
    assert re.search(r"^ +\d+\.\d\d s  Customer  speech       begins$", result.out, re.MULTILINE)
    assert re.search(r"^  Agent +\d+\.\d s ", result.out, re.MULTILINE)
    assert "In each quarter:" in result.out


# Events worth acting on
def test_alerts_are_records_are_told_and_reach_the_program_of_the_user(
    listen: Callable[..., Result], tmp_path: Path
) -> None:
    heard, out = tmp_path / "heard", tmp_path / "a.jsonl"
    program = f"{sys.executable} -c \"import sys; open({str(heard)!r}, 'a').write(sys.stdin.read())\""
    arguments = ["--alert", "angry > 0.01 for 0.5 s", "--format", "jsonl", "--on-event", program, "--out", out]
    result = listen(*arguments)
    assert result.code == 0
    begun, ended = [record for record in result.records if record.get("kind") == "alert"][:2]
    assert (begun["end"], begun["rule"]) == (None, "angry > 0.01 for 0.5 s")
    assert ended["id"] == begun["id"]
    assert ended["end"] > begun["start"]
    assert "ser-live: alert: angry > 0.01 for 0.5 s" in result.err
    told = heard.read_text().splitlines()
    assert [line for line in result.out.splitlines() if '"event"' in line][: len(told)] == told
    assert len(told) > 2
    assert run("convert", out, "--out", tmp_path / "b.jsonl").code == 0
    assert (tmp_path / "b.jsonl").read_bytes() == out.read_bytes()
