"""OSC with a real receiver."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from program import run, write
from voices import silence, voice

pytest.importorskip("pythonosc", reason="this test needs `ser-live[osc]`")

from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import ThreadingOSCUDPServer

from ser_live.errors import SettingsError
from ser_live.outputs.osc import Osc
from ser_live.types import Event


class Receiver:
    def __init__(self) -> None:
        self.messages: list[tuple[str, Any]] = []
        self.last = threading.Event()
        dispatcher = Dispatcher()
        dispatcher.set_default_handler(self.take)
        self.server = ThreadingOSCUDPServer(("127.0.0.1", 0), dispatcher)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    def take(self, address: str, *values: Any) -> None:
        self.messages.append((address, values[0]))
        if address == "/done":
            self.last.set()

    def of(self, address: str) -> list[Any]:
        return [value for name, value in self.messages if name == address]

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def test_a_session(receiver: Receiver, tiny_path: Path, tmp_path: Path) -> None:
    talk = write(tmp_path / "talk.wav", np.concatenate([voice(4.0), silence(2.0), voice(2.0)]))
    place = f"127.0.0.1:{receiver.port}"
    result = run("--model", tiny_path, "--file", talk, "--speed", "4", "--format", "jsonl", "--osc", place)
    assert (result.code, result.err) == (0, "")
    from pythonosc.udp_client import SimpleUDPClient

    with SimpleUDPClient("127.0.0.1", receiver.port) as client:
        client.send_message("/done", 1)
    assert receiver.last.wait(10)
    predictions = [record for record in result.records if record["type"] == "prediction"]
    assert sorted(receiver.of("/ser-live/label")) == sorted(record["label"] for record in predictions)
    for label in predictions[0]["smoothed"]:
        shares = [record["smoothed"][label] for record in predictions]
        assert sorted(receiver.of(f"/ser-live/probability/{label}")) == pytest.approx(sorted(shares), abs=1e-6)
    speech = [int(record["end"] is None) for record in result.records if record.get("kind") == "speech"]
    assert sorted(receiver.of("/ser-live/speaking")) == sorted([0, 0, *speech])
    assert 1 in speech
    committed = [r["label"] for r in result.records if r.get("kind") == "emotion" and r["end"] is None]
    assert sorted(state for state in receiver.of("/ser-live/emotion") if state != "none") == sorted(committed)


def test_lanes_have_addresses_of_their_own(receiver: Receiver) -> None:
    sink = Osc(f"127.0.0.1:{receiver.port}")
    sink.open({"lanes": [{"name": "The agent/1"}, {"name": "B"}]})
    sink.take(Event(kind="emotion", start=1.0, fields={"label": "sad"}, lane="The agent/1"))
    sink.take(Event(kind="alert", start=1.0, fields={"rule": "sad for 0 s"}, lane="B"))
    sink.close({})
    from pythonosc.udp_client import SimpleUDPClient

    with SimpleUDPClient("127.0.0.1", receiver.port) as client:
        client.send_message("/done", 1)
    assert receiver.last.wait(10)
    assert "sad" in receiver.of("/ser-live/The-agent-1/emotion")
    assert receiver.of("/ser-live/B/alert") == ["sad for 0 s"]


def test_where_nobody_listens_nothing_is_lost_but_the_packets(tiny_path: Path, tmp_path: Path) -> None:
    talk = write(tmp_path / "talk.wav", voice(4.0))
    result = run("--model", tiny_path, "--file", talk, "--format", "jsonl", "--osc", "127.0.0.1:9")
    assert (result.code, result.err) == (0, "")


@pytest.mark.parametrize("place", ["", "9000", "host:", ":9000", "host:0", "host:70000", "host:x", "a:b:c"])
def test_what_is_no_place_is_refused(place: str) -> None:
    with pytest.raises(SettingsError, match="--osc takes HOST:PORT"):
        Osc(place)


def test_a_host_that_is_not_known_is_refused() -> None:
    with pytest.raises(SettingsError, match="there is no host"):
        Osc("no-such-host.invalid:9000")
