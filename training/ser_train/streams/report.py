"""The score cards in words: tables for the docs, each score beside its bar."""

from __future__ import annotations

from collections.abc import Mapping

from ser_train.streams.cells import shares, table, value, with_interval
from ser_train.streams.score_file import Bar, ScoreCard, StreamScores
from ser_train.streams.scores import (
    DelayScore,
    DiarizationScore,
    FlipScore,
    MeetingScore,
    NeutralScore,
    RiskCoverage,
    SideScores,
    StreamCounts,
)
from ser_train.streams.search_report import search_markdown

__all__ = ["streams_markdown"]

_KINDS = {
    "mixed": "several speakers' clips, pauses of 0.2 to 1.2 s and now and then longer, levels ± 8 dB, noise at 20 dB",
    "changes": "one speaker, true changes of emotion, clips joined without a pause or with pauses",
    "constant": "one emotion for up to a minute, by mixed speakers and by one",
    "neutral": "neutral speech of mixed speakers",
    "meetings": "real meetings, whose emotions nobody knows",
    "silence": "noise, music-like tones, digital silence: nobody speaks",
}
_RULES = {"screen": "as on the screen", "labelled": "by each record's label"}
_DELAYS = {
    "all": "from a change of emotion",
    "joined": "… without a pause",
    "paused": "… after a pause",
    "start": "from a clip's first sound (`mixed`)",
}
_DELAY_HEAD = (
    *("delay to the first right label", "changes", "speakers", "median", "90th percentile"),
    *("within 1.5 s", "never right"),
)
_DIARIZATION_HEAD = (
    *("streams", "minutes", "of speech", "EDER", "missed", "false alarm", "confusion"),
    "right of what is shown in speech",
)


def streams_markdown(scores: StreamScores) -> str:
    """Return the score cards of both sides and the search as Markdown, those that are there."""
    cards = {"validation": scores.validation, "test": scores.test}
    parts = [_card(side, card) for side, card in cards.items() if card is not None]
    if scores.search is not None:
        parts.append(search_markdown(scores.search))
    return "\n\n".join(parts) + "\n"


def _card(side: str, card: ScoreCard) -> str:
    return "\n\n".join(
        [
            f"### Streams of {side} speakers",
            card.origin.protocol,
            table(("what", "measured", "bar", "met"), [_bar(bar) for bar in card.bars]),
            _counts(card.scores.streams),
            _delays(card.scores.delay),
            _diarization(card.scores.diarization),
            _rest(card.scores, card.clip_ece),
        ]
    )


def _bar(bar: Bar) -> tuple[str, str, str, str]:
    sign = "≥" if bar.at_least else "≤"
    met = "yes" if bar.met else "**no**"
    measured = value(bar.value, bar.unit, digits=2)  # 9.96 % is not 10 %
    return bar.what, measured, f"{sign} {value(bar.bar, bar.unit)}", met


def _counts(kinds: Mapping[str, StreamCounts]) -> str:
    rows = [
        (kind, _KINDS[kind], each.streams, f"{each.minutes:.1f}", each.clips or "–", each.speakers or "–")
        for kind, each in kinds.items()
        if each.streams
    ]
    return table(("streams", "what", "how many", "minutes", "clips", "speakers"), rows)


def _delays(rules: Mapping[str, Mapping[str, DelayScore]]) -> str:
    rows = [
        (
            f"{_DELAYS[name]}, {_RULES[rule]}",
            delay.changes,
            delay.speakers,
            with_interval(value(delay.median, "s"), delay.median_interval, "s"),
            with_interval(value(delay.p90, "s"), delay.p90_interval, "s"),
            f"{delay.within:.0%}",
            f"{delay.never:.0%}",
        )
        for rule, delays in rules.items()
        for name, delay in delays.items()
    ]
    return table(_DELAY_HEAD, rows)


def _diarization(kinds: Mapping[str, DiarizationScore | None]) -> str:
    rows = [
        (
            kind,
            f"{score.minutes:.1f}",
            f"{score.speech_minutes:.1f}",
            with_interval(f"{score.error_rate:.1%}", score.interval, "share"),
            f"{score.missed:.1%}",
            f"{score.false_alarm:.1%}",
            f"{score.confusion:.1%}",
            "–" if score.right_of_shown is None else f"{score.right_of_shown:.1%}",
        )
        for kind, score in kinds.items()
        if score is not None
    ]
    return table(_DIARIZATION_HEAD, rows)


def _rest(scores: SideScores, clip_ece: float | None) -> str:
    lines = [_flips(rule, score) for rule, score in scores.flips.items() if score is not None]
    if scores.neutral is not None:
        lines.append(_neutral(scores.neutral))
    if scores.meetings is not None:
        lines.append(_meetings(scores.meetings))
    if (alarms := scores.false_alarms) is not None:
        by_stream = ", ".join(f"{name} {share:.2%}" for name, share in alarms.by_stream.items())
        lines.append(
            f"Nobody speaks ({alarms.minutes:.1f} minutes): an emotion is shown {alarms.share:.2%} of the time "
            f"({by_stream})."
        )
    if scores.predictions is not None:
        lines.append(_predictions(scores.predictions, clip_ece))
    return "\n".join(f"* {line}" for line in lines)


def _flips(rule: str, score: FlipScore) -> str:
    rate = with_interval(f"{score.per_minute:.1f}", score.interval, "")
    return (
        f"Flips a minute of constant emotion, {_RULES[rule]}: {rate} ({score.flips} in {score.speech_minutes:.1f} "
        f"minutes of speech, {score.streams} streams; interval over streams)."
    )


def _neutral(score: NeutralScore) -> str:
    return (
        f"Neutral speech: {score.wrong_share:.1%} of the time shown is another emotion "
        f"({shares(score.shares)}; {score.minutes_shown:.1f} minutes shown)."
    )


def _meetings(score: MeetingScore) -> str:
    return (
        f"Meetings ({', '.join(score.recordings)}; {score.minutes:.1f} minutes): nothing shown "
        f"{score.nothing:.0%}, {shares(score.shares)} of the time; {score.flips_per_minute_shown or 0:.1f} "
        "flips a minute shown."
    )


def _predictions(score: RiskCoverage, clip_ece: float | None) -> str:
    gain = with_interval(f"{score.gain:.3f}", score.gain_interval, "")
    by_clip = "" if clip_ece is None else f", by clip {clip_ece:.3f}"
    return (
        f"Predictions past the warm-up ({score.predictions} of {score.speakers} speakers): accuracy "
        f"{score.accuracy:.3f}, of the surest 70 % {score.accuracy_at_coverage:.3f} (gain {gain}; smoothed "
        f"probability {score.threshold:.3f} and more); at the model's own threshold of {score.shipped_threshold:.3f} "
        f"the coverage is {score.coverage_at_shipped:.2f}; AURC {score.aurc:.3f}; ECE {score.ece:.3f}{by_clip}."
    )
