"""OSC: what a voice sounds like now, for music, stage and streaming programs (https://opensoundcontrol.stanford.edu).

Messages, with lanes under `/ser-live/LANE/` instead of `/ser-live/`:

* `/ser-live/emotion` s: the committed label, or `none`.
* `/ser-live/speaking` i: 1 while somebody speaks, else 0.
* `/ser-live/label` s, `/ser-live/state` s: of the latest prediction.
* `/ser-live/probability/LABEL` f: smoothed, 0 to 1, for every label.
* `/ser-live/alert` s: the rule that holds.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from ser_live.errors import SettingsError, shortened
from ser_live.outputs.base import Sink
from ser_live.types import Event, Prediction

if TYPE_CHECKING:
    from pythonosc.udp_client import SimpleUDPClient

__all__ = ["Osc"]

_NOBODY: Final = "none"


class Osc(Sink):
    """Send what is heard as UDP packets, which are lost where nobody listens. Nothing ever waits for it.

    Args:
        place: `HOST:PORT`.

    Raises:
        SettingsError: for a place that cannot be read, a host that is not known, or without the library.
    """

    needed = False

    def __init__(self, place: str) -> None:
        self.name = "--osc"
        self._client = _client(place)
        self._lanes: dict[str | None, str] = {}  # to the beginning of an address

    def open(self, fields: Mapping[str, Any]) -> None:
        """Send that nobody speaks yet."""
        for lane in [lane["name"] for lane in fields.get("lanes", ())] or [None]:
            self._lanes[lane] = "/ser-live" if lane is None else f"/ser-live/{_word(lane)}"
            self._rest(self._lanes[lane])

    def take(self, record: Prediction | Event) -> None:
        """Send what has changed."""
        start = self._lanes.get(record.lane, "/ser-live")
        if isinstance(record, Prediction):
            self._send(f"{start}/label", record.label)
            self._send(f"{start}/state", record.state)
            for label, share in record.smoothed.items():
                self._send(f"{start}/probability/{_word(label)}", float(share))
        elif record.kind == "emotion":
            self._send(f"{start}/emotion", str(record.fields["label"]) if record.end is None else _NOBODY)
        elif record.kind == "speech":
            self._send(f"{start}/speaking", int(record.end is None))
        elif record.kind == "alert" and record.end is None:
            self._send(f"{start}/alert", str(record.fields.get("rule", "")))

    def close(self, fields: Mapping[str, Any]) -> None:
        """Send that nobody speaks any more."""
        for start in self._lanes.values():
            self._rest(start)
        self._client.close()

    def _rest(self, start: str) -> None:
        self._send(f"{start}/emotion", _NOBODY)
        self._send(f"{start}/speaking", 0)

    def _send(self, address: str, value: str | int | float) -> None:
        with suppress(OSError):  # nobody listens, or the network is busy
            self._client.send_message(address, value)


def _client(place: str) -> SimpleUDPClient:
    host, _, port = place.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not re.fullmatch(r"\d{1,5}", port) or not 0 < int(port) < 65536:
        raise SettingsError(f"--osc takes HOST:PORT, such as 127.0.0.1:9000, not {shortened(repr(place), 80)}")
    try:
        from pythonosc.udp_client import SimpleUDPClient
    except ImportError:
        raise SettingsError("--osc needs a library that is not there: pip install 'ser-live[osc]'") from None
    try:
        address = socket.getaddrinfo(host, int(port), type=socket.SOCK_DGRAM)[0][4][0]  # once: each look-up may wait
    except (OSError, UnicodeError):
        raise SettingsError(f"--osc: there is no host {shortened(repr(host), 80)}: check its name") from None
    return SimpleUDPClient(str(address), int(port))


def _word(text: str) -> str:
    """Return a text as a part of an address, in which some characters have a meaning (OSC 1.0, address patterns)."""
    return re.sub(r"[\s#*,/?\[\]{}]+|[^\x20-\x7e]+", "-", text).strip("-") or "-"
