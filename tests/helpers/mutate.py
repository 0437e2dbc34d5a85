"""Damage bytes and JSON in ways that a seed decides."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["mutate_bytes", "mutate_json", "mutate_lines", "mutate_text"]

_WORDS = (
    b"\x00",
    b"\xff",
    b"\x7f\xff\xff\xff",
    b"\x80\x00\x00\x00",
    b"\xff\xff\xff\xff",
    b"\x00\x00\x00\x00\x00\x00\x00\x80",
)
_NUMBERS = (
    b"-1",
    b"0",
    b"1e308",
    b"-1e308",
    b"nan",
    b"inf",
    b"5e-324",
    b"99999999999999999999",
    b"9" * 5000,
    b"1e",
    b"",
)
EXTREMES: tuple[Any, ...] = (
    *(-1, 0, 1, 2**31, 2**63, 10**30, 10**400, -0.0, 1e308, -1e308, 5e-324, float("nan"), float("inf")),
    *(None, True, "", "x" * 10_000, "\x00", "\ud800", "-1", [], {}, [[]], {"": None}, [1] * 5000),
)


def mutate_bytes(data: bytes, rng: random.Random, others: Sequence[bytes] = ()) -> bytes:
    """Return the bytes with one to four damages; `others` are files whose headers may take the place of its own."""
    changed = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 4])):
        rng.choice(_DAMAGES)(changed, rng)
        if others and rng.random() < 0.1:
            head = rng.randrange(1, 200)
            changed[:head] = rng.choice(others)[:head]
    return bytes(changed)


def mutate_text(data: bytes, rng: random.Random) -> bytes:
    """Return text with a number at an extreme, a line moved, doubled or left out, or bytes damaged."""
    choice = rng.randrange(3)
    if choice == 0 and (found := list(re.finditer(rb"-?\d+(\.\d+)?", data))):
        where = rng.choice(found)
        return data[: where.start()] + rng.choice(_NUMBERS) + data[where.end() :]
    if choice == 1:
        return mutate_lines(data, rng)
    return mutate_bytes(data, rng)


def mutate_lines(data: bytes, rng: random.Random) -> bytes:
    """Return text with lines swapped, repeated or left out."""
    lines = data.splitlines(keepends=True)
    for _ in range(rng.randrange(1, 4)):
        if not lines:
            break
        one, two = rng.randrange(len(lines)), rng.randrange(len(lines))
        if (choice := rng.randrange(3)) == 0:
            lines[one], lines[two] = lines[two], lines[one]
        elif choice == 1:
            lines.insert(one, lines[two])
        else:
            del lines[one]
    return b"".join(lines)


def mutate_json(text: str, rng: random.Random) -> str:
    """Return JSON with one or two values replaced, left out or renamed, at any depth."""
    raw = json.loads(text)
    for _ in range(rng.choice([1, 1, 2])):
        places = _places(raw)
        if not places:
            break
        parent, key = rng.choice(places)
        if (choice := rng.random()) < 0.8:
            parent[key] = rng.choice(EXTREMES)
        elif choice < 0.9 or isinstance(parent, list):
            del parent[key]
        else:
            parent[f"{key}x"] = parent.pop(key)
    return json.dumps(raw)


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Return every place of a value: its container and the key or index in it."""
    if isinstance(value, dict):
        keys: list[Any] = list(value)
    elif isinstance(value, list):
        keys = list(range(min(len(value), 50)))
    else:
        return []
    return [(value, key) for key in keys] + [place for key in keys for place in _places(value[key])]


# Each changes the bytes in place; half of the damages lie in the first 100 bytes, where headers are.


def _at(data: bytearray, rng: random.Random) -> int:
    return rng.randrange(max(1, min(len(data), rng.choice([100, len(data)]))))


def _flip(data: bytearray, rng: random.Random) -> None:
    for _ in range(min(len(data), rng.choice([1, 4, 32]))):
        data[_at(data, rng)] ^= 1 << rng.randrange(8)


def _cut(data: bytearray, rng: random.Random) -> None:
    del data[_at(data, rng) :]


def _remove(data: bytearray, rng: random.Random) -> None:
    at = _at(data, rng)
    del data[at : at + rng.choice([1, 2, 7, 64, 1000])]


def _insert(data: bytearray, rng: random.Random) -> None:
    at = _at(data, rng)
    data[at:at] = rng.randbytes(rng.choice([1, 3, 16, 500]))


def _repeat(data: bytearray, rng: random.Random) -> None:
    at = _at(data, rng)
    data[at:at] = data[at : at + rng.choice([1, 8, 44, 1000])] * rng.choice([1, 2, 50])


def _zero(data: bytearray, rng: random.Random) -> None:
    at, size = _at(data, rng), rng.choice([4, 100, 5000])
    data[at : at + size] = bytes(len(data[at : at + size]))


def _swap(data: bytearray, rng: random.Random) -> None:
    one, two, size = _at(data, rng), _at(data, rng), rng.choice([1, 2, 4, 16])
    if abs(one - two) >= size and max(one, two) + size <= len(data):
        data[one : one + size], data[two : two + size] = data[two : two + size], data[one : one + size]


def _extreme(data: bytearray, rng: random.Random) -> None:
    at, word = _at(data, rng), rng.choice(_WORDS)
    data[at : at + len(word)] = word[:: rng.choice([1, -1])]


_DAMAGES: tuple[Callable[[bytearray, random.Random], None], ...] = (
    *(_flip, _cut, _remove, _insert, _repeat, _zero, _swap, _extreme),
)
