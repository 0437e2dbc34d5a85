"""Scores of the speech detectors, as `models/vad.json` holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ser_live.config import VadMode
from ser_train.records import from_json, key, to_json

__all__ = [
    "MODES",
    "TOLERANCE",
    "DetectionScore",
    "MeetingScore",
    "ModeScores",
    "SideScores",
    "ThresholdSearch",
    "Thresholds",
    "Trial",
    "VadScores",
]

MODES: tuple[VadMode, ...] = ("webrtc", "silero", "both")
TOLERANCE = 20
"""Cells: on clips, what is taken for speech at most 0.2 s from an active cell is no mistake. The truth there is the
level, which falls before a word's last sound does, and the padding is meant to reach over it."""


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """What is searched.

    Attributes:
        onset: Silero probability that begins speech.
        offset: Silero probability under which it ends.
        padding: cells of 10 ms kept before and after it.
    """

    onset: float
    offset: float
    padding: int


@dataclass(frozen=True, kw_only=True)
class DetectionScore:
    """Decisions beside the truth, all cells of some recordings together.

    Attributes:
        precision: None where no speech was found.
        recall: None where nobody speaks.
        share: of the time, taken for speech.
        without: share of the recordings in which no speech was found.
    """

    precision: float | None
    recall: float | None
    share: float
    without: float


ModeScores = Mapping[str, DetectionScore]
"""By detector: `webrtc`, `silero`, `both`."""


@dataclass(frozen=True, kw_only=True)
class SideScores:
    """Scores of one side's recordings.

    Attributes:
        counts: what the scores stand on, in words, under `meetings`, `speech` and each name of `quiet`.
        meetings: as recorded, and after a minute of noise.
        speech: clips, by condition.
        quiet: streams in which nobody speaks, by name.
    """

    counts: Mapping[str, str]
    meetings: Mapping[str, ModeScores]
    speech: Mapping[str, ModeScores]
    quiet: Mapping[str, ModeScores]


@dataclass(frozen=True, kw_only=True)
class MeetingScore:
    """Precision and recall on the meetings."""

    precision: float | None
    recall: float | None


@dataclass(frozen=True, kw_only=True)
class Trial(Thresholds):
    """A setting with its scores.

    Attributes:
        meetings: None without meetings.
        recall: mean of the meetings and of each condition of the clips.
        without: share of the clips in which no speech was found, mean over the conditions.
        false_share: of the time in which nobody speaks, taken for speech.
        value: what the rule ranks by.
        allowed: by the rule.
    """

    meetings: MeetingScore | None
    recall: float
    without: float
    false_share: float = key("false")
    value: float
    allowed: bool


@dataclass(frozen=True, kw_only=True)
class ThresholdSearch:
    """Every setting that was tried, and the one that the rule takes; None if it allows none."""

    rule: str
    table: tuple[Trial, ...]
    chosen: Thresholds | None


@dataclass(frozen=True, kw_only=True)
class VadScores:
    """The whole file.

    Attributes:
        commit: of the trainer.
        seed: of what was drawn.
        shipped: thresholds of the live path.
        sides: scores of the side that chooses and of the one that reports.
        search: for the thresholds.
        notes: recordings that were not there.
    """

    commit: str
    seed: int
    shipped: Thresholds
    sides: Mapping[str, SideScores]
    search: ThresholdSearch
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return what the file holds."""
        return to_json(self)

    @classmethod
    def from_json(cls, value: object, where: str) -> VadScores:
        """Read what `to_json` gave.

        Raises:
            TrainingError: saying what of `where`, the file's name, does not fit.
        """
        return from_json(cls, value, where, "make it again with `ser-train vad`")
