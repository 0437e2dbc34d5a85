"""The detectors' scores as Markdown."""

from __future__ import annotations

from ser_train.reporting.table import Table, markdown, number
from ser_train.vad.scores import MODES, TOLERANCE, ModeScores, SideScores, Thresholds, ThresholdSearch, VadScores

__all__ = ["vad_markdown"]

_TITLES = {"webrtc": "webrtcvad", "silero": "Silero", "both": "both"}
_CELLS = "Cells of 10 ms, padding included."
_PAIR = "Each cell of the table: precision / recall."
_SHOWN = 10  # settings of the search


def vad_markdown(scores: VadScores) -> str:
    """Return the tables of each side's scores with their protocol, then of the search."""
    parts = [text for side in ("reporting", "choosing") for text in _side(side, scores.sides[side])]
    parts += ["## The choice\n", markdown(_search(scores.search, scores.shipped))]
    if scores.notes:
        parts.append(f"Not there when this was measured: {'; '.join(scores.notes)}.\n")
    return "\n".join(parts)


def _side(side: str, scores: SideScores) -> list[str]:
    counts = scores.counts
    tables = []
    if scores.meetings:
        caption = f"{counts['meetings']}. {_CELLS} {_PAIR} Truth: RTTM, a cell counts by its centre, no collar."
        rows = [[name, *_pair(row)] for name, row in scores.meetings.items()]
        tables.append(Table(title=f"Meetings, {side}", caption=caption, header=_header("heard"), rows=rows))
    if scores.speech:
        caption = (
            f"{counts['speech']}, under each condition. {_CELLS} Truth: where the clean clip is at most 15.9 dB under "
            f"its mean level (ITU-T P.56); for the precision, what lies at most {TOLERANCE / 100:g} s from there is no "
            f"mistake. {_PAIR} “None”: clips in which no speech was found, in %, of "
            "webrtcvad / Silero / both."
        )
        rows = [
            [name, *_pair(row), " / ".join(f"{100 * row[mode].without:.1f}" for mode in MODES)]
            for name, row in scores.speech.items()
        ]
        header = [*_header("condition"), "none"]
        tables.append(Table(title=f"Clips under conditions, {side}", caption=caption, header=header, rows=rows))
    which = "; ".join(f"{name} ({counts[name]})" for name in scores.quiet)
    caption = f"Time without speech that is taken for speech, in %. {_CELLS} {which}."
    rows = [[name, *(f"{100 * row[mode].share:.1f}" for mode in MODES)] for name, row in scores.quiet.items()]
    header = ["stream", *(_TITLES[mode] for mode in MODES)]
    tables.append(Table(title=f"Without speech, {side}", caption=caption, header=header, rows=rows))
    return [f"## The {side} side\n", *(markdown(table) for table in tables)]


def _header(first: str) -> list[str]:
    return [first, *(_TITLES[mode] for mode in MODES)]


def _pair(row: ModeScores) -> list[str]:
    return [f"{number(row[mode].precision)} / {number(row[mode].recall)}" for mode in MODES]


def _search(search: ThresholdSearch, shipped: Thresholds) -> Table:
    """Return the best settings that the rule allows, and the shipped one where it is not among them."""
    ranked = sorted(search.table, key=lambda row: (-row.allowed, -row.value))
    rows = [row for place, row in enumerate(ranked) if place < _SHOWN or _is(row, shipped)]
    chosen = "chosen by the rule" if search.chosen else "the rule allows none"
    return Table(
        title="Search of the thresholds",
        caption=f"{search.rule} {len(ranked)} settings on the choosing side, {_SHOWN} best shown; {chosen}: "
        f"{_words(search.chosen)}; shipped: {_words(shipped)} (speech begins at, ends under, padding). "
        "“Meetings”: precision / recall. “None”: clips in which no speech was found, in %. “Quiet”: time without "
        "speech that is taken for speech, in %.",
        header=["begin", "end", "padding, s", "meetings", "mean recall", "none", "quiet", "allowed"],
        rows=[
            [
                f"{row.onset:g}",
                f"{row.offset:g}",
                f"{row.padding / 100:g}",
                f"{number(row.meetings.precision)} / {number(row.meetings.recall)}" if row.meetings else "–",
                number(row.recall),
                f"{100 * row.without:.1f}",
                f"{100 * row.false_share:.1f}",
                ("yes" if row.allowed else "no") + (", shipped" if _is(row, shipped) else ""),
            ]
            for row in rows
        ],
    )


def _is(row: Thresholds, setting: Thresholds) -> bool:
    return (row.onset, row.offset, row.padding) == (setting.onset, setting.offset, setting.padding)


def _words(setting: Thresholds | None) -> str:
    return f"{setting.onset:g} / {setting.offset:g} / {setting.padding / 100:g} s" if setting else "–"
