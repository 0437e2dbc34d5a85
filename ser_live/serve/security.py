"""Who may ask: names and origins that are ours, and the token."""

from __future__ import annotations

import hmac
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["PROTOCOL", "Guard", "is_loopback"]

PROTOCOL: Final = "ser-live"
"""The WebSocket subprotocol; beside it a browser gives the token, which it cannot give as a header."""
_GUARDED: Final = ("/v1/", "/metrics")  # what needs the token; pages hold nothing
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = [
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
]


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches that name."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:  # another name, whatever it begins with
        return False


class Guard:
    """Refuse strangers before anything else is done.

    Without a token only local names are answered: a web page that gives its own name our address (DNS rebinding) asks
    with a name that is not ours. A page of another origin is refused always.

    Args:
        app: that is guarded.
        token: that clients must know, None for none.
    """

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the application do so."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        status, words = self._refusal(scope["path"], Headers(scope=scope))
        if not status:
            await self._app(scope, receive, _with_headers(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": words[:120]})
        else:
            response = JSONResponse({"type": "error", "name": "refused", "message": words}, status)
            await response(scope, receive, _with_headers(send))

    def _refusal(self, path: str, headers: Headers) -> tuple[int, str]:
        hosts = headers.getlist("host")
        host = hosts[0] if len(hosts) == 1 else ""
        name = _name(host)
        if not name or (self._token is None and not is_loopback(name)):
            return 421, "this server answers to localhost only: use that name, or start it with --token"
        origin = headers.get("origin")
        if origin is not None and origin not in (f"http://{host}", f"https://{host}"):
            return 403, "a page of another origin may not use this server: open the page that it serves"
        if self._token is not None and path.startswith(_GUARDED) and not self._knows(headers, self._token):
            return 401, "the token is missing or wrong: send Authorization: Bearer TOKEN"
        return 0, ""

    def _knows(self, headers: Headers, token: str) -> bool:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        offered = [given.strip()] if scheme.lower() == "bearer" else []
        for protocol in headers.get("sec-websocket-protocol", "").split(","):
            if protocol.strip().startswith("token."):
                offered.append(protocol.strip().removeprefix("token."))
        return any(hmac.compare_digest(each.encode(), token.encode()) for each in offered)


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _with_headers(send: Send) -> Send:
    async def forward(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *_HEADERS]  # type: ignore[misc]
        await send(message)

    return forward  # type: ignore[return-value]
