"""A server of ours as a process, and clients of it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from program import start
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

TIMES = ("started", "real_time_factor", "wall_seconds", "compute_ms")
"""What a clock says in the session and summary records."""


@contextmanager
def serving(*arguments: str | Path) -> Iterator[str]:
    """Run `ser-live serve` on a free port and yield its address, `127.0.0.1:PORT`."""
    with serving_process(*arguments) as (address, _):
        yield address


@contextmanager
def serving_process(*arguments: str | Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Do the same and yield the process, too."""
    process = start("serve", "--port", "0", *arguments, stdout=subprocess.DEVNULL)
    assert process.stderr is not None
    try:
        line = process.stderr.readline().decode()
        found = re.search(r"://(.+:\d+)/", line)
        assert found, line + process.stderr.read().decode()
        yield found[1], process
    finally:
        process.terminate()
        process.wait(60)
        process.stderr.close()


def dial(address: str, path: str = "/v1/stream", **options: Any) -> ClientConnection:
    return connect(f"ws://{address}{path}", compression=None, open_timeout=60, **options)


def talk(address: str, start: dict[str, Any], sound: bytes, cuts: Sequence[int], **options: Any) -> list[str]:
    """Send sound in frames of these lengths (the last one again and again); return the lines that come back."""
    with dial(address, **options) as socket:
        socket.send(json.dumps({"type": "start", **start}))
        at, number = 0, 0
        while at < len(sound):
            size = cuts[min(number, len(cuts) - 1)]
            socket.send(sound[at : at + size])
            at, number = at + size, number + 1
        socket.send('{"type": "stop"}')
        return lines_of(socket)


def lines_of(socket: ClientConnection) -> list[str]:
    """The lines until the server closes."""
    lines = []
    try:
        while True:
            lines.append(str(socket.recv(60)))
    except ConnectionClosed:
        return lines


def without_clocks(lines: Sequence[str], *also: str) -> list[Any]:
    """The first and the last line parsed and without what a clock says; the others as they are."""
    ends = [{k: v for k, v in json.loads(lines[i]).items() if k not in (*TIMES, *also)} for i in (0, -1)]
    return [ends[0], *lines[1:-1], ends[1]]
