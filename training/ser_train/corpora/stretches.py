"""Check stretches of recordings that people marked: times that can be, and one label for a person at a time."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ser_train.corpora.audio import Header, RecordingError, read_header
from ser_train.corpora.clip import WHOLE, Excerpt
from ser_train.errors import TrainingError

__all__ = ["SHORTEST", "Stretches", "read_excerpt"]

SHORTEST = 0.3
"""Seconds of the shortest stretch that is used: of less speech the live path predicts nothing."""
_ROUNDING = 0.05  # seconds after the recording's end that are a rounded time and no fault
_TOUCHING = 0.002  # seconds that neighbours may share: other programs store whole milliseconds
_LISTED = 3
_MOST_CHANNELS = 1024  # of libsndfile
_COMMA = re.compile(r"[-+]?\d+,\d+")  # of those who write numbers so


class _Span(NamedTuple):
    """Who shows what when, as `Stretches` remembers it."""

    start: float
    end: float
    label: str
    speaker: str
    where: str


def read_excerpt(where: str, row: Mapping[str, str]) -> Excerpt:
    """Read `start` and `end` in seconds and `channel`, counted from 1, of a table's row; they may be absent or empty.

    Args:
        where: the row stands, for messages.
        row: values by the names of their columns.

    Raises:
        TrainingError: for one of the two times without the other, or what is no number.
    """
    start, end, channel = (row.get(column, "") for column in ("start", "end", "channel"))
    if bool(start) != bool(end):
        found = "a start but no end" if start else "an end but no start"
        raise TrainingError(f"{where}: there is {found}: give both, in seconds, or neither")
    if channel and not (channel.isdecimal() and len(channel) <= 4 and 1 <= int(channel) <= _MOST_CHANNELS):
        raise TrainingError(
            f"{where}: the channel {channel[:30]!r} is no number from 1 on: give 1 for the first, or nothing"
        )
    return Excerpt(
        start=_seconds(where, "start", start) if start else 0.0,
        end=_seconds(where, "end", end) if end else None,
        channel=int(channel) if channel else None,
    )


def _seconds(where: str, name: str, text: str) -> float:
    try:
        value = float(text.replace(",", ".") if _COMMA.fullmatch(text) else text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise TrainingError(f"{where}: the {name} {text[:30]!r} is no number: give seconds, such as 12.5")
    return value


class Stretches:
    """Check the stretches of one table or annotation, and collect what is to be told of them."""

    def __init__(self) -> None:
        self._headers: dict[str, Header | None] = {}
        self._spans: dict[tuple[str, str], list[_Span]] = {}
        self._cut: list[str] = []
        self._short: list[str] = []

    def header(self, path: Path) -> Header | None:
        """Return a recording's header; None where it is not there or cannot be decoded."""
        place = os.path.realpath(path)
        if place not in self._headers:
            try:
                self._headers[place] = read_header(path) if os.path.isfile(place) else None
            except RecordingError:
                self._headers[place] = None
        return self._headers[place]

    def fit(self, where: str, path: Path, excerpt: Excerpt) -> Excerpt | None:
        """Return the excerpt, cut at the recording's end; None for one that is too short.

        Args:
            where: the stretch stands, for messages.
            path: of the recording.
            excerpt: as it was marked.

        Raises:
            TrainingError: for times that are negative or in the wrong order, or of which the recording holds nothing.
        """
        if excerpt == WHOLE._replace(channel=excerpt.channel):
            return excerpt
        start, end = excerpt.start, math.inf if excerpt.end is None else excerpt.end
        if start < 0:
            raise TrainingError(
                f"{where}: the start {start:g} is negative: count seconds from the recording's beginning"
            )
        if end <= start:
            raise TrainingError(
                f"{where}: the end {end:g} is not after the start {start:g}: give the later time as end"
            )
        header = self.header(path)
        if header is not None and start >= header.seconds:
            raise TrainingError(
                f"{where}: the stretch begins at {start:g} s, but {path.name} is {header.seconds:.2f} s long and "
                "nothing is left of it: correct the times or the recording"
            )
        last = end if header is None else min(end, header.seconds)
        if last - start < SHORTEST - 1e-6:
            self._short.append(f"{where} is {last - start:.2f} s long")
            return None
        if end > last + _ROUNDING:
            self._cut.append(f"{where} ends at {end:g} s, {path.name} at {last:.2f} s")
        return excerpt._replace(end=last)

    def claim(self, where: str, path: Path, excerpt: Excerpt, speaker: str, label: str) -> None:
        """Remember who shows what when, for `check`."""
        end = math.inf if excerpt.end is None else excerpt.end
        key = (os.path.realpath(path), speaker.casefold())
        self._spans.setdefault(key, []).append(_Span(excerpt.start, end, label, speaker, where))

    def check(self) -> None:
        """Refuse overlapping stretches of one person with different labels.

        They are refused rather than told of: the same moment would be trained and measured as two emotions, one of them
        wrong, and only who marked it knows which.

        Raises:
            TrainingError: naming two of them.
        """
        for spans in self._spans.values():
            latest: dict[str, _Span] = {}  # of each label, the one that ends last
            for span in sorted(spans):
                for other in latest.values():
                    if other.label != span.label and other.end > span.start + _TOUCHING:
                        raise TrainingError(
                            f"{span.where}: {span.speaker} is {span.label} from {span.start:g} s on, and still "
                            f"{other.label} then ({other.where}): give each moment of a person one label"
                        )
                if span.label not in latest or latest[span.label].end < span.end:
                    latest[span.label] = span

    def notes(self) -> list[str]:
        """Return a sentence on stretches that were cut, and one on those that are left out."""
        notes = []
        if self._cut:
            notes.append(f"cut at the recording's end: {_some(self._cut)}")
        if self._short:
            notes.append(f"left out, because a stretch needs {SHORTEST} s: {_some(self._short)}")
        return notes


def _some(things: list[str]) -> str:
    more = f"; and {len(things) - _LISTED:,} more" if len(things) > _LISTED else ""
    return "; ".join(things[:_LISTED]) + more
