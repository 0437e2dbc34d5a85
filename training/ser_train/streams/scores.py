"""Scores of one side's streams, each a part of `<model>.streams.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ser_train.records import ADDED, key

__all__ = [
    "ClipShares",
    "DelayScore",
    "DiarizationScore",
    "FalseAlarmScore",
    "FlipOrigins",
    "FlipScore",
    "Interval",
    "MeetingScore",
    "NeutralScore",
    "RiskCoverage",
    "RiskPoint",
    "SideScores",
    "StreamCounts",
]

Interval = tuple[float | None, float | None] | None
"""Ends of a 95 % interval, None where an end is infinite; None of a single group."""


@dataclass(frozen=True, kw_only=True)
class StreamCounts:
    """How much the streams of one kind hold."""

    streams: int
    minutes: float
    clips: int
    speakers: int


@dataclass(frozen=True, kw_only=True)
class DelayScore:
    """Seconds from a change to the first right label; a median or 90th percentile of None is infinite.

    Attributes:
        changes: how many.
        speakers: who made them; intervals are drawn over these.
        median: seconds.
        median_interval: of it.
        p90: 90th percentile, seconds.
        p90_interval: of it.
        within: share of the changes with the right label within 1.5 s.
        never: share of the changes whose label never came.
    """

    changes: int
    speakers: int
    median: float | None
    median_interval: Interval
    p90: float | None
    p90_interval: Interval
    within: float = key("within_1.5")
    never: float


@dataclass(frozen=True, kw_only=True)
class DiarizationScore:
    """The emotion diarization error rate and its parts, shares of the whole duration.

    Attributes:
        minutes: of the streams.
        speech_minutes: of speech in them.
        error_rate: sum of the three parts.
        interval: of the error rate.
        missed: speech, and no label is shown.
        false_alarm: no speech, and a label is shown.
        confusion: speech, and another label is shown.
        right_of_shown: share of the labels shown in speech that are right; None if none was shown.
    """

    minutes: float
    speech_minutes: float
    error_rate: float
    interval: Interval
    missed: float
    false_alarm: float
    confusion: float
    right_of_shown: float | None


@dataclass(frozen=True, kw_only=True)
class FlipScore:
    """How often the shown label becomes another one in speech of one emotion; the interval is drawn over streams."""

    streams: int
    flips: int
    speech_minutes: float
    per_minute: float
    interval: Interval


@dataclass(frozen=True, kw_only=True)
class ClipShares:
    """Of the clips in streams of known emotions: the shares of those whose windows are all right, and all wrong."""

    clips: int
    all_right: float
    all_wrong: float


@dataclass(frozen=True, kw_only=True)
class FlipOrigins:
    """The flips on the screen in speech of one emotion, by the clip in which they come.

    Attributes:
        into_wrong_clips: to a wrong label, in a clip of which four of five windows and more are wrong.
        back_into_right_clips: to the right label, in a clip of which four of five windows and more are right.
        within_clips: all others: doubt between two labels within a clip.
        clips: of all streams of known emotions.
    """

    into_wrong_clips: int
    back_into_right_clips: int
    within_clips: int
    clips: ClipShares


@dataclass(frozen=True, kw_only=True)
class NeutralScore:
    """Labels shown on neutral speech: the share of each, and of all that are not neutral."""

    minutes_shown: float
    wrong_share: float
    shares: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class MeetingScore:
    """Shares of the time of meetings in which each label is shown, and nothing; flips for each minute with a label."""

    recordings: tuple[str, ...]
    minutes: float
    shares: Mapping[str, float]
    nothing: float
    flips_per_minute_shown: float | None


@dataclass(frozen=True, kw_only=True)
class FalseAlarmScore:
    """Shares of the time with a label shown where nobody speaks: of all streams, and of each."""

    minutes: float
    share: float
    by_stream: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class RiskPoint:
    """A point of the risk-coverage curve: share of the predictions, the surest, and share of these that are wrong."""

    coverage: float
    risk: float


@dataclass(frozen=True, kw_only=True)
class RiskCoverage:
    """What abstention gains, and how well the smoothed probabilities are calibrated.

    Attributes:
        predictions: past the warm-up, of streams whose emotion is known.
        speakers: of these; the interval is drawn over them.
        aurc: area under the risk-coverage curve.
        accuracy: of all predictions.
        coverage: share of the predictions that abstention is to leave with a label.
        threshold: smallest confidence among these.
        accuracy_at_coverage: of these.
        gain: by how much that is more than the accuracy of all.
        gain_interval: of the gain.
        shipped_threshold: abstention threshold of the model's contract.
        coverage_at_shipped: share of the predictions that it leaves.
        accuracy_at_shipped: of these; None if there are none.
        curve: from 5 % to 100 % coverage.
        ece: expected calibration error.
    """

    predictions: int
    speakers: int
    aurc: float
    accuracy: float
    coverage: float
    threshold: float
    accuracy_at_coverage: float
    gain: float
    gain_interval: Interval
    shipped_threshold: float
    coverage_at_shipped: float
    accuracy_at_shipped: float | None
    curve: tuple[RiskPoint, ...]
    ece: float


@dataclass(frozen=True, kw_only=True)
class SideScores:
    """Scores of the streams of one side; None where there is nothing to measure on.

    Attributes:
        streams: counts of each kind.
        delay: by rule of what counts as shown, and by where the changes lie.
        diarization: by kind.
        flips: by rule.
        neutral: of neutral speech.
        meetings: of meetings.
        false_alarms: where nobody speaks.
        predictions: of the predictions whose emotion is known.
        full_coverage: diarization by kind if every record's label counted as shown; None in files from before it.
        flip_origins: of the flips on the screen; None in files from before it.
    """

    streams: Mapping[str, StreamCounts]
    delay: Mapping[str, Mapping[str, DelayScore]]
    diarization: Mapping[str, DiarizationScore | None]
    flips: Mapping[str, FlipScore | None]
    neutral: NeutralScore | None
    meetings: MeetingScore | None
    false_alarms: FalseAlarmScore | None
    predictions: RiskCoverage | None
    full_coverage: Mapping[str, DiarizationScore | None] | None = field(default=None, metadata={ADDED: True})
    flip_origins: FlipOrigins | None = field(default=None, metadata={ADDED: True})
