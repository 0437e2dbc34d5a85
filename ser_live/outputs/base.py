"""The protocol that every output of a session follows: screen, recording, lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from ser_live.types import Event, FloatArray, Prediction

__all__ = ["Sink"]


class Sink(Protocol):
    """A receiver of a session: first `open`, then `hear` and `take` as sound and records come, at last `close`.

    Who makes a sink also closes the files that it uses, even when the session breaks off.

    Attributes:
        name: for messages, such as a path or "standard output".
        needed: whether the user asked for it; a session ends when it has lost the last such sink.

    Raises:
        OutputError: from any method, if it can take no more; the user is told, and it is left out.
        BrokenPipeError: if its reader is gone; it is then left out.
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
