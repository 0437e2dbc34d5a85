"""The routes of the server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute

from ser_live import __version__
from ser_live.classifier import Classifier
from ser_live.config import Settings
from ser_live.serve.connection import serve_stream
from ser_live.serve.events import serve_events
from ser_live.serve.metrics import Metrics
from ser_live.serve.report import report
from ser_live.serve.security import Guard
from ser_live.serve.stream import Stream
from ser_live.serve.worker import Worker

__all__ = ["Limits", "Server", "application"]

_PAGE: Final = Path(__file__).parent / "page"
_TYPES: Final = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one client may ask for.

    Attributes:
        sessions: streams at once.
        queue_seconds: of sound that may wait to be heard, a stream.
        message: bytes of one message.
        upload: bytes of a recording that is dropped onto the page.
    """

    sessions: int = 64
    queue_seconds: float = 30.0
    message: int = 1 << 20
    upload: int = 200 << 20


@dataclass(kw_only=True)
class Server:
    """What the connections share.

    Attributes:
        classifier: the model.
        device: compute device that was asked for.
        model: path that was asked for, None for the shipped model.
        settings: of every pipeline.
        limits: of every client.
        token: that clients must know, None for none.
        record_dir: folder to store sound in, None to store nothing.
        events: JSON lines that a session on this machine writes, None for none.
        worker: the thread that computes.
        metrics: what is counted.
        streams: that are open.
        reports: recordings that are heard at once for a report.
    """

    classifier: Classifier
    device: str = "auto"
    model: Path | None = None
    settings: Settings = field(default_factory=Settings)
    limits: Limits = field(default_factory=Limits)
    token: str | None = None
    record_dir: Path | None = None
    events: Path | None = None
    worker: Worker = field(default_factory=Worker)
    metrics: Metrics = field(default_factory=Metrics)
    streams: set[Stream] = field(default_factory=set)
    reports: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))


def application(server: Server) -> Starlette:
    """Return the ASGI application of a server."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        await asyncio.to_thread(server.worker.close)

    routes = [
        Route("/health", _health),
        Route("/metrics", _metrics),
        Route("/v1/report", report, methods=["POST"]),
        WebSocketRoute("/v1/stream", serve_stream),
        WebSocketRoute("/v1/events", serve_events),
        Route("/", _file("index.html")),
        Route("/overlay", _file("overlay.html")),
        *(Route(f"/{path.name}", _file(path.name)) for path in sorted(_PAGE.iterdir()) if path.suffix != ".html"),
    ]
    app = Starlette(routes=routes, lifespan=lifespan, middleware=[Middleware(Guard, token=server.token)])
    app.state.server = server
    return app


def _file(name: str) -> Callable[[Request], Awaitable[Response]]:
    data = (_PAGE / name).read_bytes()
    kind = _TYPES[Path(name).suffix]

    async def give(request: Request) -> Response:
        return Response(data, media_type=kind)

    return give


async def _health(request: Request) -> Response:
    server: Server = request.app.state.server
    return JSONResponse(
        {
            "status": "ok",
            "version": __version__,
            "labels": list(server.classifier.labels),
            "recorded": server.record_dir is not None,
            "token": server.token is not None,
        }
    )


async def _metrics(request: Request) -> Response:
    server: Server = request.app.state.server
    age = max((stream.age for stream in list(server.streams)), default=0.0)
    return PlainTextResponse(server.metrics.text(age), media_type="text/plain; version=0.0.4")
