"""The call sheet as a table: who spoke for how long, who waited, who interrupted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ser_live.outputs.report.markup import bdi, length_text, table
from ser_live.outputs.report.shares import lanes_of

__all__ = ["call_sheet"]


def call_sheet(summary: Mapping[str, Any]) -> str:
    """Return the table, or an empty text where the summary has no call sheet."""
    lanes = lanes_of(summary)
    if not lanes:
        return ""
    rows = [
        ["Talk time", *(_time(lane.get("talk_seconds")) for lane in lanes)],
        ["Share of the length", *(_share(lane.get("talk_share")) for lane in lanes)],
        ["Mean level of speech", *(_level(lane.get("level_dbfs")) for lane in lanes)],
    ]
    if len(lanes) > 1:
        rows += [
            ["Interruptions", *(_count(lane.get("interruptions")) for lane in lanes)],
            ["Responses", *(_response(lane, "count") for lane in lanes)],
            ["… half of them within", *(_response(lane, "median_seconds") for lane in lanes)],
            ["… nine of ten within", *(_response(lane, "p90_seconds") for lane in lanes)],
        ]
    heads = ["", *("The speech" if lane.get("name") is None else bdi(lane["name"]) for lane in lanes)]
    return table("The call sheet", heads, rows) + _together(summary["call"], len(lanes))


def _together(call: Mapping[str, Any], lanes: int) -> str:
    facts = [f"Nobody speaks for {_time(call.get('silence_seconds'))}."]
    if lanes > 1:
        facts += [
            f"Two or more speak at once for {_time(call.get('overlap_seconds'))}.",
            "An interruption: a voice begins while another has spoken for a second, and goes on for a second.",
        ]
    return f'<p class="quiet">{" ".join(facts)}</p>'


def _time(value: object) -> str:
    return length_text(value) if isinstance(value, (int, float)) else "–"


def _share(value: object) -> str:
    return f"{value:.0%}" if isinstance(value, (int, float)) else "–"


def _level(value: object) -> str:
    return f"{value:.0f} dBFS".replace("-", "−") if isinstance(value, (int, float)) else "–"


def _count(value: object) -> str:
    return str(value) if isinstance(value, int) else "–"


def _response(lane: Mapping[str, Any], name: str) -> str:
    responses = lane.get("responses")
    value = responses.get(name) if isinstance(responses, Mapping) else None
    if name == "count":
        return _count(value)
    return f"{value:.1f} s" if isinstance(value, (int, float)) else "–"
