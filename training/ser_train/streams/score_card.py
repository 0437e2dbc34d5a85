"""The score card: every figure of the streams of one side, with the minutes and people it stands on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ser_live.session import SHOWING, held_label, shown_label
from ser_live.types import Prediction
from ser_train.evaluation.bootstrap import finite, interval, quantile
from ser_train.streams.inference import HeardStream
from ser_train.streams.metrics import diarization_error, flips, label_seconds, right_delay
from ser_train.streams.risk_coverage import Judged, label_at, risk_coverage
from ser_train.streams.stream import KINDS, Change, changes_of
from ser_train.streams.timeline import Piece, Said, pieces

__all__ = ["RULES", "Rule", "Timeline", "held_labels", "judge", "score_card", "show"]

Rule = Callable[[Sequence[Prediction]], "list[str | None]"]
Timeline = tuple[HeardStream, list[Piece]]


def held_labels(predictions: Sequence[Prediction]) -> list[str | None]:
    """Return the label that is held after each record of an utterance: a provisional rival does not displace it."""
    held: list[str | None] = []
    for prediction in predictions:
        held.append(held_label(prediction, held[-1] if held else None))
    return held


def _on_the_screen(predictions: Sequence[Prediction]) -> list[str | None]:
    """The label that is held, where it leads."""
    return [shown_label(p, held) for p, held in zip(predictions, held_labels(predictions), strict=True)]


def _as_labelled(predictions: Sequence[Prediction]) -> list[str | None]:
    """Every record's own label."""
    return [p.label if p.state in SHOWING else None for p in predictions]


RULES: Mapping[str, Rule] = {"screen": _on_the_screen, "labelled": _as_labelled}
"""What counts as shown: what the screen shows, or each record's `label`; nothing in both where a record is `warming-up`
or `uncertain`."""


def show(heard: Sequence[HeardStream], rule: Rule) -> list[Timeline]:
    """What is shown when in each stream."""
    timelines = []
    for one in heard:
        said: list[Said] = []
        for utterance in one.utterances:
            starts = [p.available for p in utterance.predictions]
            said += zip(starts, [*starts[1:], utterance.over], rule(utterance.predictions), strict=False)
        timelines.append((one, pieces(said, one.audible)))
    return timelines


def score_card(heard: Sequence[HeardStream], labels: Sequence[str], threshold: float) -> dict[str, Any]:
    """All figures of one side's streams.

    Args:
        heard: what the live path said.
        labels: of the model.
        threshold: its contract's abstention.
    """
    shown = {name: show(heard, rule) for name, rule in RULES.items()}
    screen = shown["screen"]
    judged = judge(heard, labels)
    return {
        "streams": {kind: _census([one for one in heard if one.stream.kind == kind]) for kind in KINDS},
        "delay": {name: delays(timelines) for name, timelines in shown.items()},
        "diarization": {kind: diarization(_of(screen, kind)) for kind in ("mixed", "changes", "constant")},
        "flips": {name: flip_rate(_of(timelines, "constant")) for name, timelines in shown.items()},
        "neutral": neutral(_of(screen, "neutral")),
        "meetings": meetings(_of(screen, "meetings")),
        "false_alarms": false_alarms(_of(screen, "silence")),
        "predictions": risk_coverage(judged, threshold) if len(judged.truth) else None,
    }


def delays(timelines: Sequence[Timeline]) -> dict[str, Any]:
    """Delays to the right label: from all changes of one speaker's emotion, by pause, and from a clip's start."""
    found: dict[str, list[tuple[Change, float]]] = {"all": [], "joined": [], "paused": [], "start": []}
    for one, shown in timelines:
        spans = one.stream.spans
        if one.stream.kind == "changes":
            for change in changes_of(spans, one.stream.seconds):
                delay = change, right_delay(change, shown)
                found["all"].append(delay)
                found["joined" if change.joined else "paused"].append(delay)
        if one.stream.kind == "mixed":
            ends = [span.start for span in spans[1:]] + [one.stream.seconds]
            for span, end in zip(spans, ends, strict=True):
                start = Change(at=span.start, until=end, label=span.label, speaker=span.speaker, joined=False)
                found["start"].append((start, right_delay(start, shown)))
    return {name: _delay_row(rows) for name, rows in found.items() if rows}


def _delay_row(rows: Sequence[tuple[Change, float]]) -> dict[str, Any]:
    values = [delay for _, delay in rows]
    speakers = {change.speaker for change, _ in rows}
    groups = {name: [delay for change, delay in rows if change.speaker == name] for name in speakers}
    return {
        "changes": len(rows),
        "speakers": len(speakers),
        "median": finite(quantile(values, 0.5)),
        "median_interval": interval(groups, lambda drawn: quantile(drawn, 0.5)),
        "p90": finite(quantile(values, 0.9)),
        "p90_interval": interval(groups, lambda drawn: quantile(drawn, 0.9)),
        "within_1.5": round(float(np.mean(np.array(values) <= 1.5)), 4),
        "never": round(float(np.mean(np.isinf(values))), 4),
    }


