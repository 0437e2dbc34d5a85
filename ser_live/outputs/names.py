"""Names of files, lanes and labels, made fit to stand in files of other programs."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["channels_of", "distinct", "lane_prefix", "lanes_of", "one_line", "recording_name", "without_blanks"]

_OVERRIDES = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])  # they would turn the line around them


def one_line(text: str) -> str:
    r"""Return the text in one line that any UTF-8 file may hold.

    Control characters and line ends become blanks, halves of characters (invalid UTF-8 in a file's name) and what is
    no character the sign for it. Marks of right-to-left scripts stay; those that would turn around the text after the
    name go.

    >>> one_line("a\r\n\tb \udcff\u202e")
    'a b \ufffd'
    """
    kept = []
    for sign in text.translate(_OVERRIDES):
        category = unicodedata.category(sign)
        if category in ("Cc", "Zl", "Zp"):
            kept.append(" ")
        elif category == "Cs" or ord(sign) & 0xFFFE == 0xFFFE:
            kept.append("\ufffd")
        else:
            kept.append(sign)
    return " ".join("".join(kept).split())


def without_blanks(text: str) -> str:
    """Return the text as one field of a format whose fields are divided by blanks.

    >>> without_blanks("my call"), without_blanks("")
    ('my_call', '<NA>')
    """
    return one_line(text).replace(" ", "_") or "<NA>"


def distinct(names: Iterable[str]) -> list[str]:
    """Return the names with a number behind those that are there already.

    >>> distinct(["a", "b", "a"])
    ['a', 'b', 'a (2)']
    """
    result: list[str] = []
    for name in names:
        number, candidate = 1, name
        while candidate in result:
            number += 1
            candidate = f"{name} ({number})"
        result.append(candidate)
    return result


def lanes_of(fields: Mapping[str, Any]) -> list[str | None]:
    """Return the names of a session's lanes, in their order; None alone where there is only one."""
    return [lane["name"] for lane in fields.get("lanes") or [{"name": None}]]


def channels_of(fields: Mapping[str, Any]) -> dict[str | None, int]:
    """Return the channel of each lane, counted from 1. A mix counts as the first."""
    if fields.get("lanes"):
        return {lane["name"]: lane["channel"] for lane in fields["lanes"]}
    heard = str((fields.get("channels") or {}).get("heard", "mix"))
    return {None: 2 if heard == "right" else int(heard) if heard.isdecimal() else 1}


def lane_prefix(lane: str | None) -> str:
    """Return what stands before a label: the lane's name, where there are several."""
    return "" if lane is None else f"{one_line(lane)}: "


def recording_name(fields: Mapping[str, Any]) -> str | None:
    """Return the name of the recording that was heard; None for a microphone, or a stream without a name."""
    source = str(fields.get("source") or "")
    if fields.get("live") or not os.path.splitext(source)[1]:
        return None
    return source
