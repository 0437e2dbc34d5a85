"""The score card in words: tables for the docs, each figure beside its bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ser_live.config import Settings
from ser_train.streams.risk_coverage import COVERAGE

__all__ = ["bars", "streams_markdown"]

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


def bars(card: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is asked for, what was measured, and whether it is met; an infinite delay is None."""
    delay = card["delay"]["screen"].get("all", {})
    flips, alarms, said = card["flips"]["screen"] or {}, card["false_alarms"] or {}, card["predictions"] or {}
    rows = [
        ("delay from a change of emotion, median", "s", delay.get("median"), 1.5, False),
        ("delay from a change of emotion, 90th percentile", "s", delay.get("p90"), 2.5, False),
        ("label flips per minute of constant emotion", "", flips.get("per_minute"), 3.0, False),
        ("time with an emotion shown while nobody speaks", "share", alarms.get("share"), 0.01, False),
        ("accuracy gained at 70 % coverage", "share", said.get("gain"), 0.10, True),
        ("calibration error of smoothed probabilities (goal 0.03)", "", said.get("ece"), 0.07, False),
    ]
    return [
        {
            "what": what,
            "unit": unit,
            "value": value,
            "bar": bar,
            "at_least": least,
            "met": value is not None and (value >= bar if least else value <= bar),
        }
        for what, unit, value, bar, least in rows
    ]


def streams_markdown(results: Mapping[str, Any]) -> str:
    """The score card of every side, and the search.

    Args:
        results: what `ser-train streams` writes: `{side: card, "search": log}`.
    """
    parts = [_side(side, results[side]) for side in ("validation", "test") if side in results]
    if "search" in results:
        parts.append(_search(results["search"]))
    return "\n\n".join(parts) + "\n"


def _side(side: str, card: Mapping[str, Any]) -> str:
    asked = [_bar(row) for row in card["bars"]]
    return "\n\n".join(
        [
            f"### Streams of {side} speakers",
            card["protocol"],
            _table(("what", "measured", "bar", "met"), asked),
            _table(
                ("streams", "what", "how many", "minutes", "clips", "speakers"),
                [
                    (
                        kind,
                        _KINDS[kind],
                        row["streams"],
                        f"{row['minutes']:.1f}",
                        row["clips"] or "–",
                        row["speakers"] or "–",
                    )
                    for kind, row in card["streams"].items()
                    if row["streams"]
                ],
            ),
            _delays(card["delay"]),
            _diarization(card["diarization"]),
            _rest(card),
        ]
    )


def _bar(row: Mapping[str, Any]) -> tuple[str, str, str, str]:
    sign = "≥" if row["at_least"] else "≤"
    met = "yes" if row["met"] else "**no**"
    measured = _value(row["value"], row["unit"], digits=2)  # 9.96 % is not 10 %
    return row["what"], measured, f"{sign} {_value(row['bar'], row['unit'])}", met


def _delays(delay: Mapping[str, Any]) -> str:
    rows = [
        (
            f"{_DELAYS[name]}, {_RULES[rule]}",
            row["changes"],
            row["speakers"],
            _between(_value(row["median"], "s"), row["median_interval"], "s"),
            _between(_value(row["p90"], "s"), row["p90_interval"], "s"),
            f"{row['within_1.5']:.0%}",
            f"{row['never']:.0%}",
        )
        for rule, found in delay.items()
        for name, row in found.items()
    ]
    head = (
        "delay to the first right label",
        "changes",
        "speakers",
        "median",
        "90th percentile",
        "within 1.5 s",
        "never right",
    )
    return _table(head, rows)


def _diarization(kinds: Mapping[str, Any]) -> str:
    rows = [
        (
            kind,
            f"{row['minutes']:.1f}",
            f"{row['speech_minutes']:.1f}",
            _between(f"{row['error_rate']:.1%}", row["interval"], "share"),
            f"{row['missed']:.1%}",
            f"{row['false_alarm']:.1%}",
            f"{row['confusion']:.1%}",
            "–" if row["right_of_shown"] is None else f"{row['right_of_shown']:.1%}",
        )
        for kind, row in kinds.items()
        if row
    ]
    head = (
        "streams",
        "minutes",
        "of speech",
        "EDER",
        "missed",
        "false alarm",
        "confusion",
        "right of what is shown in speech",
    )
    return _table(head, rows)


