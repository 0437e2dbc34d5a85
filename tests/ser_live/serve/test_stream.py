"""What comes back over the socket is what the program prints for the same samples."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr

pytest.importorskip("starlette", reason="this test needs `ser-live[serve]`")
pytest.importorskip("uvicorn")
pytest.importorskip("websockets")

from program import ENVIRONMENT, PROGRAM
from serving import dial, lines_of, serving, talk, without_clocks

from ser_live.types import FloatArray

START = {"sample_rate": 16000, "channels": 1, "encoding": "s16le"}
CALL = Path(__file__).parents[3] / "examples" / "call.wav"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving("--max-queue-seconds", "600", "--max-sessions", "3") as address:
        yield address


def sound(rate: int, channels: int, encoding: str, seconds: float = 7.3) -> bytes:
    samples, own = soundfile.read(CALL, dtype="float32")
    call = soxr.resample(samples, own, rate)[: round(seconds * rate)]
    both: FloatArray = call if channels == 2 else call.mean(axis=1, keepdims=True)
    if encoding == "f32le":
        return both.astype("<f4").tobytes()
    return np.clip(np.round(both * 32768), -32768, 32767).astype("<i2").tobytes()


def program_lines(data: bytes, raw: str, *arguments: str) -> list[str]:
    done = subprocess.run(
        [*PROGRAM, "--file", "-", "--raw", raw, "--format", "jsonl", *arguments],
        input=data, capture_output=True, check=True, env=ENVIRONMENT,
    )  # fmt: skip
    return done.stdout.decode().splitlines()


@pytest.mark.slow
@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000])
@pytest.mark.parametrize("encoding", ["s16le", "f32le"])
@pytest.mark.parametrize("channels", [1, 2])
def test_the_records_are_those_of_the_program(address: str, rate: int, encoding: str, channels: int) -> None:
    data = sound(rate, channels, encoding)
    names = ["Agent", "Customer"] if channels == 2 else []
    split = ["--channels", "split", "--lane-names", ",".join(names)] if names else []
    expected = program_lines(data, f"{rate},{channels},{encoding[:3]}", *split)
    assert any('"type": "prediction"' in line for line in expected)
    start: dict[str, Any] = {"sample_rate": rate, "channels": channels, "encoding": encoding}
    if names:
        start["lane_names"] = names
    for cuts in ([3201], [1, 1, 2, 7, 100_000, 12345]):
        lines = talk(address, start, data, cuts)
        assert without_clocks(lines, "source") == without_clocks(expected, "source")


def refused(address: str, *frames: str | bytes) -> dict[str, Any]:
    with dial(address) as socket:
        for frame in frames:
            socket.send(frame)
        lines = [json.loads(line) for line in lines_of(socket)]
    errors = [line for line in lines if line["type"] == "error"]
    assert len(errors) == 1, lines
    if lines[0]["type"] == "session":
        assert lines[-1]["type"] == "summary"
    return dict(errors[0])


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (b"\0\0", "sound came before the start"),
        ("", "the first frame was expected to be"),
        ("[" * 100_000, "the first frame was expected to be"),
        ('{"type": "stop"}', "the first frame was expected to be"),
        ({**START, "sample_rate": 0}, "sample_rate is a whole number from 1000 to 1000000, not 0"),
        ({**START, "sample_rate": 10**9}, "sample_rate is a whole number"),
        ({**START, "sample_rate": 16000.5}, "sample_rate is a whole number"),
        ({**START, "channels": True}, "channels is a whole number from 1 to 16, not True"),
        ({**START, "encoding": "mp3"}, "encoding is s16le or f32le, not 'mp3'"),
        ({**START, "encoding": ["s16le"]}, "encoding is s16le or f32le"),
        ({**START, "lane_names": "A"}, "lane_names is a list of names"),
        ({**START, "lane_names": ["A"]}, "needs a channel for each voice"),
        ({**START, "rate": 1}, "the start has no field 'rate'"),
    ],
)
def test_a_first_frame_that_is_none_is_told(address: str, frame: Any, words: str) -> None:
    text = json.dumps({"type": "start", **frame}) if isinstance(frame, dict) else frame
    error = refused(address, text)
    assert error["name"] == "bad-start"
    assert words in error["message"]
    assert "--" not in error["message"]


def test_mistakes_after_the_start_end_with_a_named_error_and_the_summary(address: str) -> None:
    start = json.dumps({"type": "start", **START})
    assert refused(address, start, "hello")["name"] == "bad-message"
    assert refused(address, start, bytes((1 << 20) + 1))["name"] == "too-large"
    floats = json.dumps({"type": "start", **START, "encoding": "f32le"})
    error = refused(address, floats, np.array([0, 0, np.nan], "<f4").tobytes())
    assert error["name"] == "bad-sound"
    assert "not a number" in error["message"]


def test_a_session_too_many_is_refused_and_the_others_go_on(address: str) -> None:
    with ExitStack() as stack:
        others = [stack.enter_context(dial(address)) for _ in range(3)]
        for other in others:
            other.send(json.dumps({"type": "start", **START}))
            assert json.loads(other.recv(30))["type"] == "session"
        assert refused(address)["name"] == "too-many-sessions"
        for other in others:
            other.send('{"type": "stop"}')
            assert json.loads(lines_of(other)[-1])["type"] == "summary"


def test_sound_beyond_the_queue_is_refused() -> None:
    with serving("--max-queue-seconds", "1") as address:
        start = json.dumps({"type": "start", **START})
        assert refused(address, start, bytes(2 * 16000 * 4))["name"] == "queue-full"
