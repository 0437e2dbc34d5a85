"""Scores of an evaluation as records, each with how many clips and speakers it stands on, and their JSON.

Field names and order are those of the JSON files; `ser_train.records` writes and reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ser_train.evaluation.headline import Headline, Interval, WindowLabelScore
from ser_train.records import from_json, to_json

__all__ = [
    "ClipScores",
    "ConditionScore",
    "CoverageScore",
    "GroupScore",
    "HumanScore",
    "ListenerScores",
    "SideScores",
    "SpeakerScore",
    "WindowScores",
]


@dataclass(frozen=True, kw_only=True)
class WindowScores(Headline):
    """The same of every prediction alone, against its clip's label; `clips` counts those with a prediction."""

    per_label: tuple[WindowLabelScore, ...]
    windows: int


@dataclass(frozen=True, kw_only=True)
class CoverageScore:
    """Accuracy of the most confident clips.

    Attributes:
        coverage: their share of all clips.
        clips: how many they are.
        confidence: the smallest among them.
        accuracy: of them.
    """

    coverage: float
    clips: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, kw_only=True)
class SpeakerScore:
    """Scores of one speaker."""

    speaker: str
    clips: int
    uar: float
    accuracy: float


@dataclass(frozen=True, kw_only=True)
class GroupScore:
    """Scores of a group of speakers.

    Attributes:
        group: `sex`, `age` or `ethnicity`.
        value: as the corpora state it, or `not stated`.
        clips: how many.
        speakers: how many.
        uar: unweighted average recall.
        uar_interval: None for one speaker.
        accuracy: share of clips that are right.
    """

    group: str
    value: str
    clips: int
    speakers: int
    uar: float
    uar_interval: Interval | None
    accuracy: float


@dataclass(frozen=True, kw_only=True)
class ListenerScores:
    """Scores against the listeners' votes.

    Attributes:
        clips: that have votes.
        speakers: of these clips.
        ties: clips whose most voted labels are several; any of them counts as right.
        uar: unweighted average recall against the most voted label.
        uar_interval: None for one speaker.
        accuracy: share of clips that are right.
        cross_entropy: of the verdict against the shares of the votes, nats; None without any prediction.
        kl: the same less the votes' own entropy.
        one_listener_uar: what one listener, drawn anew for each clip, reaches against the intended label.
    """

    clips: int
    speakers: int
    ties: int
    uar: float
    uar_interval: Interval | None
    accuracy: float
    cross_entropy: float | None
    kl: float | None
    one_listener_uar: float


@dataclass(frozen=True, kw_only=True)
class HumanScore:
    """What people reach: their unweighted average recall, on which labels, and how it was measured."""

    uar: float
    labels: tuple[str, ...]
    what: str


@dataclass(frozen=True, kw_only=True)
class ConditionScore:
    """Scores of the same clips under a test condition.

    Attributes:
        condition: its name.
        clips: how many.
        speakers: how many.
        uar: unweighted average recall.
        uar_interval: None for one speaker.
        accuracy: share of clips that are right.
        ece: expected calibration error; None without any prediction.
        without_prediction: clips in which no speech was found.
        loss: points of recall lost against the clean clips.
        loss_interval: None for one speaker, and in results that were written before it was kept.
    """

    condition: str
    clips: int
    speakers: int
    uar: float
    uar_interval: Interval | None
    accuracy: float
    ece: float | None
    without_prediction: int
    loss: float
    loss_interval: Interval | None = None


@dataclass(frozen=True, kw_only=True)
class ClipScores(Headline):
    """All scores of one corpus, or of all corpora together; a clip without a prediction counts as wrong.

    Attributes:
        protocol: the sentence beside every score.
        notes: what a reader must know.
        speakers_shared: voices of these clips were heard in training.
        without_prediction: clips in which no speech was found.
        coverage: accuracy of the most confident clips.
        windows: scores by window; None without any prediction.
        by_speaker: the worst first.
        groups: of speakers, as the corpora state them.
        perceived: against the listeners' votes; None where nobody was asked.
        human: what people reach on the same corpus and labels; None where it is not known.
        robustness: a score for each test condition; empty where none was measured.
        abstention_at_coverage: smoothed probability that leaves 70 % of the predictions a label; of all corpora
            together and all of the model's labels alone.
    """

    protocol: str
    notes: tuple[str, ...]
    speakers_shared: bool
    without_prediction: int
    coverage: tuple[CoverageScore, ...]
    windows: WindowScores | None
    by_speaker: tuple[SpeakerScore, ...]
    groups: tuple[GroupScore, ...]
    perceived: ListenerScores | None
    human: HumanScore | None
    robustness: tuple[ConditionScore, ...] = ()
    abstention_at_coverage: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the scores as `json` writes them; what was not measured is left out."""
        values = to_json(self)
        if not self.robustness:
            del values["robustness"]
        if self.abstention_at_coverage is None:
            del values["abstention_at_coverage"]
        return {key: values[key] for key in ("protocol", "notes", "speakers_shared")} | values

    @staticmethod
    def from_json(values: object, where: str) -> ClipScores:
        """Read what `to_json` gave.

        Args:
            values: the JSON object.
            where: what it is called in messages.

        Raises:
            TrainingError: if it is something else.
        """
        return from_json(ClipScores, values, where)


SideScores = Mapping[str, ClipScores]
"""Scores of one side: of each corpus, and of all of them together (`pooled`)."""
