"""What a client is told when the server refuses something."""

from __future__ import annotations

import json
from typing import Final

__all__ = ["BAD", "BUSY", "Refusal"]

BAD: Final = 1008
"""Close code of RFC 6455 for what breaks the rules."""
BUSY: Final = 1013
"""Close code for a server that has no room now (IANA's registry of WebSocket close codes)."""


class Refusal(Exception):  # noqa: N818 - it refuses, and the others go on
    """Something that ends one connection.

    Args:
        name: for programs, such as `bad-start`.
        message: one sentence for people.
        code: to close the WebSocket with.
    """

    def __init__(self, name: str, message: str, code: int = BAD) -> None:
        super().__init__(message)
        self.name = name
        self.code = code

    @property
    def line(self) -> str:
        """The JSON object that tells it."""
        return json.dumps({"type": "error", "name": self.name, "message": str(self)})
