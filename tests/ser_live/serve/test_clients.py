"""The example clients tell what the program tells."""

from __future__ import annotations

import shutil
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("starlette", reason="this test needs `ser-live[serve]`")
pytest.importorskip("uvicorn")
pytest.importorskip("websockets")

from program import run
from serving import serving

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parents[3] / "examples"
SECONDS = 10


@pytest.fixture(scope="module")
def mono(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The left channel of the example."""
    path = tmp_path_factory.mktemp("mono") / "mono.wav"
    with wave.open(str(EXAMPLES / "call.wav")) as call, wave.open(str(path), "wb") as left:
        left.setparams((1, 2, call.getframerate(), 0, "NONE", ""))
        frames = call.readframes(SECONDS * call.getframerate())
        left.writeframes(b"".join(frames[at : at + 2] for at in range(0, len(frames), 4)))
    return path


@pytest.fixture(scope="module")
def expected(mono: Path) -> list[str]:
    records = run("--file", mono, "--format", "jsonl").records
    begun = [r for r in records if r.get("kind") == "emotion" and r["end"] is None]
    assert begun
    summary = records[-1]
    heard = f"{summary['seconds']:g} s heard, {summary['predictions']} predictions"
    return [*(f"{r['start']:8.2f} s  {r['label']}" for r in begun), heard]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving() as address:
        yield address


def test_the_python_client(address: str, mono: Path, expected: list[str]) -> None:
    command = [sys.executable, str(EXAMPLES / "serve_client.py"), str(mono), f"ws://{address}/v1/stream"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.replace(".0 s heard", " s heard").splitlines() == expected


def test_the_node_client(address: str, mono: Path, expected: list[str]) -> None:
    node = shutil.which("node")
    flags = [flag for flag in ([], ["--experimental-websocket"]) if node and _has_socket([node, *flag])]
    if not flags:
        pytest.skip("no Node with a WebSocket")
    command = [str(node), *flags[0], str(EXAMPLES / "serve_client.mjs"), f"ws://{address}/v1/stream"]
    done = subprocess.run(command, input=mono.read_bytes()[44:], capture_output=True, check=True, timeout=60)
    assert done.stdout.decode().splitlines() == expected


def _has_socket(command: list[str]) -> bool:
    return subprocess.run([*command, "-e", "new WebSocket"], capture_output=True).stderr.find(b"not defined") < 0
