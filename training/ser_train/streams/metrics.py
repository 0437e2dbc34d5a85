"""Figures of one stream's pieces against its truth, each by its own definition."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from ser_train.streams.stream import Change, Span
from ser_train.streams.timeline import Piece, overlaps

__all__ = ["diarization_error", "flips", "label_seconds", "right_delay"]


def right_delay(change: Change, shown: Sequence[Piece]) -> float:
    """Seconds from a change to the first right label shown at or after it; infinite if none comes before the next.

    A right label that is on the screen already counts as at once.
    """
    for piece in shown:
        if piece.end > change.at and piece.start < change.until and piece.label == change.label:
            return max(0.0, piece.start - change.at)
    return math.inf


def diarization_error(spans: Sequence[Span], shown: Sequence[Piece]) -> dict[str, float]:
    """Seconds of `speech`, `missed` (speech, nothing shown), `false_alarm` (no speech, a label shown), `confusion`.

    Over the whole duration, and summed, the last three are the emotion diarization error rate of Wang et al. 2023,
    https://arxiv.org/abs/2306.12991: there too, whatever time is not right is an error. Neutral is a label here as
    every other; silence is what has none.
    """
    both = overlaps([(span.start, span.end, span.label) for span in spans], shown)
    speech = sum(span.end - span.start for span in spans)
    covered = sum(seconds for seconds, _, _ in both)
    return {
        "speech": speech,
        "missed": speech - covered,
        "false_alarm": sum(piece.end - piece.start for piece in shown) - covered,
        "confusion": sum(seconds for seconds, true, label in both if label != true),
    }


def flips(shown: Sequence[Piece]) -> int:
    """How often the shown label becomes another one, also across a time in which none is shown."""
    return sum(before.label != after.label for before, after in pairwise(shown))


def label_seconds(shown: Sequence[Piece]) -> dict[str, float]:
    """How long each label is shown."""
    total: dict[str, float] = {}
    for piece in shown:
        total[piece.label] = total.get(piece.label, 0.0) + piece.end - piece.start
    return total