def _rest(card: Mapping[str, Any]) -> str:
    lines = [_flips(name, row) for name, row in card["flips"].items() if row]
    if row := card["neutral"]:
        lines.append(
            f"Neutral speech: {row['wrong_share']:.1%} of the time shown is another emotion "
            f"({_shares(row['shares'])}; {row['minutes_shown']:.1f} minutes shown)."
        )
    if row := card["meetings"]:
        lines.append(
            f"Meetings ({', '.join(row['recordings'])}; {row['minutes']:.1f} minutes): nothing shown "
            f"{row['nothing']:.0%}, {_shares(row['shares'])} of the time; {row['flips_per_minute_shown'] or 0:.1f} "
            "flips a minute shown."
        )
    if row := card["false_alarms"]:
        lines.append(
            f"Nobody speaks ({row['minutes']:.1f} minutes): an emotion is shown {row['share']:.2%} of the time "
            f"({', '.join(f'{name} {share:.2%}' for name, share in row['by_stream'].items())})."
        )
    if row := card["predictions"]:
        lines.append(_predictions(row, card.get("clip_ece")))
    return "\n".join(f"* {line}" for line in lines)


def _flips(rule: str, row: Mapping[str, Any]) -> str:
    rate = _between(f"{row['per_minute']:.1f}", row["interval"], "")
    return (
        f"Flips a minute of constant emotion, {_RULES[rule]}: {rate} ({row['flips']} in {row['speech_minutes']:.1f} "
        f"minutes of speech, {row['streams']} streams; interval over streams)."
    )


def _predictions(row: Mapping[str, Any], clip_ece: float | None) -> str:
    gain = _between(f"{row['gain']:.3f}", row["gain_interval"], "")
    by_clip = "" if clip_ece is None else f", by clip {clip_ece:.3f}"
    return (
        f"Predictions past the warm-up ({row['predictions']} of {row['speakers']} speakers): accuracy "
        f"{row['accuracy']:.3f}, of the surest 70 % {row['accuracy_at_coverage']:.3f} (gain {gain}; smoothed "
        f"probability {row['threshold']:.3f} and more); at the model's own threshold of {row['shipped_threshold']:.3f} "
        f"the coverage is {row['coverage_at_shipped']:.2f}; AURC {row['aurc']:.3f}; ECE {row['ece']:.3f}{by_clip}."
    )


def _search(log: Mapping[str, Any]) -> str:
    chosen = log["chosen"]
    rows = sorted(
        (row for row in log["tried"] if row["median_delay"] is not None and _undominated(row, log["tried"])),
        key=lambda row: row["median_delay"],
    )
    table = [
        (
            f"{row['time_constant']:g}",
            f"{row['warm_up']:g}",
            f"{row['evidence']:g}",
            f"{row['median_delay']:.2f}",
            _value(row["p90_delay"], "s"),
            f"{row['flips_per_minute']:.1f}",
            f"{row['right']:.3f}",
            f"{row['error_rate']:.3f}",
            f"{row['ece']:.3f}",
        )
        for row in rows
    ]
    head = (
        *("time constant", "warm-up", "evidence"),
        *("median delay", "90th", "flips a minute", "right", "EDER", "ECE"),
    )
    return (
        f"### The search\n\n{len(log['tried'])} settings, tried on what {log['model']} said of validation streams. "
        f"Rule: {log['rule']}. Chosen: time constant {chosen['time_constant']:g} s, warm-up {chosen['warm_up']:g} s, "
        f"evidence {chosen['evidence']:g}, abstention under {chosen['threshold']:.3f}: median delay "
        f"{_value(chosen['median_delay'], 's')}, {chosen['flips_per_minute']:.1f} flips a minute. "
        f"The live path ships with {Settings.smoothing:g} s, {Settings.warm_up:g} s, {Settings.evidence:g}. At "
        f"{COVERAGE:.0%} coverage, settings that no other beats in both:\n\n{_table(head, table)}"
    )


def _undominated(row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether no setting is as quick and steadier, or as steady and quicker."""
    delay, flips = row["median_delay"], row["flips_per_minute"]
    return not any(
        other["median_delay"] is not None
        and other["median_delay"] <= delay
        and other["flips_per_minute"] <= flips
        and (other["median_delay"] < delay or other["flips_per_minute"] < flips)
        for other in rows
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def _value(value: float | None, unit: str, digits: int = 1) -> str:
    """A number in its unit; `digits` are those of a share."""
    if value is None:
        return "never" if unit == "s" else "–"
    return {"s": f"{value:.2f} s", "share": f"{value:.{digits}%}"}.get(unit, f"{value:.3g}")


def _between(value: str, ends: Sequence[float | None] | None, unit: str) -> str:
    if ends is None or value == _value(ends[0], unit) == _value(ends[1], unit):
        return value
    return f"{value} ({_value(ends[0], unit)} to {_value(ends[1], unit)})"


def _shares(shares: Mapping[str, float]) -> str:
    return ", ".join(f"{label} {share:.0%}" for label, share in sorted(shares.items(), key=lambda pair: -pair[1]))
