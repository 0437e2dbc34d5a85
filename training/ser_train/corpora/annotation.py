"""What an annotation program stored: tiers of labelled intervals, and the recording that they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ser_train.errors import TrainingError

__all__ = ["MOST_BYTES", "Annotation", "Interval", "Tier", "read_bytes"]

MOST_BYTES = 100_000_000
"""The largest annotation that is read: years of talk."""


class Interval(NamedTuple):
    """A part of a tier: seconds from the recording's beginning, and what is written there."""

    start: float
    end: float
    text: str


@dataclass(frozen=True, kw_only=True)
class Tier:
    """A line of an annotation.

    Attributes:
        name: as its author named it.
        person: who is heard there; empty where nobody says.
        intervals: in the order stored.
        untimed: how many of its annotations have no times of their own.
    """

    name: str
    person: str = ""
    intervals: Sequence[Interval]
    untimed: int = 0


@dataclass(frozen=True, kw_only=True)
class Annotation:
    """One file of an annotation program.

    Attributes:
        tiers: in the order stored.
        media: where the recording may be, most likely first; empty where the file does not say.
    """

    tiers: Sequence[Tier]
    media: Sequence[Path] = ()


def read_bytes(path: Path) -> bytes:
    """Read an annotation's bytes.

    Raises:
        TrainingError: if it cannot be read, is empty or too large.
    """
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise TrainingError(
                f"{path} is {size / 1e6:,.0f} MB large, and annotations have {MOST_BYTES / 1e6:.0f} MB at most: give "
                "the annotation, not the recording"
            )
        data = path.read_bytes()
    except OSError as error:
        raise TrainingError(f"{path} cannot be read ({error.strerror}): check the path") from None
    if not data.strip():
        raise TrainingError(f"{path} is an empty file: save the annotation again")
    return data
