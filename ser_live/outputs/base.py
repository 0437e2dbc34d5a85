"""The one protocol of whatever listens to a session: screen, recording, lines, and every format to come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from ser_live.types import Event, FloatArray, Prediction

__all__ = ["Sink"]


class Sink(Protocol):
    """What a session is given to, in this order: `open`, then `hear` and `take` as sound and records come, `close`.

    Whatever a sink holds open belongs to who made it, who closes it also when the session breaks off.

    Attributes:
        name: for messages, such as a path or "standard output".
        needed: whether somebody asked for every record of it; a session ends when it has lost the last such sink.

    Raises:
        OutputError: from any method, where it can take no more; it is then told and left out.
        BrokenPipeError: where its reader is gone; it is then left out.
    """

    name: str
    needed: bool = True

    def open(self, fields: Mapping[str, Any]) -> None:
        """Begin with the fields of the `session` record."""
        return

    def hear(self, block: FloatArray) -> None:
        """Take the sound that was just heard, `(frames, channels)` at the source's rate; its records follow."""
        return

    def take(self, record: Prediction | Event) -> None:
        """Take a prediction or an event."""
        return

    def close(self, fields: Mapping[str, Any]) -> None:
        """End with the fields of the `summary` record."""
        return
