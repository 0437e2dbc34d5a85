"""JSON objects, one a line, of files that anybody may have written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO, NoReturn

from ser_live.errors import RecordsError

__all__ = ["ObjectLines"]

_LONGEST = 4_000_000  # bytes of a line


class ObjectLines:
    """Iterate over the objects of a stream; one line at a time is held. Blank lines are passed over.

    Args:
        stream: of bytes.
        name: for messages.

    Attributes:
        number: of the line that was read last, from 1.
        cut: the last line has no end and is no whole object.

    Raises:
        RecordsError: from the iteration, for a line that is no JSON object.
    """

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self.name = name
        self.number = 0
        self.cut = False
        self._stream = stream

    def __iter__(self) -> Iterator[dict[str, Any]]:
        while True:
            try:
                line = self._stream.readline(_LONGEST + 1)
            except OSError as error:
                raise RecordsError(f"{self.name} cannot be read: {error.strerror or error}") from None
            if not line:
                return
            self.number += 1
            if len(line) > _LONGEST:
                self.refuse(f"is longer than {_LONGEST:,} bytes, which no record is")
            if line.isspace():
                continue
            try:
                text = line.decode("utf-8-sig" if self.number == 1 else "utf-8")
                fields = _DECODER.decode(text)
            except (ValueError, RecursionError) as error:
                if not line.endswith(b"\n"):
                    self.cut = True
                    return
                if isinstance(error, UnicodeDecodeError):
                    self.refuse("is not UTF-8 text: convert the file, or write it with --out FILE.jsonl")
                self.refuse("is not JSON: it was damaged, or is none of ser-live's")
            if not isinstance(fields, dict):
                self.refuse("is no JSON object, as each line that ser-live writes is")
            yield fields

    def refuse(self, words: str) -> NoReturn:
        """Raise the error that says what is wrong with the line that was read last."""
        raise RecordsError(f"{self.name}: line {self.number} {words}")


def _not_json(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_not_json)