def diarization(timelines: Sequence[Timeline]) -> dict[str, Any] | None:
    """The emotion diarization error rate and its parts, as shares of the whole duration."""
    if not timelines:
        return None
    rows = [(_who(one), one.stream.seconds, diarization_error(one.stream.spans, shown)) for one, shown in timelines]
    total = sum(seconds for _, seconds, _ in rows)
    parts = {part: sum(row[part] for _, _, row in rows) for part in rows[0][2]}
    groups: dict[str, list[tuple[float, float]]] = {}
    for who, seconds, row in rows:
        groups.setdefault(who, []).append((row["missed"] + row["false_alarm"] + row["confusion"], seconds))
    wrong = parts["missed"] + parts["false_alarm"] + parts["confusion"]
    heard = parts["speech"] - parts["missed"]
    return {
        "minutes": round(total / 60, 2),
        "speech_minutes": round(parts["speech"] / 60, 2),
        "error_rate": round(wrong / total, 4),
        "interval": interval(groups, _ratio),
        **{part: round(parts[part] / total, 4) for part in ("missed", "false_alarm", "confusion")},
        "right_of_shown": round(1 - parts["confusion"] / heard, 4) if heard else None,
    }


def flip_rate(timelines: Sequence[Timeline]) -> dict[str, Any] | None:
    """Flips of the shown label per minute of speech of one emotion."""
    if not timelines:
        return None
    rows = {
        one.stream.name: [(float(flips(shown)), sum(span.end - span.start for span in one.stream.spans) / 60)]
        for one, shown in timelines
    }
    pairs = [pair for row in rows.values() for pair in row]
    return {
        "streams": len(pairs),
        "flips": round(sum(count for count, _ in pairs)),
        "speech_minutes": round(sum(minutes for _, minutes in pairs), 2),
        "per_minute": round(_ratio(pairs), 2),
        "interval": interval(rows, _ratio),
    }


def neutral(timelines: Sequence[Timeline]) -> dict[str, Any] | None:
    """What is shown on neutral speech: the share that is some other emotion."""
    shown = _shown_seconds(timelines)
    total = sum(shown.values())
    if not total:
        return None
    return {
        "minutes_shown": round(total / 60, 2),
        "wrong_share": round(1 - shown.get("neutral", 0.0) / total, 4),
        "shares": {label: round(seconds / total, 4) for label, seconds in sorted(shown.items())},
    }


def meetings(timelines: Sequence[Timeline]) -> dict[str, Any] | None:
    """What is shown in meetings, where no emotion is known."""
    if not timelines:
        return None
    shown = _shown_seconds(timelines)
    total = sum(one.stream.seconds for one, _ in timelines)
    minutes = sum(shown.values()) / 60
    return {
        "recordings": [one.stream.name for one, _ in timelines],
        "minutes": round(total / 60, 2),
        "shares": {label: round(seconds / total, 4) for label, seconds in sorted(shown.items())},
        "nothing": round(1 - 60 * minutes / total, 4),
        "flips_per_minute_shown": round(sum(flips(p) for _, p in timelines) / minutes, 2) if minutes else None,
    }


def false_alarms(timelines: Sequence[Timeline]) -> dict[str, Any] | None:
    """Share of the time with an emotion shown where nobody ever speaks."""
    if not timelines:
        return None
    rows = {one.stream.name: (sum(label_seconds(shown).values()), one.stream.seconds) for one, shown in timelines}
    return {
        "minutes": round(sum(seconds for _, seconds in rows.values()) / 60, 2),
        "share": round(_ratio(list(rows.values())), 4),
        "by_stream": {name: round(alarm / seconds, 4) for name, (alarm, seconds) in rows.items()},
    }


def judge(heard: Sequence[HeardStream], labels: Sequence[str]) -> Judged:
    """Predictions past the warm-up of the streams whose emotions are known and balanced."""
    smoothed, truth, groups = [], [], []
    for one in heard:
        if one.stream.kind not in ("mixed", "changes", "constant"):
            continue
        for prediction in (p for utterance in one.utterances for p in utterance.predictions):
            if prediction.state == "warming-up":
                continue
            span = label_at(one.stream.spans, prediction.end)
            smoothed.append([prediction.smoothed[label] for label in labels])
            truth.append(labels.index(span.label))
            groups.append(span.speaker)
    return Judged(
        smoothed=np.array(smoothed, np.float64).reshape(-1, len(labels)),
        truth=np.array(truth, np.int64),
        groups=groups,
    )


def _census(heard: Sequence[HeardStream]) -> dict[str, Any]:
    spans = [span for one in heard for span in one.stream.spans]
    return {
        "streams": len(heard),
        "minutes": round(sum(one.stream.seconds for one in heard) / 60, 2),
        "clips": len(spans),
        "speakers": len({span.speaker for span in spans}),
    }


def _of(timelines: Sequence[Timeline], kind: str) -> list[Timeline]:
    return [(one, shown) for one, shown in timelines if one.stream.kind == kind]


def _who(one: HeardStream) -> str:
    speakers = {span.speaker for span in one.stream.spans}
    return speakers.pop() if len(speakers) == 1 else one.stream.name


def _shown_seconds(timelines: Sequence[Timeline]) -> dict[str, float]:
    total: dict[str, float] = {}
    for _, shown in timelines:
        for label, seconds in label_seconds(shown).items():
            total[label] = total.get(label, 0.0) + seconds
    return total


def _ratio(pairs: Sequence[tuple[float, float]]) -> float:
    return sum(upper for upper, _ in pairs) / sum(lower for _, lower in pairs)
