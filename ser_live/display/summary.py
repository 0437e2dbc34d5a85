"""The end of a session, for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ser_live.display.call_sheet import call_lines, duration
from ser_live.display.canvas import clean

__all__ = ["summary_lines"]


def summary_lines(summary: Mapping[str, Any], *, unicode: bool = True) -> list[str]:
    """Return `Session.summary()` as plain text for a person: lines without their ends."""
    length, speech = duration(summary["seconds"]), summary["speech_seconds"]
    if not speech:
        lines = [f"Heard {length}: no speech found."]
    else:
        lines = [f"Heard {length}, of which {duration(speech)} of speech ({100 * summary['speech_share']:.0f}%)."]
    shown = {label: float(seconds) for label, seconds in summary["emotion_seconds"].items() if seconds > 0}
    if shown:
        lines.append("Time per emotion:")
    for label in sorted(shown, key=shown.__getitem__, reverse=True):
        lines.append(f"  {label:<9} {duration(shown[label]):>8} {100 * shown[label] / sum(shown.values()):4.0f}%")
    if shown and "call" in summary:
        lines += call_lines(summary["call"])
    if summary["predictions"]:
        lines.append(f"The committed emotion changed {_times(summary['emotion_changes'])}.")
        compute = summary["compute_ms"]
        lines.append(
            f"Compute time per window: {compute['median']:.1f} ms (p99 {compute['p99']:.1f} ms); "
            f"windows: {summary['predictions']}."
        )
    elif speech:
        lines.append("Too little speech for a prediction.")
    if summary["overflows"]:
        lines.append(f"Overflows: {summary['overflows']}; input was lost because the computer could not keep up.")
    lines += [f"! {notice}" for notice in summary["notices"] if notice != "no speech found"]
    return [clean(line, unicode) for line in lines]


def _times(count: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")
