"""Start the server and run it until a signal comes."""

from __future__ import annotations

import gc
import socket
import ssl
from pathlib import Path

import uvicorn

from ser_live.errors import SerLiveError, SettingsError
from ser_live.outputs.lines import complain
from ser_live.serve.app import Server, application
from ser_live.serve.security import is_loopback

__all__ = ["certificate", "listening", "run", "uvicorn_server"]


def run(server: Server, host: str, port: int, certfile: Path | None = None, keyfile: Path | None = None) -> int:
    """Serve until Ctrl-C.

    Raises:
        SerLiveError: where the port is taken or the certificate does not fit.
    """
    if server.token is None and not is_loopback(host):
        raise SettingsError(f"--host {host} lets other machines in: give a --token that they must know")
    context = certificate(certfile, keyfile)
    sockets = listening(host, port)
    address = sockets.getsockname()
    shown = f"[{host}]" if ":" in host else host
    stored = "" if server.record_dir is None else f"; the sound is stored in {server.record_dir}"
    complain(f"listening at http{'s' if context else ''}://{shown}:{address[1]}/{stored} (Ctrl-C ends it)")
    runner = uvicorn_server(server)
    if context is not None:
        runner.config.load()
        runner.config.ssl = context
    gc.collect()
    gc.freeze()  # what is loaded stays: sessions that end are then collected in a moment
    runner.run(sockets=[sockets])
    return 0


def uvicorn_server(server: Server) -> uvicorn.Server:
    """Return what runs the application: without a log of accesses, without compression."""
    limits = server.limits
    return uvicorn.Server(
        uvicorn.Config(
            application(server),
            access_log=False,
            log_level="error",
            log_config=None,
            server_header=False,
            date_header=False,
            loop="asyncio",
            http="h11",
            ws="websockets-sansio",
            ws_per_message_deflate=False,  # a small message cannot become a large one
            ws_max_size=max(2 * limits.message, 1 << 16),  # beyond it the protocol itself ends the connection
            ws_ping_interval=20.0,  # half-open connections end
            ws_ping_timeout=20.0,
            limit_concurrency=limits.sessions + 200,
            timeout_graceful_shutdown=3,
            proxy_headers=False,
        )
    )


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        SerLiveError: where it cannot.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
            listener.listen(1024)  # who connects from now on waits until the application is there
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise SerLiveError(
            f"cannot listen at {host}:{port}: {error.strerror or error}: choose another --port or --host"
        ) from None
    return listener


def certificate(certfile: Path | None, keyfile: Path | None) -> ssl.SSLContext | None:
    """Return what TLS needs, None without a certificate.

    Raises:
        SettingsError: where they do not fit.
    """
    if certfile is None:
        if keyfile is not None:
            raise SettingsError("--keyfile belongs to --certfile: give both or neither")
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certfile, keyfile, password=lambda: "")
    except (OSError, ssl.SSLError, ValueError) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        raise SettingsError(
            f"the certificate {certfile} cannot be used ({reason}): --certfile and --keyfile take a pair in PEM "
            "format, without a password"
        ) from None
    return context
