"""Scores of all streams of a side, with intervals over speakers or streams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ser_train.evaluation.bootstrap import finite, interval, quantile
from ser_train.streams.metrics import diarization_error, flips, label_seconds, right_delay, total_error
from ser_train.streams.scores import (
    DelayScore,
    DiarizationScore,
    FalseAlarmScore,
    FlipScore,
    MeetingScore,
    NeutralScore,
)
from ser_train.streams.stream import Change, changes_of
from ser_train.streams.timeline import Timeline

__all__ = ["delays", "diarization", "false_alarms", "flip_rate", "meetings", "neutral"]


def delays(timelines: Sequence[Timeline]) -> dict[str, DelayScore]:
    """Score the delay to the right label: of `all` changes of one speaker's emotion, and of each clip's `start`.

    The changes stand once more apart, `joined` and `paused`; what there is none of is left out.
    """
    groups: dict[str, list[tuple[Change, float]]] = {"all": [], "joined": [], "paused": [], "start": []}
    for predictions, shown in timelines:
        stream = predictions.stream
        if stream.kind == "changes":
            for change in changes_of(stream.spans, stream.seconds):
                delay = change, right_delay(change, shown)
                groups["all"].append(delay)
                groups["joined" if change.joined else "paused"].append(delay)
        if stream.kind == "mixed":
            ends = [span.start for span in stream.spans[1:]] + [stream.seconds]
            for span, end in zip(stream.spans, ends, strict=True):
                start = Change(at=span.start, until=end, label=span.label, speaker=span.speaker, joined=False)
                groups["start"].append((start, right_delay(start, shown)))
    return {name: _delay_score(group) for name, group in groups.items() if group}


def _delay_score(group: Sequence[tuple[Change, float]]) -> DelayScore:
    values = [delay for _, delay in group]
    by_speaker: dict[str, list[float]] = {}
    for change, delay in group:
        by_speaker.setdefault(change.speaker, []).append(delay)
    return DelayScore(
        changes=len(group),
        speakers=len(by_speaker),
        median=finite(quantile(values, 0.5)),
        median_interval=interval(by_speaker, lambda drawn: quantile(drawn, 0.5)),
        p90=finite(quantile(values, 0.9)),
        p90_interval=interval(by_speaker, lambda drawn: quantile(drawn, 0.9)),
        within=round(float(np.mean(np.array(values) <= 1.5)), 4),
        never=round(float(np.mean(np.isinf(values))), 4),
    )


def diarization(timelines: Sequence[Timeline]) -> DiarizationScore | None:
    """Score emotion diarization; None without a stream."""
    if not timelines:
        return None
    errors = [diarization_error(predictions.stream.spans, shown) for predictions, shown in timelines]
    total, seconds = total_error(errors), sum(predictions.stream.seconds for predictions, _ in timelines)
    by_speaker: dict[str, list[tuple[float, float]]] = {}
    for (predictions, _), error in zip(timelines, errors, strict=True):
        stream = predictions.stream
        by_speaker.setdefault(stream.speaker or stream.name, []).append((error.wrong, stream.seconds))
    right = total.right_of_shown
    return DiarizationScore(
        minutes=round(seconds / 60, 2),
        speech_minutes=round(total.speech / 60, 2),
        error_rate=round(total.wrong / seconds, 4),
        interval=interval(by_speaker, _ratio),
        missed=round(total.missed / seconds, 4),
        false_alarm=round(total.false_alarm / seconds, 4),
        confusion=round(total.confusion / seconds, 4),
        right_of_shown=None if right is None else round(right, 4),
    )


def flip_rate(timelines: Sequence[Timeline]) -> FlipScore | None:
    """Score the flips of the shown label in speech of one emotion; None without a stream."""
    if not timelines:
        return None
    by_stream = {
        predictions.stream.name: [(float(flips(shown)), predictions.stream.speech_seconds / 60)]
        for predictions, shown in timelines
    }
    pairs = [pair for group in by_stream.values() for pair in group]
    return FlipScore(
        streams=len(pairs),
        flips=round(sum(count for count, _ in pairs)),
        speech_minutes=round(sum(minutes for _, minutes in pairs), 2),
        per_minute=round(_ratio(pairs), 2),
        interval=interval(by_stream, _ratio),
    )


def neutral(timelines: Sequence[Timeline]) -> NeutralScore | None:
    """Score what is shown on neutral speech; None if nothing is."""
    shown = label_seconds(piece for _, pieces in timelines for piece in pieces)
    total = sum(shown.values())
    if not total:
        return None
    return NeutralScore(
        minutes_shown=round(total / 60, 2),
        wrong_share=round(1 - shown.get("neutral", 0.0) / total, 4),
        shares=_shares(shown, total),
    )


def meetings(timelines: Sequence[Timeline]) -> MeetingScore | None:
    """Describe what is shown in meetings, where no emotion is known; None without a meeting."""
    if not timelines:
        return None
    shown = label_seconds(piece for _, pieces in timelines for piece in pieces)
    total = sum(predictions.stream.seconds for predictions, _ in timelines)
    minutes = sum(shown.values()) / 60
    return MeetingScore(
        recordings=tuple(predictions.stream.name for predictions, _ in timelines),
        minutes=round(total / 60, 2),
        shares=_shares(shown, total),
        nothing=round(1 - 60 * minutes / total, 4),
        flips_per_minute_shown=round(sum(flips(p) for _, p in timelines) / minutes, 2) if minutes else None,
    )


def false_alarms(timelines: Sequence[Timeline]) -> FalseAlarmScore | None:
    """Score the time with a label shown where nobody ever speaks; None without a stream."""
    if not timelines:
        return None
    pairs = {p.stream.name: (sum(label_seconds(shown).values()), p.stream.seconds) for p, shown in timelines}
    return FalseAlarmScore(
        minutes=round(sum(seconds for _, seconds in pairs.values()) / 60, 2),
        share=round(_ratio(list(pairs.values())), 4),
        by_stream={name: round(alarm / seconds, 4) for name, (alarm, seconds) in pairs.items()},
    )


def _shares(seconds: Mapping[str, float], total: float) -> dict[str, float]:
    return {label: round(value / total, 4) for label, value in sorted(seconds.items())}


def _ratio(pairs: Sequence[tuple[float, float]]) -> float:
    return sum(upper for upper, _ in pairs) / sum(lower for _, lower in pairs)
