"""Measures of what is shown of one stream beside its truth, each by its own definition."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise

from ser_train.streams.stream import Change, Span
from ser_train.streams.timeline import Piece, overlaps

__all__ = ["ErrorSeconds", "diarization_error", "flips", "label_seconds", "right_delay", "total_error"]


@dataclass(frozen=True, kw_only=True)
class ErrorSeconds:
    """Seconds of emotion diarization.

    Attributes:
        speech: of speech.
        missed: speech, and nothing is shown.
        false_alarm: no speech, and a label is shown.
        confusion: speech, and another label is shown.
    """

    speech: float
    missed: float
    false_alarm: float
    confusion: float

    @property
    def wrong(self) -> float:
        """Seconds that are not right."""
        return self.missed + self.false_alarm + self.confusion

    @property
    def right_of_shown(self) -> float | None:
        """Share of the labels shown in speech that are right; None if none was shown."""
        shown = self.speech - self.missed
        return 1 - self.confusion / shown if shown else None


def right_delay(change: Change, shown: Sequence[Piece]) -> float:
    """Return the seconds from a change to the first right label; infinite if none comes before the next change.

    A right label that is on the screen already counts as at once.
    """
    for piece in shown:
        if piece.end > change.at and piece.start < change.until and piece.label == change.label:
            return max(0.0, piece.start - change.at)
    return math.inf


def diarization_error(spans: Sequence[Span], shown: Sequence[Piece]) -> ErrorSeconds:
    """Return the seconds of speech and of each kind of error.

    The errors over the whole duration are the emotion diarization error rate of Wang et al. 2023,
    https://arxiv.org/abs/2306.12991: there too, whatever time is not right is an error. Neutral is a label here as
    every other; silence is what has none.
    """
    both = overlaps([(span.start, span.end, span.label) for span in spans], shown)
    speech = sum(span.end - span.start for span in spans)
    covered = sum(seconds for seconds, _, _ in both)
    return ErrorSeconds(
        speech=speech,
        missed=speech - covered,
        false_alarm=sum(piece.end - piece.start for piece in shown) - covered,
        confusion=sum(seconds for seconds, true, label in both if label != true),
    )


def total_error(errors: Sequence[ErrorSeconds]) -> ErrorSeconds:
    """Return the sums of several streams."""
    return ErrorSeconds(**{part.name: sum(getattr(e, part.name) for e in errors) for part in fields(ErrorSeconds)})


def flips(shown: Sequence[Piece]) -> int:
    """Count how often the shown label becomes another one, also across a time in which none is shown."""
    return sum(before.label != after.label for before, after in pairwise(shown))


def label_seconds(shown: Iterable[Piece]) -> dict[str, float]:
    """Return how long each label is shown."""
    total: dict[str, float] = {}
    for piece in shown:
        total[piece.label] = total.get(piece.label, 0.0) + piece.end - piece.start
    return total
