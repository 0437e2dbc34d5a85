"""TextGrid, the format of Praat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ser_live.outputs.tiers import Tier, Tiers

__all__ = ["TextGrid"]


class TextGrid(Tiers):
    """An interval tier of speech and one of emotion for each lane; intervals without text fill the gaps.

    https://www.fon.hum.uva.nl/praat/manual/TextGrid_file_formats.html
    """

    def text(self, fields: Mapping[str, Any], tiers: list[Tier], end: int) -> Iterable[str]:
        """Return the file in Praat's long form."""
        end = max(end, 1)  # Praat reads none without a length
        yield 'File type = "ooTextFile"\nObject class = "TextGrid"\n\n'
        yield f"xmin = 0\nxmax = {end / 1000:.3f}\ntiers? <exists>\nsize = {len(tiers)}\nitem []:\n"
        for number, tier in enumerate(tiers, 1):
            intervals = list(_without_gaps(tier.spans, end))
            yield f'    item [{number}]:\n        class = "IntervalTier"\n        name = {_quoted(tier.name)}\n'
            yield f"        xmin = 0\n        xmax = {end / 1000:.3f}\n        intervals: size = {len(intervals)}\n"
            for index, (start, stop, text) in enumerate(intervals, 1):
                yield f"        intervals [{index}]:\n            xmin = {start / 1000:.3f}\n"
                yield f"            xmax = {stop / 1000:.3f}\n            text = {_quoted(text)}\n"


def _without_gaps(spans: Iterable[tuple[int, int, str]], end: int) -> Iterator[tuple[int, int, str]]:
    at = 0
    for start, stop, text in spans:
        if start > at:
            yield at, start, ""
        yield start, stop, text
        at = stop
    if at < end:
        yield at, end, ""


def _quoted(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'
