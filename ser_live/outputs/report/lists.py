"""The parts of the page that are lists: what is missing, warnings, and the stretches as a table."""

from __future__ import annotations

from collections.abc import Sequence

from ser_live.outputs.report.contents import Contents
from ser_live.outputs.report.marks import Marks
from ser_live.outputs.report.markup import bdi, chip, item_list, plain, time_text
from ser_live.outputs.report.waveform import waveform_of
from ser_live.outputs.stretches import Stretch

__all__ = ["missing_list", "stretch_table", "warning_list"]

_WARNINGS = ("signal", "device", "overflow")


def missing_list(contents: Contents, share: bool, sheet: bool) -> str:
    """Return what the records do not say, so that nobody takes a gap for a fact."""
    summary, gaps = contents.summary, []
    if not summary or summary.get("ended") == "unknown":
        gaps.append(
            "The session broke off: it has no summary, so there is no call sheet, waveform or share of time. "
            f"What is shown ends with the last record, at {time_text(contents.seconds, 1)}."
        )
    else:
        if summary.get("error"):
            gaps.append(f"The session ended with an error: {bdi(summary['error'])}")
        elif summary.get("ended") not in (None, "end"):
            gaps.append(f"The session ended before its input did ({bdi(summary['ended'])}).")
        absent = [
            name
            for name, there in (
                ("share of time", share),
                ("call sheet", sheet),
                ("waveform", any(waveform_of(summary, lane.name) for lane in contents.lanes)),
            )
            if not there
        ]
        if absent:
            gaps.append(f"These records hold no {' and no '.join(absent)}.")
    if all(lane.heard_nothing for lane in contents.lanes):
        gaps.append("No speech was found.")
    elif any(len(lane) for lane in contents.lanes) and not any(lane.attention for lane in contents.lanes):
        gaps.append("These records do not say where in a window the model listened.")
    told = {mark.text for mark in contents.marks.kept} | {"no speech found"}
    notices = summary.get("notices")
    if isinstance(notices, (list, tuple)):
        gaps += [bdi(notice) for notice in notices if str(notice) not in told]
    return f'<aside class="notes" aria-label="Notes">{item_list(gaps)}</aside>' if gaps else ""


def warning_list(marks: Marks, lanes: bool) -> str:
    """Return the warnings with their times, or nothing where there are none."""
    rows = []
    for mark in marks.kept:
        until = "" if mark.end is None or mark.end <= mark.start else f"–{time_text(mark.end, 1)}"
        lane = f"{bdi(mark.lane)}: " if lanes and mark.lane is not None else ""
        at = f'<button type="button" data-at="{round(1000 * mark.start)}">{time_text(mark.start, 1)}{until}</button>'
        rows.append(f"{at} {lane}<b>{plain(mark.kind)}</b> {bdi(mark.text)}")
    title = "Warnings" if all(mark.kind in _WARNINGS for mark in marks.kept) else "Warnings and marks"
    if marks.left_out:
        rows.append(f"… and {marks.left_out:,} more")
    return f'<section class="card" id="warnings"><h2>{title}</h2>{item_list(rows)}</section>' if rows else ""


def stretch_table(stretches: Sequence[Stretch], lanes: Sequence[str | None]) -> str:
    """Return the committed stretches of all lanes as one table."""
    if not stretches:
        return '<p class="quiet">No emotion was clear enough to be committed.</p>'
    named = len(lanes) > 1 or lanes[0] is not None
    places = {lane: place for place, lane in enumerate(lanes)}
    signs = {word: f"{chip(word)} {plain(word)}" for word in {stretch.label for stretch in stretches}}
    rows = []
    for stretch in stretches:
        at = f'data-at="{round(1000 * stretch.start)}" data-lane="{places.get(stretch.lane, 0)}"'
        lane = f"<td>{bdi(stretch.lane)}</td>" if named else ""
        rows.append(
            f'<tr><th scope="row"><button type="button" {at}>{time_text(stretch.start, 1)}</button></th>'
            f"<td>{time_text(stretch.end, 1)}</td>{lane}<td>{signs[stretch.label]}</td>"
            f"<td>{'–' if stretch.probability is None else f'{stretch.probability:.0%}'}</td></tr>\n"
        )
    lane = '<th scope="col">Lane</th>' if named else ""
    return (
        '<div class="wide tall"><table>\n<caption>Committed emotions, in the order of their time</caption>\n'
        f'<thead><tr><th scope="col">From</th><th scope="col">To</th>{lane}<th scope="col">Emotion</th>'
        f'<th scope="col">Mean probability</th></tr></thead>\n<tbody>\n{"".join(rows)}</tbody></table></div>'
    )
