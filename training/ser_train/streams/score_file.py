"""What `<model>.streams.json` holds: the score cards of both sides, and the search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from ser_train.records import FLAT, from_json, to_json
from ser_train.streams.scores import SideScores

__all__ = ["Bar", "Origin", "ScoreCard", "SearchLog", "Setting", "StreamScores", "Trial"]


@dataclass(frozen=True, kw_only=True)
class Bar:
    """What is asked for, what was measured (None: infinite, or not at all), and whether it is met."""

    what: str
    unit: str
    value: float | None
    bar: float
    at_least: bool
    met: bool


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What scores stand on: protocol, model file with its digest, commit of the trainer, seed of the streams."""

    protocol: str
    model: str
    sha256: str
    commit: str
    seed: int


@dataclass(frozen=True, kw_only=True)
class ScoreCard:
    """Scores of one side with what they stand on.

    Attributes:
        origin: what they stand on.
        settings: of the live path.
        clip_ece: expected calibration error by clip, of the same side; None if the model is not evaluated there.
        scores: of the streams.
        bars: what is asked for.
    """

    origin: Origin = field(metadata={FLAT: True})
    settings: Mapping[str, Any]
    clip_ece: float | None
    scores: SideScores = field(metadata={FLAT: True})
    bars: tuple[Bar, ...]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A setting that the search tries, as `ser_live.smoothing.Smoother` takes it."""

    time_constant: float
    warm_up: float
    threshold: float
    evidence: float


@dataclass(frozen=True, kw_only=True)
class Trial(Setting):
    """A setting with its scores; a delay of None is infinite."""

    ece: float
    median_delay: float | None
    p90_delay: float | None
    never: float
    flips_per_minute: float
    right: float
    error_rate: float
    missed: float


@dataclass(frozen=True, kw_only=True)
class SearchLog:
    """Every setting that was tried, the rule, and the one that it chose."""

    origin: Origin = field(metadata={FLAT: True})
    rule: str
    chosen: Trial
    tried: tuple[Trial, ...]


@dataclass(frozen=True, kw_only=True)
class StreamScores:
    """The whole file: the search and the score card of each side, None where that was not made."""

    search: SearchLog | None = None
    validation: ScoreCard | None = None
    test: ScoreCard | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the parts that are there."""
        parts = {part.name: getattr(self, part.name) for part in fields(self)}
        return {name: to_json(part) for name, part in parts.items() if part is not None}

    @classmethod
    def from_json(cls, value: object, where: str) -> StreamScores:
        """Read what `to_json` gave.

        Raises:
            TrainingError: saying what of `where`, the file's name, does not fit.
        """
        return from_json(cls, value, where, "take it away, or make it again with `ser-train streams`")
