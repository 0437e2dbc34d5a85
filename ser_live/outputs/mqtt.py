"""MQTT: what a voice sounds like now, for home automation; found by Home Assistant on its own.

Topics, with the prefix `ser-live/NAME` of this computer, or the path of the URL:

* `PREFIX/availability`: `online` while a session runs; the broker itself says `offline` when the program is gone
  (last will, MQTT 3.1.1, section 3.1.2.5).
* `PREFIX/emotion` and, with lanes, `PREFIX/LANE/emotion`: the committed label, or `none`; retained.
* `…/attributes`: the smoothed probabilities as JSON, at most once a second of the sound.
* `PREFIX/events`: every event as the JSON object of its line.

Under `homeassistant/` stands a description of each sensor
(https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery).
"""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import SplitResult, unquote, urlsplit

from ser_live.errors import SettingsError, shortened
from ser_live.outputs.base import Sink
from ser_live.outputs.jsonl import as_json
from ser_live.types import Event, Prediction

if TYPE_CHECKING:
    from paho.mqtt.client import Client

__all__ = ["Mqtt"]

_FORM: Final = "mqtt://[USER:PASSWORD@]HOST[:PORT][/TOPIC], or mqtts:// with TLS"
_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}
_NOBODY: Final = "none"
_EVERY_SECONDS: Final = 1.0  # of the sound, between two messages with probabilities
_LAST_SECONDS: Final = 1.0  # for the last messages
_MOST: Final = 256  # messages that wait for a broker that is slow


