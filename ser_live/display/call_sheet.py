"""The call sheet of a session, for a person: who spoke when, and how it sounded in each quarter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ser_live.display.canvas import clock

__all__ = ["call_lines", "duration"]

_SHOWN = 0.095  # a word with less of a quarter is left out


def call_lines(call: Mapping[str, Any]) -> list[str]:
    """Return the summary's `call` as lines: a table where there are several lanes."""
    lanes = call["lanes"]
    silence = f"Silence: {duration(call['silence_seconds'])}"
    lines = []
    if len(lanes) == 1:
        if (level := lanes[0]["level_dbfs"]) is not None:
            lines.append(f"{silence}; level of the speech: {level:.1f} dBFS.")
    else:
        lines.append(f"{silence}; several at once: {duration(call['overlap_seconds'])}.")
        head = ("voice", "speaks", "share", "level", "interrupts", "answers", "after", "at most*")
        rows = [head, *map(_row, lanes)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            name, *cells = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
            lines.append("  ".join(["", row[0].ljust(len(name)), *cells]))
        lines.append("  * in nine of ten answers")
    quarters = [line for lane in lanes for line in _quarters(lane)]
    return [*lines, "In each quarter:", *quarters] if quarters else lines


def duration(seconds: float) -> str:
    """Write a duration for a person.

    Example:
        >>> duration(3.21), duration(83.9)
        ('3.2 s', '01:24')
    """
    return f"{seconds:.1f} s" if seconds < 59.95 else clock(round(seconds))


def _row(lane: Mapping[str, Any]) -> tuple[str, ...]:
    responses, level = lane["responses"], lane["level_dbfs"]
    return (
        str(lane["name"]),
        duration(lane["talk_seconds"]),
        f"{lane['talk_share']:.0%}",
        "-" if level is None else f"{level:.1f} dBFS",
        str(lane["interruptions"]),
        str(responses["count"]),
        "-" if responses["median_seconds"] is None else f"{responses['median_seconds']:.1f} s",
        "-" if responses["p90_seconds"] is None else f"{responses['p90_seconds']:.1f} s",
    )


def _quarters(lane: Mapping[str, Any]) -> list[str]:
    """Return a line a quarter: the words that were shown, the largest first."""
    lines = []
    for number, shares in enumerate(lane["quarters"], 1):
        words = sorted(((share, word) for word, share in shares.items() if share >= _SHOWN), reverse=True)
        text = ", ".join(f"{word} {share:.0%}" for share, word in words) or "-"
        lines.append(f"  {number}  {text}" if lane["name"] is None else f"  {number}  {lane['name']}: {text}")
    return lines if any(lane["quarters"]) else []
