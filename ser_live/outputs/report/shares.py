"""Share of the time for each emotion, and how much of it was withheld: a bar a lane, and the numbers as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ser_live.colours import letter
from ser_live.outputs.report.markup import bdi, chip, colour_of, length_text, plain, table

__all__ = ["WITHHELD", "lanes_of", "numbers", "quarters", "share_bar", "shares"]

WITHHELD = "uncertain"
_ROOM_FOR_A_LETTER = 0.035  # of a bar as wide as its card


def numbers(value: object) -> dict[str, float]:
    """Return the names and numbers above zero of a mapping of somebody's, and leave the rest out."""
    if not isinstance(value, Mapping):
        return {}
    return {str(name): float(n) for name, n in value.items() if isinstance(n, (int, float)) and 0 < n < float("inf")}


def lanes_of(summary: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the lanes of the call sheet, none where there is none."""
    call = summary.get("call")
    lanes = call.get("lanes") if isinstance(call, Mapping) else None
    return [lane for lane in lanes if isinstance(lane, Mapping)] if isinstance(lanes, Sequence) else []


def ordered(parts: Mapping[str, float], labels: Sequence[str]) -> list[tuple[str, float]]:
    """Return the parts in the order of the labels, what was withheld last."""
    places = {label: place for place, label in enumerate(labels)}
    return sorted(parts.items(), key=lambda part: (part[0] == WITHHELD, places.get(part[0], len(places)), part[0]))


def share_bar(parts: Mapping[str, float], labels: Sequence[str], room: float = _ROOM_FOR_A_LETTER) -> str:
    """Draw parts of a whole side by side; what was withheld is hatched."""
    whole = sum(parts.values())
    drawn, at = [], 0.0
    for word, part in ordered(parts, labels):
        width = part / whole
        fill = "url(#hatch)" if word == WITHHELD else colour_of(word)
        drawn.append(f'<rect x="{100 * at:.3f}%" width="{100 * width:.3f}%" height="100%" fill="{fill}"/>')
        if width > room and word != WITHHELD:
            middle = 100 * (at + width / 2)
            drawn.append(f'<text x="{middle:.3f}%" y="50%" dy="4" text-anchor="middle">{plain(letter(word))}</text>')
        at += width
    return f'<svg class="bar" aria-hidden="true">{"".join(drawn)}</svg>'


def shares(summary: Mapping[str, Any], labels: Sequence[str]) -> str:
    """Return the bars and the table, or an empty text where the summary has no such numbers."""
    lanes = [(lane.get("name"), numbers(lane.get("emotion_seconds"))) for lane in lanes_of(summary)]
    lanes = lanes or [(None, numbers(summary.get("emotion_seconds")))]
    if not any(parts for _, parts in lanes):
        return ""
    bars = []
    for name, parts in lanes:
        head = "" if name is None else f"<h3>{bdi(name)}</h3>"
        bars.append(head + (share_bar(parts, labels) if parts else '<p class="quiet">It did not speak.</p>'))
    together = {word: sum(parts.get(word, 0.0) for _, parts in lanes) for _, parts in lanes for word in parts}
    rows = []
    for word, _ in ordered(together, labels):
        cells = [_cell(parts.get(word, 0.0), sum(parts.values())) for _, parts in lanes]
        rows.append([f"{_sign(word)} {'withheld' if word == WITHHELD else plain(word)}", *cells])
    heads = ["Emotion", *("Time" if name is None else bdi(name) for name, _ in lanes)]
    return "\n".join([*bars, table("How long each emotion was shown", heads, rows)])


def quarters(summary: Mapping[str, Any], labels: Sequence[str]) -> str:
    """Return a row of four bars a lane: how the emotions went from the first quarter to the last."""
    drawn = []
    for lane in lanes_of(summary):
        parts = lane.get("quarters")
        if not isinstance(parts, Sequence) or not any(numbers(quarter) for quarter in parts):
            continue
        head = "" if lane.get("name") is None else f"<h4>{bdi(lane['name'])}</h4>"
        bars = "".join(f"<li>{_quarter(numbers(quarter), labels)}</li>" for quarter in list(parts)[:4])
        drawn.append(f'{head}<ol class="quarters">{bars}</ol>')
    return "<h3>From the first quarter to the last</h3>" + "".join(drawn) if drawn else ""


def _quarter(parts: Mapping[str, float], labels: Sequence[str]) -> str:
    if not parts:
        return '<p class="quiet">silent</p>'
    whole = sum(parts.values())
    said = ", ".join(
        f"{'withheld' if word == WITHHELD else plain(word)} {part / whole:.0%}" for word, part in ordered(parts, labels)
    )
    return f'{share_bar(parts, labels, 4 * _ROOM_FOR_A_LETTER)}<span class="unseen">{said}</span>'


def _cell(seconds: float, whole: float) -> str:
    return f"{length_text(seconds)} <small>{seconds / whole:.0%}</small>" if whole and seconds else "–"


def _sign(word: str) -> str:
    if word != WITHHELD:
        return chip(word)
    return '<svg class="chip" aria-hidden="true"><rect width="16" height="16" rx="3" fill="url(#hatch)"/></svg>'
