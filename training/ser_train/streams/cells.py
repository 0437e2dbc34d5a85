"""Numbers, intervals and tables as the pages of streams have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ser_train.streams.scores import Interval

__all__ = ["shares", "table", "value", "with_interval"]


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def value(number: float | None, unit: str, digits: int = 1) -> str:
    """Return a number in its unit, `s`, `share` or none; `digits` are those of a share. A time of None is infinite."""
    if number is None:
        return "never" if unit == "s" else "–"
    return {"s": f"{number:.2f} s", "share": f"{number:.{digits}%}"}.get(unit, f"{number:.3g}")


def with_interval(text: str, ends: Interval, unit: str) -> str:
    """Return a value's text with the interval behind it, unless both ends read as the value does."""
    if ends is None or text == value(ends[0], unit) == value(ends[1], unit):
        return text
    return f"{text} ({value(ends[0], unit)} to {value(ends[1], unit)})"


def shares(by_label: Mapping[str, float]) -> str:
    """Return labels with their shares, the largest first."""
    return ", ".join(f"{label} {share:.0%}" for label, share in sorted(by_label.items(), key=lambda pair: -pair[1]))
