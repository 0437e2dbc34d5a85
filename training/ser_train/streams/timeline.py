"""What is shown when: from records to pieces of time with a label."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ser_train.streams.inference import StreamPredictions

__all__ = ["Piece", "ShownLabel", "Timeline", "overlaps", "pieces"]

ShownLabel = tuple[float, float, str | None]
"""A record: from when and until when it is the latest, in seconds, and the label that it shows, or None."""


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


Timeline = tuple[StreamPredictions, list[Piece]]
"""A stream, and what is shown of it when."""


def pieces(records: Iterable[ShownLabel], audible: Sequence[tuple[float, float]]) -> list[Piece]:
    """Cut records to the stretches in which the screen may show a label, and join neighbours of one label.

    >>> pieces([(1.0, 2.0, "sad"), (2.0, 3.0, "sad"), (3.0, 9.0, None)], [(0.5, 2.5), (2.8, 5.0)])
    [Piece(start=1.0, end=2.5, label='sad'), Piece(start=2.8, end=3.0, label='sad')]
    """
    shown: list[Piece] = []
    first = 0
    for start, end, label in records:
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
    """Return the seconds, true label and shown label of every overlap; each sequence is in order and has none itself.

    >>> overlaps([(0.0, 2.0, "sad"), (2.0, 4.0, "happy")], [Piece(1.0, 3.0, "sad")])
    [(1.0, 'sad', 'sad'), (1.0, 'happy', 'sad')]
    """
    both = []
    first = 0
    for start, end, label in spans:
        while first < len(shown) and shown[first].end <= start:
            first += 1
        for piece in shown[first:]:
            if piece.start >= end:
                break
            both.append((min(end, piece.end) - max(start, piece.start), label, piece.label))
    return both
