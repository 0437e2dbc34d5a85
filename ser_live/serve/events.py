"""`/v1/events`: the records of a session on this machine, read from the file of JSON lines that it writes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from ser_live.serve.connection import accept
from ser_live.serve.refusal import Refusal

if TYPE_CHECKING:
    from ser_live.serve.app import Server

__all__ = ["follow", "serve_events"]

_LOOK_SECONDS: Final = 0.1
_SEND_SECONDS: Final = 20.0
_PIECE: Final = 1 << 20  # bytes read at once


async def follow(path: Path) -> AsyncIterator[str]:
    """Yield the lines of a file as they are written; begin again where another file takes its place."""
    while True:
        try:
            with path.open("rb") as file:
                async for line in _lines(file, path):
                    yield line
        except OSError:  # the session has not begun
            await asyncio.sleep(_LOOK_SECONDS)


async def _lines(file: BinaryIO, path: Path) -> AsyncIterator[str]:
    opened = os.fstat(file.fileno())
    rest = b""
    while True:
        if piece := file.read(_PIECE):
            *whole, rest = (rest + piece).split(b"\n")
            for line in whole:
                yield line.decode("utf-8", "replace")
            continue
        await asyncio.sleep(_LOOK_SECONDS)
        now = path.stat()
        if (now.st_dev, now.st_ino) != (opened.st_dev, opened.st_ino) or now.st_size < file.tell():
            return


async def serve_events(socket: WebSocket) -> None:
    """Send every record of the session, those before the connection first."""
    server: Server = socket.app.state.server
    await accept(socket)
    if server.events is None:
        refusal = Refusal("no-events", "this server follows no session: start it with --events FILE.jsonl")
        await socket.send_text(refusal.line)
        await socket.close(refusal.code)
        return
    sender = asyncio.create_task(_send(socket, server.events))
    try:
        while (await socket.receive())["type"] != "websocket.disconnect":
            pass  # what a listener says is not asked for
    except WebSocketDisconnect:
        pass
    finally:
        sender.cancel()
        await asyncio.gather(sender, return_exceptions=True)


async def _send(socket: WebSocket, path: Path) -> None:
    try:
        async for line in follow(path):
            await asyncio.wait_for(socket.send_text(line), _SEND_SECONDS)
    except asyncio.TimeoutError:
        await socket.close(1008)
