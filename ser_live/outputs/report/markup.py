"""Text of anybody as HTML: escaped, without control characters, its direction kept to itself."""

from __future__ import annotations

import html
import json
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from ser_live.colours import COLOURS, letter

__all__ = ["bdi", "chip", "colour_of", "data", "item_list", "length_text", "line", "plain", "table", "time_text"]

_SHORT_SECONDS = 9.95
_OTHER_COLOUR = "#9AA3AB"


def plain(value: object) -> str:
    r"""Escape text for an element or a quoted attribute; what is no character becomes U+FFFD.

    Example:
        >>> plain('a<b> "c"\x00')
        'a&lt;b&gt; &quot;c&quot;\ufffd'
    """
    return html.escape("".join("\ufffd" if unicodedata.category(c) in ("Cc", "Cs", "Cn") else c for c in str(value)))


def line(value: object) -> str:
    r"""Escape text for a place that no element can isolate, such as the title: marks of direction are left out.

    Example:
        >>> line("a\u202eb")
        'ab'
    """
    return plain("".join(sign for sign in str(value) if unicodedata.category(sign) != "Cf"))


def bdi(value: object) -> str:
    """Escape text and keep its direction from what stands beside it."""
    return f"<bdi>{plain(value)}</bdi>"


def data(value: Any) -> str:
    r"""Return JSON that can stand in a script element, whatever text is in it.

    Example:
        >>> data("</script>\u2028&")
        '"\\u003c/script\\u003e\\u2028\\u0026"'
    """
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def time_text(seconds: float, places: int = 0) -> str:
    """Write a time.

    Example:
        >>> time_text(83.94), time_text(83.94, 1), time_text(36000.0)
        ('1:23', '1:23.9', '10:00:00')
    """
    scale = 10**places
    units = int(scale * max(seconds, 0.0) + 1e-6)
    whole, part = divmod(units, scale)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    start = f"{hours}:{minute:02d}" if hours else f"{minute}"
    return f"{start}:{second:02d}" + (f".{part:0{places}d}" if places else "")


def length_text(seconds: float) -> str:
    """Write how long something lasts.

    Example:
        >>> length_text(0.42), length_text(83.94)
        ('0.4 s', '1:24')
    """
    return f"{max(seconds, 0.0):.1f} s" if seconds < _SHORT_SECONDS else time_text(round(seconds))


def colour_of(word: str) -> str:
    """Return the colour of a label, a grey for one that has none."""
    return COLOURS.get(word, _OTHER_COLOUR)


def chip(word: str) -> str:
    """Return a small square in the label's colour with its letter in it; the word itself must stand beside it."""
    return (
        '<svg class="chip" viewBox="0 0 16 16" aria-hidden="true">'
        f'<rect width="16" height="16" rx="3" fill="{colour_of(word)}"/>'
        f'<text x="8" y="12" text-anchor="middle">{plain(letter(word))}</text></svg>'
    )


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of cells that are HTML already; the first cell of a row is its head."""
    top = "".join(f'<th scope="col">{head}</th>' for head in heads)
    body = "\n".join(
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in others)}</tr>'
        for first, *others in rows
    )
    return (
        f'<div class="wide"><table>\n<caption>{caption}</caption>\n<thead><tr>{top}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody></table></div>"
    )


def item_list(items: Iterable[str], kind: str = "ul") -> str:
    """Return a list of items that are HTML already, or nothing where there are none."""
    rows = "".join(f"<li>{item}</li>\n" for item in items)
    return f"<{kind}>\n{rows}</{kind}>" if rows else ""
