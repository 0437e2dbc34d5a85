"""MQTT with a real broker: what it is told, while it is there, away, back, and when it refuses."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from program import one_sentence, run, start, write

pytest.importorskip("paho.mqtt.client", reason="this test needs `ser-live[mqtt]`")

from broker import Broker, broker
from voices import silence, voice

from ser_live.errors import SettingsError
from ser_live.outputs.mqtt import Mqtt
from ser_live.types import Event, Prediction

__all__ = ["broker"]  # a fixture

FIELDS: Mapping[str, Any] = {"version": "1", "model": {"name": "tiny.onnx", "labels": ["angry", "sad"]}}


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    words = [voice(4.0), silence(0.5), voice(3.0), silence(1.0)]
    return write(tmp_path_factory.mktemp("talk") / "talk.wav", np.concatenate(words))


def emotion(label: str, start: float, end: float | None = None, lane: str | None = None) -> Event:
    return Event(kind="emotion", start=start, end=end, fields={"label": label}, id="emotion-1", lane=lane)


def prediction(end: float, lane: str | None = None) -> Prediction:
    shares = {"angry": 0.75, "sad": 0.25}
    return Prediction(
        start=end - 1,
        end=end,
        available=end,
        speech_seconds=1.0,
        probabilities=shares,
        smoothed=shares,
        label="angry",
        state="committed",
        lane=lane,
    )


def test_a_session_as_home_assistant_meets_it(broker: Broker, tiny_path: Path, talk: Path) -> None:
    broker.start()
    reader = broker.reader()
    url = f"mqtt://127.0.0.1:{broker.port}/desk"
    process = start("--model", tiny_path, "--file", talk, "--speed", "4", "--format", "jsonl", "--mqtt", url)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
    reader.wait("desk/availability", "offline")
    assert reader.of("desk/availability") == ["online", "offline"]
    (description,) = map(json.loads, reader.of("homeassistant/sensor/desk_emotion/config"))
    records = [json.loads(line) for line in out.splitlines()]
    assert description["options"] == [*records[0]["model"]["labels"], "none"]
    assert description["state_topic"] == "desk/emotion"
    assert description["json_attributes_topic"] == "desk/emotion/attributes"
    told = [json.loads(payload) for payload in reader.of("desk/events")]
    events = [record for record in records if record["type"] == "event"]
    assert told == events[-len(told) :]  # all from the moment of the connection on
    assert told
    committed = [event["label"] for event in told if event["kind"] == "emotion" and event["end"] is None]
    states = reader.of("desk/emotion")
    assert [state for state in states if state != "none"][-len(committed) :] == committed
    assert states[-1] == "none"
    attributes = [json.loads(payload) for payload in reader.of("desk/emotion/attributes")]
    assert {"leading", "state", "at"} <= attributes[-1].keys()
    smoothed = [record["smoothed"] for record in records if record["type"] == "prediction"]
    assert {label: attributes[-1][label] for label in smoothed[0]} in [
        {label: round(share, 4) for label, share in shares.items()} for shares in smoothed
    ]


def test_who_comes_later_gets_the_state(broker: Broker) -> None:
    broker.start()
    first = broker.reader()
    sink = Mqtt(f"mqtt://127.0.0.1:{broker.port}/desk", pytest.fail)
    sink.open({**FIELDS, "lanes": [{"name": "The agent", "channel": 1}, {"name": "B", "channel": 2}]})
    first.wait("desk/availability", "online")
    sink.take(emotion("sad", 1.0, lane="The agent"))
    sink.take(prediction(1.0, lane="The agent"))
    sink.take(prediction(1.5, lane="The agent"))
    sink.take(prediction(2.0, lane="The agent"))
    first.wait("desk/The-agent/emotion", "sad")
    late = broker.reader()
    late.wait("desk/The-agent/emotion", "sad")
    late.wait("desk/B/emotion", "none")
    assert late.of("desk/events") == []
    late.wait("desk/The-agent/emotion/attributes", first.of("desk/The-agent/emotion/attributes")[-1])
    assert [json.loads(text).get("at") for text in first.of("desk/The-agent/emotion/attributes")] == [None, 1.0, 2.0]
    names = [json.loads(p)["name"] for topic, p in late.messages if topic.startswith("homeassistant/sensor/desk_")]
    assert sorted(names) == ["Emotion of B", "Emotion of The agent"]
    sink.close({})
    late.wait("desk/availability", "offline")
    assert late.of("desk/The-agent/emotion")[-1] == "none"


def test_a_killed_program_is_offline(broker: Broker, tiny_path: Path, talk: Path) -> None:
    broker.start()
    reader = broker.reader()
    url = f"mqtt://127.0.0.1:{broker.port}/desk"
    process = start("--model", tiny_path, "--file", talk, "--speed", "0.1", "--format", "jsonl", "--mqtt", url)
    reader.wait("desk/availability", "online")
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=20)
    reader.wait("desk/availability", "offline")


def test_a_broker_that_comes_later_and_goes_and_comes_back(broker: Broker) -> None:
    told: list[str] = []
    sink = Mqtt(f"mqtt://127.0.0.1:{broker.port}/desk", told.append)
    sink.open(FIELDS)
    sink.take(emotion("angry", 1.0))
    wait_for(told, 1)
    assert told[0].endswith("does not answer: it is tried again while the session goes on")
    for _ in range(2):
        broker.start()
        reader = broker.reader()
        reader.wait("desk/availability", "online")
        reader.wait("desk/emotion", "angry")
        broker.stop()
        sink.take(prediction(2.0))
    sink.close({})
    assert [message.partition(f":{broker.port} ")[2] for message in told] == [
        "does not answer: it is tried again while the session goes on",
        "is there again",
    ]


def wait_for(told: list[str], count: int) -> None:
    end = time.monotonic() + 20
    while len(told) < count and time.monotonic() < end:
        time.sleep(0.02)
    assert len(told) == count


def test_a_broker_that_asks_for_a_password(mosquitto: str, tmp_path: Path) -> None:
    strict = Broker(tmp_path, "ha")
    strict.start()
    try:
        told: list[str] = []
        wrong = Mqtt(f"mqtt://ha:no@127.0.0.1:{strict.port}/desk", told.append)
        wrong.open(FIELDS)
        wait_for(told, 1)
        wrong.close({})
        assert "refuses the connection (not authorized)" in told[0]
        assert "check the user and the password" in told[0]
        right = Mqtt(f"mqtt://ha:secret@127.0.0.1:{strict.port}/desk", pytest.fail)
        right.open(FIELDS)
        strict.reader("ha", "secret").wait("desk/availability", "online")
        right.close({})
    finally:
        strict.close()


def test_a_broker_that_is_away_costs_the_session_nothing(broker: Broker, tiny_path: Path, talk: Path) -> None:
    url = f"mqtt://127.0.0.1:{broker.port}"
    without = run("--model", tiny_path, "--file", talk, "--format", "jsonl")
    told = run("--model", tiny_path, "--file", talk, "--format", "jsonl", "--mqtt", url)
    assert told.code == 0
    assert [r for r in told.records if r["type"] != "summary"][1:] == [
        r for r in without.records if r["type"] != "summary"
    ][1:]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "broker",
        "http://broker",
        "mqtt://",
        "mqtt://broker:0",
        "mqtt://broker:70000",
        "mqtt://broker?x=1",
        "mqtt://[",
        "mqtt://broker/#",
    ],
)
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match=r"--mqtt takes mqtt://\[USER:PASSWORD@\]HOST"):
        Mqtt(url, pytest.fail)


@pytest.mark.parametrize("topic", ["a/+/b", "%23", "x" * 201, "a%00b"])
def test_what_is_no_topic_is_refused(topic: str) -> None:
    with pytest.raises(SettingsError, match="the topic in the URL"):
        Mqtt(f"mqtt://broker/{topic}", pytest.fail)


def test_a_password_is_not_printed(tiny_path: Path, talk: Path) -> None:
    sentence = one_sentence(run("--model", tiny_path, "--file", talk, "--mqtt", "http://ha:hunter2@broker"), 2)
    assert "hunter2" not in sentence
    assert "***@broker" in sentence
