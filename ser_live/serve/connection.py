"""`/v1/stream`: a start, sound, a stop; the records come back as they are known."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from ser_live.errors import shortened
from ser_live.serve.hearing import Hearing, recording_name
from ser_live.serve.refusal import BAD, BUSY, Refusal
from ser_live.serve.security import PROTOCOL
from ser_live.serve.start import parse_start
from ser_live.serve.stream import Stream

if TYPE_CHECKING:
    from ser_live.serve.app import Server

__all__ = ["accept", "serve_stream"]

_START_SECONDS: Final = 10.0  # that a client has for its first frame
_SEND_SECONDS: Final = 20.0  # that a client has to take a line
_MOST_TURNS: Final = 1000  # of which the lines wait for a slow reader
Turn = tuple[list[str], bool]
"""Lines, and whether they are the last."""


async def accept(socket: WebSocket) -> None:
    """Accept a connection, with our subprotocol where the client offers it."""
    lists = socket.scope.get("subprotocols", [])  # uvicorn 0.50 and before hand a header over as it is, with commas
    offered = {name.strip() for names in lists for name in names.split(",")}
    await socket.accept(PROTOCOL if PROTOCOL in offered else None)


async def serve_stream(socket: WebSocket) -> None:
    """Serve one stream from its first frame to its summary."""
    server: Server = socket.app.state.server
    await accept(socket)
    if server.metrics.sessions >= server.limits.sessions:
        words = f"this server hears {server.limits.sessions} streams at once, and all are taken: try again later"
        await _refuse(socket, server, Refusal("too-many-sessions", words, BUSY))
        return
    server.metrics.sessions += 1
    server.metrics.sessions_total += 1
    try:
        await _converse(socket, server)
    except Refusal as refusal:  # nothing was heard
        await _refuse(socket, server, refusal)
    except (WebSocketDisconnect, asyncio.TimeoutError):
        pass  # the client is gone, or takes nothing
    finally:
        server.metrics.sessions -= 1


async def _converse(socket: WebSocket, server: Server) -> None:
    try:
        first = await asyncio.wait_for(_receive(socket), _START_SECONDS)
    except asyncio.TimeoutError:
        raise Refusal("no-start", f"no start came within {_START_SECONDS:.0f} s: send it first") from None
    start = parse_start(first if isinstance(first, str) else None)
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[Turn] = asyncio.Queue()

    def deliver(turn: list[str], last: bool) -> None:
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(lines.put_nowait, (turn, last))

    def hearing(send: Callable[[str], object]) -> Hearing:
        path = None if server.record_dir is None else recording_name(server.record_dir)
        return Hearing(start, server.classifier, server.device, server.settings, send, path)

    stream = Stream(start, hearing, deliver, server.metrics)
    server.streams.add(stream)
    server.worker.wake(stream)  # the session's record comes at once
    reader = asyncio.create_task(_read(socket, server, stream, lines))
    try:
        await _write(socket, lines)
    finally:
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
        stream.leave(
            hear_all=server.record_dir is not None
        )  # also where the client is gone: it is summed up and closed
        server.worker.wake(stream)
        server.streams.discard(stream)


async def _read(socket: WebSocket, server: Server, stream: Stream, lines: asyncio.Queue[Turn]) -> None:
    """Take sound until a stop, a mistake or the end of the connection."""
    try:
        while not await _take(socket, server, stream, lines):
            server.worker.wake(stream)
        stream.stop()
    except Refusal as refusal:
        server.metrics.refused_total += 1
        stream.stop(refusal)
    except WebSocketDisconnect:
        stream.stop()
    server.worker.wake(stream)


async def _take(socket: WebSocket, server: Server, stream: Stream, lines: asyncio.Queue[Turn]) -> bool:
    """Take a message and return whether it is the stop."""
    message = await _receive(socket)
    if len(message) > server.limits.message:
        raise Refusal(
            "too-large", f"a message may have {server.limits.message:,} bytes: send the sound in smaller ones"
        )
    if isinstance(message, str):
        if _is_stop(message):
            return True
        words = f'after the start come binary frames and then {{"type": "stop"}}, not {shortened(repr(message), 60)}'
        raise Refusal("bad-message", words)
    stream.put(message)
    if stream.waiting_seconds > server.limits.queue_seconds:
        raise Refusal(
            "queue-full",
            f"more than {server.limits.queue_seconds:g} s of sound wait to be heard: send it no faster than it is "
            "made, or start the server with a larger --max-queue-seconds",
        )
    if lines.qsize() > _MOST_TURNS:
        raise Refusal("slow-reader", "the records are not read: read them while you send")
    return False


async def _write(socket: WebSocket, lines: asyncio.Queue[Turn]) -> None:
    """Send lines until the last."""
    last, code = False, 1000
    while not last:
        turn, last = await lines.get()
        for line in turn:
            await asyncio.wait_for(socket.send_text(line), _SEND_SECONDS)
            if line.startswith('{"type": "error"'):
                code = BAD
    await socket.close(code)


async def _receive(socket: WebSocket) -> str | bytes:
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1006))
    data = message.get("bytes")
    return str(message["text"]) if data is None else bytes(data)


async def _refuse(socket: WebSocket, server: Server, refusal: Refusal) -> None:
    server.metrics.refused_total += 1
    with suppress(WebSocketDisconnect, RuntimeError, asyncio.TimeoutError):
        await asyncio.wait_for(socket.send_text(refusal.line), _SEND_SECONDS)
        await socket.close(refusal.code)


def _is_stop(text: str) -> bool:
    try:
        return bool(json.loads(text) == {"type": "stop"})
    except (ValueError, RecursionError):
        return False
