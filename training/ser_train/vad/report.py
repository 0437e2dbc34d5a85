"""The detectors' figures as Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ser_train.reporting.table import Table, markdown, number
from ser_train.vad.metrics import MODES, TOLERANCE

__all__ = ["vad_markdown"]

_TITLES = {"webrtc": "webrtcvad", "silero": "Silero", "both": "both (shipped)"}
_CELLS = "Cells of 10 ms, padding included."
_SHOWN = 10  # settings of the search


def vad_markdown(results: Mapping[str, Any]) -> str:
    """Tables of what `ser-train vad` wrote: each side's figures with their protocol, then the search.

    Args:
        results: the content of its JSON file.
    """
    parts = [text for side in ("reporting", "choosing") for text in _side(side, results["sides"][side])]
    parts.append(markdown(_search(results)))
    if results["notes"]:
        parts.append(f"Not there when this was measured: {'; '.join(results['notes'])}.\n")
    return "\n".join(parts)


def _side(side: str, figures: Mapping[str, Any]) -> list[str]:
    counts = figures["counts"]
    tables = []
    if figures["meetings"]:
        caption = f"{counts['meetings']}. {_CELLS} Truth: RTTM, a cell counts by its centre, no collar."
        rows = [[name, *_pair(row)] for name, row in figures["meetings"].items()]
        tables.append(Table(title=f"Meetings, {side}", caption=caption, header=_header("heard"), rows=rows))
    if figures["speech"]:
        caption = (
            f"{counts['speech']}, under each condition. {_CELLS} Truth: where the clean clip is at most 15.9 dB under "
            f"its mean level (ITU-T P.56); for the precision, what lies at most {TOLERANCE / 100:g} s from there is no "
            "mistake. Each cell: precision / recall."
        )
        rows = [
            [name, *_pair(row), *(f"{100 * row[mode]['without']:.1f}" for mode in MODES)]
            for name, row in figures["speech"].items()
        ]
        header = [*_header("condition"), *(f"no speech found, % of clips: {_TITLES[mode]}" for mode in MODES)]
        tables.append(Table(title=f"Clips under conditions, {side}", caption=caption, header=header, rows=rows))
    caption = f"Share of the time that is taken for speech, in %, in streams in which nobody speaks. {_CELLS}"
    rows = [
        [f"{name} ({counts[name]})", *(f"{100 * row[mode]['share']:.1f}" for mode in MODES)]
        for name, row in figures["quiet"].items()
    ]
    header = ["stream", *(_TITLES[mode] for mode in MODES)]
    tables.append(Table(title=f"Without speech, {side}", caption=caption, header=header, rows=rows))
    return [markdown(table) for table in tables]


def _header(first: str) -> list[str]:
    return [first, *(f"{_TITLES[mode]}: precision / recall" for mode in MODES)]


def _pair(row: Mapping[str, Any]) -> list[str]:
    return [f"{number(row[mode]['precision'])} / {number(row[mode]['recall'])}" for mode in MODES]


def _search(results: Mapping[str, Any]) -> Table:
    """The best settings that the rule allows, and the shipped one where it is not among them."""
    search, shipped = results["search"], results["shipped"]
    ranked = sorted(search["table"], key=lambda row: (-row["allowed"], -row["value"]))
    rows = [row for place, row in enumerate(ranked) if place < _SHOWN or _is(row, shipped)]
    chosen = "chosen by the rule" if search["chosen"] else "the rule allows none"
    return Table(
        title="Search of the thresholds",
        caption=f"{search['rule']} {len(ranked)} settings on the choosing side, {_SHOWN} best shown; {chosen}: "
        f"{_words(search['chosen'])}; shipped: {_words(shipped)}.",
        header=[
            "begins at",
            "ends under",
            "padding, s",
            "meetings: precision / recall",
            "recall, mean",
            "clips without speech found, %",
            "taken for speech without any, %",
            "allowed",
        ],
        rows=[
            [
                f"{row['onset']:g}",
                f"{row['offset']:g}",
                f"{row['padding'] / 100:g}",
                f"{number(row['meetings']['precision'])} / {number(row['meetings']['recall'])}"
                if row["meetings"]
                else "–",
                number(row["recall"]),
                f"{100 * row['without']:.1f}",
                f"{100 * row['false']:.1f}",
                ("yes" if row["allowed"] else "no") + (", shipped" if _is(row, shipped) else ""),
            ]
            for row in rows
        ],
    )


def _is(row: Mapping[str, Any], setting: Mapping[str, Any]) -> bool:
    return all(row[name] == setting[name] for name in ("onset", "offset", "padding"))


def _words(setting: Mapping[str, Any] | None) -> str:
    return f"{setting['onset']:g} / {setting['offset']:g} / {setting['padding'] / 100:g} s" if setting else "–"
