"""What the screen shows when: from records to pieces of time with a label."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Piece", "Said", "overlaps", "pieces"]

Said = tuple[float, float, str | None]
"""A record: from when and until when it is the latest, and the label that it shows, None if it shows none."""


@dataclass(frozen=True)
class Piece:
    """A stretch of time in which one label is shown.

    Attributes:
        start: seconds of the stream.
        end: seconds of the stream.
        label: what is shown.
    """

    start: float
    end: float
    label: str


def pieces(said: Iterable[Said], audible: Sequence[tuple[float, float]]) -> list[Piece]:
    """Where a label is shown: records cut to the stretches in which the screen may show one, neighbours joined.

    >>> pieces([(1.0, 2.0, "sad"), (2.0, 3.0, "sad"), (3.0, 9.0, None)], [(0.5, 2.5), (2.8, 5.0)])
    [Piece(start=1.0, end=2.5, label='sad'), Piece(start=2.8, end=3.0, label='sad')]
    """
    shown: list[Piece] = []
    first = 0
    for start, end, label in said:
        while first < len(audible) and audible[first][1] <= start:
            first += 1
        for begin, stop in audible[first:]:
            if begin >= end:
                break
            if label is None:
                continue
            piece = Piece(max(start, begin), min(end, stop), label)
            if shown and shown[-1].end == piece.start and shown[-1].label == label:
                piece = Piece(shown.pop().start, piece.end, label)
            shown.append(piece)
    return shown


def overlaps(spans: Sequence[tuple[float, float, str]], shown: Sequence[Piece]) -> list[tuple[float, str, str]]:
    """Seconds, true label and shown label of every overlap; both sequences in order and free of overlaps themselves.

    >>> overlaps([(0.0, 2.0, "sad"), (2.0, 4.0, "happy")], [Piece(1.0, 3.0, "sad")])
    [(1.0, 'sad', 'sad'), (1.0, 'happy', 'sad')]
    """
    found = []
    first = 0
    for start, end, label in spans:
        while first < len(shown) and shown[first].end <= start:
            first += 1
        for piece in shown[first:]:
            if piece.start >= end:
                break
            found.append((min(end, piece.end) - max(start, piece.start), label, piece.label))
    return found
