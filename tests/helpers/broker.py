"""A real MQTT broker, and who reads what it is told."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

__all__ = ["Broker", "Reader", "broker"]


class Reader:
    """Everything that a broker tells, in order."""

    def __init__(self, port: int, user: str | None = None, password: str | None = None) -> None:
        self.messages: list[tuple[str, str]] = []
        self._client = Client(CallbackAPIVersion.VERSION2)
        if user is not None:
            self._client.username_pw_set(user, password)
        self._client.on_connect = lambda client, *rest: client.subscribe("#", qos=1)
        self._client.on_message = lambda client, data, message: self.messages.append(
            (message.topic, message.payload.decode())
        )
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def of(self, topic: str) -> list[str]:
        return [payload for name, payload in self.messages if name == topic]

    def wait(self, topic: str, payload: str) -> None:
        end = time.monotonic() + 10
        while payload not in self.of(topic):
            assert time.monotonic() < end, (topic, payload, self.messages)
            time.sleep(0.02)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


class Broker:
    """Mosquitto on a free port; `user` and `password` if it asks for some."""

    def __init__(self, folder: Path, user: str | None = None, password: str = "secret") -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        lines = [f"listener {self.port} 127.0.0.1", f"allow_anonymous {'true' if user is None else 'false'}"]
        if user is not None:
            people = folder / "people"
            subprocess.run(["mosquitto_passwd", "-b", "-c", people, user, password], check=True, capture_output=True)
            people.chmod(0o644)
            folder.chmod(0o755)
            lines.append(f"password_file {people}")
        self._file = folder / "mosquitto.conf"
        self._file.write_text("\n".join([*lines, "user root", ""]))
        self._process: subprocess.Popen[bytes] | None = None
        self._readers: list[Reader] = []

    def start(self) -> None:
        program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen([program, "-c", self._file], stdout=quiet, stderr=quiet)
        end = time.monotonic() + 10
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise AssertionError("mosquitto did not start")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def reader(self, user: str | None = None, password: str | None = None) -> Reader:
        reader = Reader(self.port, user, password)
        self._readers.append(reader)
        return reader

    def close(self) -> None:
        for reader in self._readers:
            reader.close()
        self.stop()


@pytest.fixture
def broker(mosquitto: str, tmp_path: Path) -> Iterator[Broker]:
    """A broker that takes everybody; it is not started yet."""
    broker = Broker(tmp_path)
    yield broker
    broker.close()
