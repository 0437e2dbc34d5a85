"""Strangers are refused: other names, other origins, a wrong token; and nothing is stored unless asked for."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile

pytest.importorskip("starlette", reason="this test needs `ser-live[serve]`")
pytest.importorskip("uvicorn")
pytest.importorskip("websockets")

from program import one_sentence, run
from serving import dial, serving, talk
from websockets.exceptions import InvalidStatus

TOKEN = "0123456789abcdef_-"
START = {"sample_rate": 16000, "channels": 1, "encoding": "s16le"}


@pytest.fixture(scope="module")
def open_server() -> Iterator[str]:
    with serving() as address:
        yield address


@pytest.fixture(scope="module")
def guarded() -> Iterator[str]:
    with serving("--token", TOKEN) as address:
        yield address


def ask(address: str, path: str, **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection(address, timeout=30)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.headers, body


@pytest.mark.parametrize("name", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "[", ""])
def test_another_name_is_refused(open_server: str, name: str) -> None:
    assert ask(open_server, "/", Host=name)[0] == 421


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1:9", "[::1]:9"])
def test_local_names_are_answered(open_server: str, name: str) -> None:
    assert ask(open_server, "/health", Host=name)[0] == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:1", "http://127.0.0.1"])
def test_a_page_of_another_origin_is_refused(open_server: str, origin: str) -> None:
    assert ask(open_server, "/", Origin=origin)[0] == 403
    with pytest.raises(InvalidStatus), dial(open_server, origin=origin):
        pass


def test_the_page_of_the_server_is_let_in(open_server: str) -> None:
    assert ask(open_server, "/", Origin=f"http://{open_server}")[0] == 200
    assert talk(open_server, START, b"", [1], origin=f"http://{open_server}")


def test_without_the_token_nobody_is_heard(guarded: str) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}, {"Authorization": "Bearer \xe4"}):
        assert ask(guarded, "/metrics", **headers)[0] == 401
        with pytest.raises(InvalidStatus), dial(guarded, additional_headers=headers):
            pass
    assert ask(guarded, "/health")[0] == 200
    assert ask(guarded, f"/metrics?token={TOKEN}")[0] == 401


def test_the_token_comes_as_a_header_or_as_a_subprotocol(guarded: str) -> None:
    assert ask(guarded, "/metrics", Authorization=f"Bearer {TOKEN}")[0] == 200
    assert talk(guarded, START, b"", [1], additional_headers={"Authorization": f"Bearer {TOKEN}"})
    with dial(guarded, subprotocols=["ser-live", f"token.{TOKEN}"]) as socket:
        assert socket.subprotocol == "ser-live"


def test_metrics_say_nothing_of_emotions(open_server: str) -> None:
    text = ask(open_server, "/metrics")[2].decode()
    assert "ser_live_sessions_total" in text
    assert "{" not in text
    assert not [word for word in ("angry", "happy", "neutral", "sad", "fear", "disgust") if word in text]


def test_pages_allow_no_script_but_ours(open_server: str) -> None:
    for path in ("/", "/overlay"):
        policy = str(ask(open_server, path)[1]["content-security-policy"])
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


def test_compression_is_not_offered(open_server: str) -> None:
    from websockets.sync.client import connect

    with connect(f"ws://{open_server}/v1/stream") as socket:  # which offers it
        assert "Sec-WebSocket-Extensions" not in socket.response.headers  # type: ignore[union-attr]


def test_sound_is_stored_only_where_asked_and_the_client_is_told(tmp_path: Path) -> None:
    data = bytes(range(200)) * 100
    with serving("--record-dir", tmp_path) as address:
        session = json.loads(talk(address, START, data, [777])[0])
        assert session["recorded"] is True
        assert json.loads(ask(address, "/health")[2])["recorded"] is True
    (path,) = tmp_path.iterdir()
    samples, rate = soundfile.read(path, dtype="float32")
    assert (rate, (samples * 32768).astype("<i2").tobytes()) == (16000, data)


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        (["--host", "0.0.0.0"], "give a --token", 2),
        (["--token", "short"], "--token takes 16 to 200", 2),
        (["--keyfile", "key.pem"], "--keyfile belongs to --certfile", 2),
        (["--certfile", "none.pem"], "cannot be used", 2),
        (["--record-dir", "no such folder"], "--record-dir takes a folder", 2),
        (["--port", "70000"], "--port takes a number", 2),
        (["--max-queue-seconds", "nan"], "--max-queue-seconds takes seconds", 2),
    ],
)
def test_what_does_not_fit_is_said(arguments: list[str], words: str, code: int) -> None:
    assert words in one_sentence(run("serve", "--port", "0", *arguments), code)


def test_a_taken_port_is_said(open_server: str) -> None:
    assert "cannot listen at 127.0.0.1" in one_sentence(run("serve", "--port", open_server.rpartition(":")[2]))