class Mqtt(Sink):
    """Tell a broker the committed emotion, its probabilities and every event. The sound never waits for it.

    A broker that is away is tried again, for as long as the session runs, and the user is told once. When it is back
    it gets the present state; the events meanwhile are lost to it.

    Args:
        url: of the broker.
        tell: called with a message for the user.

    Raises:
        SettingsError: for a URL that cannot be read, or without the library.
    """

    needed = False

    def __init__(self, url: str, tell: Callable[[str], object]) -> None:
        self.name = "--mqtt"
        parts = _parts(url)
        self._host, self._port = str(parts.hostname), parts.port or _PORTS[parts.scheme]
        self._prefix = unquote(parts.path.strip("/")) or f"ser-live/{_word(platform.node()) or 'computer'}"
        self._tell = tell
        self._told: set[str] = set()
        self._away = False
        self._states: dict[str, tuple[str, str]] = {}  # topic to the state and the attributes
        self._topics: dict[str | None, str] = {}  # of the lanes
        self._sensors: dict[str, str] = {}  # topic to the description
        self._last: dict[str | None, float] = {}
        self._client = self._new_client(parts)

    def _new_client(self, parts: SplitResult) -> Client:
        try:
            from paho.mqtt.client import Client
            from paho.mqtt.enums import CallbackAPIVersion
        except ImportError:
            raise SettingsError("--mqtt needs a library that is not there: pip install 'ser-live[mqtt]'") from None
        client = Client(CallbackAPIVersion.VERSION2)
        client.max_queued_messages_set(_MOST)
        client.reconnect_delay_set(1, 30)
        if parts.username is not None:
            client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
        if parts.scheme == "mqtts":
            client.tls_set()
        client.will_set(self._topic("availability"), "offline", qos=1, retain=True)
        client.on_connect = self._connected
        client.on_connect_fail = self._failed
        client.on_disconnect = self._lost
        return client

    def open(self, fields: Mapping[str, Any]) -> None:
        """Begin to connect, in a thread."""
        lanes = [lane["name"] for lane in fields.get("lanes", ())] or [None]
        for lane in lanes:
            self._topics[lane] = topic = self._topic(*([] if lane is None else [_word(lane)]), "emotion")
            self._states[topic] = _NOBODY, "{}"
            word = _word(topic.replace("/", "_"))
            self._sensors[f"homeassistant/sensor/{word}/config"] = json.dumps(self._sensor(topic, word, lane, fields))
        self._client.connect_async(self._host, self._port)
        try:
            self._client.loop_start()
        except RuntimeError:
            self._once("the system allows no further thread: nothing is sent")

    def take(self, record: Prediction | Event) -> None:
        """Send what has changed."""
        topic = self._topics.get(record.lane)
        if isinstance(record, Event):
            if record.kind == "emotion" and topic is not None:
                state = _NOBODY if record.end is not None else str(record.fields["label"])
                self._states[topic] = state, self._states[topic][1]
                self._publish(topic, state)
            self._publish(self._topic("events"), json.dumps(as_json(record), allow_nan=False), retain=False)
        elif topic is not None and record.end >= self._last.get(record.lane, -_EVERY_SECONDS) + _EVERY_SECONDS:
            self._last[record.lane] = record.end
            shares = {label: round(share, 4) for label, share in record.smoothed.items()}
            attributes = json.dumps({**shares, "leading": record.label, "state": record.state, "at": record.end})
            self._states[topic] = self._states[topic][0], attributes
            self._publish(f"{topic}/attributes", attributes)

    def close(self, fields: Mapping[str, Any]) -> None:
        """Say that the session is over, and go."""
        if self._client.is_connected():
            for topic in self._states:
                self._publish(topic, _NOBODY)
            with suppress(RuntimeError, ValueError):
                last = self._client.publish(self._topic("availability"), "offline", qos=1, retain=True)
                last.wait_for_publish(_LAST_SECONDS)
        self._client.disconnect()
        self._client.loop_stop()

    def _topic(self, *parts: str) -> str:
        return "/".join([self._prefix, *parts])

    def _sensor(self, topic: str, word: str, lane: str | None, fields: Mapping[str, Any]) -> dict[str, Any]:
        model = fields["model"]
        return {
            "name": "Emotion" if lane is None else f"Emotion of {lane}",
            "unique_id": word,
            "state_topic": topic,
            "json_attributes_topic": f"{topic}/attributes",
            "availability_topic": self._topic("availability"),
            "device_class": "enum",
            "options": [*model["labels"], _NOBODY],
            "icon": "mdi:account-voice",
            "device": {
                "identifiers": [_word(self._prefix.replace("/", "_"))],
                "name": self._prefix,
                "model": model["name"],
                "sw_version": fields["version"],
            },
            "origin": {"name": "ser-live", "sw_version": fields["version"]},
        }

    def _publish(self, topic: str, payload: str, *, retain: bool = True) -> None:
        if self._client.is_connected():
            with suppress(ValueError):  # a message that MQTT cannot carry
                self._client.publish(topic, payload, retain=retain)

    def _connected(self, client: Client, data: object, flags: object, reason: Any, properties: object) -> None:
        """Give the broker everything that it should know, also when it has come back; in the client's thread."""
        if reason.is_failure:
            self._once(f"refuses the connection ({str(reason).lower()}): check the user and the password in the URL")
            return
        if self._away:
            self._once("is there again")
        self._away = False
        for topic, description in self._sensors.items():
            self._publish(topic, description)
        for topic, (state, attributes) in list(self._states.items()):
            self._publish(topic, state)
            self._publish(f"{topic}/attributes", attributes)
        self._publish(self._topic("availability"), "online")

    def _failed(self, client: Client, data: object) -> None:
        self._away = True
        self._once("does not answer: it is tried again while the session goes on")

    def _lost(self, client: Client, data: object, flags: object, reason: Any, properties: object) -> None:
        if reason.is_failure and not self._told:
            self._away = True
            self._once("has gone: it is tried again while the session goes on")

    def _once(self, what: str) -> None:
        if what not in self._told:
            self._told.add(what)
            self._tell(f"--mqtt: the broker {self._host}:{self._port} {what}")


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        known = parts.scheme in _PORTS and parts.hostname and not {"?", "#"} & set(url)
        known = known and (parts.port is None or parts.port > 0)
    except ValueError:
        known = False
    if not known:
        hidden = re.sub(r"//[^@/]*@", "//***@", url)
        raise SettingsError(f"--mqtt takes {_FORM}, not {shortened(repr(hidden), 80)}")
    prefix = unquote(parts.path)
    if not prefix.isprintable() or set("+#") & set(prefix) or len(prefix) > 200:
        raise SettingsError("--mqtt: the topic in the URL may hold no + and no #, and at most 200 characters")
    return parts


def _word(text: str) -> str:
    """Return a text as a part of a topic: letters, digits, `_` and `-`."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-")
