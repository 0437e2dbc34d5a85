"""Clients that come and go, lie, stall or leave: nothing stays of them, and the others go on."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

pytest.importorskip("starlette", reason="this test needs `ser-live[serve]`")
pytest.importorskip("uvicorn")
pytest.importorskip("websockets")

from program import one_sentence, run
from serving import dial, serving_process, talk
from websockets.exceptions import ConnectionClosed

pytestmark = pytest.mark.slow

START = {"sample_rate": 16000, "channels": 1, "encoding": "s16le"}
COUNT = int(os.environ.get("SER_LIVE_CONNECTIONS", "150"))  # 10000 takes minutes


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    with serving_process() as pair:
        yield pair


def descriptors(process: subprocess.Popen[bytes]) -> int:
    return len(os.listdir(f"/proc/{process.pid}/fd"))


def resident(process: subprocess.Popen[bytes]) -> int:
    return int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def leave(address: str, number: int) -> None:
    """Be one of many kinds of client that do not end as they should."""
    host, port = address.split(":")
    kind = number % 5
    if kind == 0:  # says nothing
        socket.create_connection((host, int(port))).close()
    elif kind == 1:  # leaves in the middle of a request
        with socket.create_connection((host, int(port))) as plain:
            plain.sendall(b"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nUpgr")
    elif kind == 2:  # a whole stream, in frames of 1 byte
        assert json.loads(talk(address, START, bytes(50), [1])[-1])["type"] == "summary"
    else:
        with dial(address) as client:
            client.send(json.dumps({"type": "start", **START}) if kind == 3 else "nonsense")
            with suppress(OSError, ConnectionClosed):  # the server may be the first to close
                client.send(bytes(3200))
                client.socket.shutdown(socket.SHUT_RDWR)  # without a word


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_many_connections_leave_nothing_behind(server: tuple[str, subprocess.Popen[bytes]]) -> None:
    address, process = server
    for number in range(50):
        leave(address, number)
    time.sleep(1)
    before, memory = descriptors(process), resident(process)
    for number in range(COUNT):
        leave(address, number)
    end = time.monotonic() + 60
    while descriptors(process) > before and time.monotonic() < end:
        time.sleep(0.1)
    assert descriptors(process) <= before
    assert resident(process) < memory + 30_000_000
    assert process.poll() is None


def test_one_that_stalls_does_not_stop_another(server: tuple[str, subprocess.Popen[bytes]]) -> None:
    address, _ = server
    with dial(address) as stalled, dial(address) as silent:
        stalled.send(json.dumps({"type": "start", **START}))
        stalled.send(bytes(3201))
        lines = [json.loads(line) for line in talk(address, START, bytes(32000), [1000])]
        assert (lines[0]["type"], lines[-1]["type"], lines[-1]["seconds"]) == ("session", "summary", 1.0)
        error = json.loads(silent.recv(60))
        assert error["name"] == "no-start"


def test_a_certificate_that_does_not_match_its_key_is_said(tmp_path: Path) -> None:
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    for name in "ab":
        pair = ["-keyout", str(tmp_path / f"{name}.key"), "-out", str(tmp_path / f"{name}.pem")]
        subprocess.run([*make, *pair], check=True, capture_output=True)
    files = ["--certfile", tmp_path / "a.pem", "--keyfile"]
    assert "cannot be used (KEY_VALUES_MISMATCH)" in one_sentence(
        run("serve", "--port", "0", *files, tmp_path / "b.key"), 2
    )
    with serving_process(*files, tmp_path / "a.key") as (address, _):
        import ssl
        from urllib.request import urlopen

        trust = ssl.create_default_context(cafile=str(tmp_path / "a.pem"))
        trust.check_hostname = False  # the certificate is of localhost, without further names
        with urlopen(f"https://{address}/health", context=trust) as answer:
            assert json.load(answer)["status"] == "ok"
