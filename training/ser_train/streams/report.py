"""The score cards in words: tables for the docs, each score beside its bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ser_train.streams.cells import shares, table, value, with_interval
from ser_train.streams.score_file import Bar, ScoreCard, StreamScores
from ser_train.streams.scores import (
    DelayScore,
    DiarizationScore,
    FlipOrigins,
    FlipScore,
    MeetingScore,
    NeutralScore,
    RiskCoverage,
    SideScores,
    StreamCounts,
)
from ser_train.streams.search_report import search_markdown

__all__ = ["bars_table", "streams_markdown"]

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
    "all": "a change of emotion",
    "joined": "… without a pause",
    "paused": "… after a pause",
    "start": "a clip's first sound",
}
_DELAY_HEAD = ("from", "changes", "speakers", "median", "90 %", "in 1.5 s", "never")
_DIARIZATION_HEAD = ("streams", "minutes", "speech", "EDER", "missed", "false alarm", "confusion", "right of shown")


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
            f"## Streams of {side} speakers",
            card.origin.protocol,
            bars_table(card.bars),
            _counts(card.scores.streams),
            *(_delays(rule, delays) for rule, delays in card.scores.delay.items()),
            _diarization(card.scores.diarization),
            *([] if card.scores.full_coverage is None else [_full_coverage(card.scores.full_coverage)]),
            _rest(card.scores, card.clip_ece),
        ]
    )


def bars_table(bars: Sequence[Bar]) -> str:
    """Return the table of what is asked for on streams."""
    return table(("what", "measured", "bar", "met"), [_bar(bar) for bar in bars])


def _bar(bar: Bar) -> tuple[str, str, str, str]:
    sign = "≥" if bar.at_least else "≤"
    met = "yes" if bar.met else "**no**"
    measured = value(bar.value, bar.unit, digits=2)  # 9.96 % is not 10 %
    return bar.what, measured, f"{sign} {value(bar.bar, bar.unit)}", met


def _counts(kinds: Mapping[str, StreamCounts]) -> str:
    there = {kind: each for kind, each in kinds.items() if each.streams}
    words = "\n".join(f"* `{kind}`: {_KINDS[kind]}." for kind in there)
    rows = [
        (kind, each.streams, f"{each.minutes:.1f}", each.clips or "–", each.speakers or "–")
        for kind, each in there.items()
    ]
    return f"{words}\n\n{table(('streams', 'how many', 'minutes', 'clips', 'speakers'), rows)}"


def _delays(rule: str, delays: Mapping[str, DelayScore]) -> str:
    rows = [
        (
            _DELAYS[name],
            delay.changes,
            delay.speakers,
            with_interval(value(delay.median, "s"), delay.median_interval, "s"),
            with_interval(value(delay.p90, "s"), delay.p90_interval, "s"),
            f"{delay.within:.0%}",
            f"{delay.never:.0%}",
        )
        for name, delay in delays.items()
    ]
    return f"Delay to the first right label, {_RULES[rule]}:\n\n{table(_DELAY_HEAD, rows)}"


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
    return (
        f"Errors, minutes in all and of speech; the last column is how much of what is shown in speech is right:\n\n"
        f"{table(_DIARIZATION_HEAD, rows)}"
    )


def _full_coverage(kinds: Mapping[str, DiarizationScore | None] | None) -> str:
    rows = [
        (
            kind,
            with_interval(f"{score.error_rate:.1%}", score.interval, "share"),
            f"{score.missed:.1%}",
            f"{score.false_alarm:.1%}",
            f"{score.confusion:.1%}",
            "–" if score.right_of_shown is None else f"{score.right_of_shown:.1%}",
        )
        for kind, score in (kinds or {}).items()
        if score is not None
    ]
    head = ("streams", "EDER", "missed", "false alarm", "confusion", "right of shown")
    return (
        "The same at full coverage: if every record's label were shown, also those that the screen withholds. Speech "
        f"before an utterance's first record is missed in both:\n\n{table(head, rows)}"
    )


def _origins(origins: FlipOrigins) -> str:
    whole = origins.into_wrong_clips + origins.back_into_right_clips + origins.within_clips
    clips = origins.clips
    return (
        f"Where these {whole} flips come from: {origins.into_wrong_clips} lead into clips that the model hears wrongly "
        f"throughout, {origins.back_into_right_clips} back into clips that it hears rightly, {origins.within_clips} "
        f"are doubt within a clip. Of {clips.clips} clips {clips.all_right:.0%} have right windows only, "
        f"{clips.all_wrong:.0%} wrong ones only."
    )


def _rest(scores: SideScores, clip_ece: float | None) -> str:
    lines = [_flips(rule, score) for rule, score in scores.flips.items() if score is not None]
    if scores.flip_origins is not None:
        lines.insert(1, _origins(scores.flip_origins))
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
        lines += _predictions(scores.predictions, clip_ece)
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


def _predictions(score: RiskCoverage, clip_ece: float | None) -> list[str]:
    gain = with_interval(f"{score.gain:.3f}", score.gain_interval, "")
    by_clip = "" if clip_ece is None else f", by clip {clip_ece:.3f}"
    return [
        f"Predictions past the warm-up ({score.predictions} of {score.speakers} speakers): accuracy "
        f"{score.accuracy:.3f}, AURC {score.aurc:.3f}, ECE {score.ece:.3f}{by_clip}.",
        f"The surest 70 % of them (smoothed probability {score.threshold:.3f} and more): accuracy "
        f"{score.accuracy_at_coverage:.3f}, gain {gain}. At the model's own threshold of {score.shipped_threshold:.3f} "
        f"the coverage is {score.coverage_at_shipped:.2f}.",
    ]
