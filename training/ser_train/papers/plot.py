"""Every row in one picture: the published figure, ours under the paper's protocol, ours with unheard speakers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator, PercentFormatter

from ser_train.files import png_bytes
from ser_train.papers.protocols import PROTOCOLS
from ser_train.papers.system import Row

__all__ = ["overview_picture"]

mpl.use("agg")

_GREY, _BLUE, _RED = "#8c959f", "#0b6e99", "#c4432b"


def overview_picture(rows: Mapping[str, Row], results: Mapping[tuple[str, str], Mapping[str, Any] | None]) -> bytes:
    """PNG: a line for each row, and on it what was published, what is found here, and the leak between.

    Args:
        rows: by name, from the top.
        results: of each row and protocol; None where it is not run.
    """
    figure = Figure(figsize=(10, 0.8 + 0.34 * len(rows)), layout="constrained")
    axes = figure.subplots()
    for y, (name, row) in enumerate(rows.items()):
        own, honest = (results.get((name, protocol)) for protocol in PROTOCOLS)
        if own and honest:
            axes.plot([_mean(row, own), _mean(row, honest)], [y, y], color=_GREY, alpha=0.5, linewidth=4, zorder=1)
        if aim := row.published or row.goal:
            marker = "D" if row.published else "|"
            axes.plot(aim, y, marker, color=_GREY, markersize=8, markerfacecolor="white", zorder=2)
        if own:
            axes.plot(_mean(row, own), y, "o", color=_BLUE, markersize=7, zorder=3)
        if honest:
            ends = honest["intervals"].get(row.metric) if honest["speakers"] > 2 else None
            axes.plot(ends or [], [y] * len(ends or []), color=_RED, linewidth=1.5, zorder=3)
            axes.plot(_mean(row, honest), y, "o", color=_RED, markersize=7, zorder=4)
    axes.set_yticks(range(len(rows)), rows)
    axes.set(xlim=(0, 1.02), ylim=(len(rows) - 0.4, -0.6))
    axes.xaxis.set_major_locator(MultipleLocator(0.1))
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.grid(axis="x", alpha=0.3)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    for name, marker, colour in (
        ("published", "D", _GREY),
        ("here, the paper's protocol", "o", _BLUE),
        ("here, unheard speakers (bar: 95 % over speakers)", "o", _RED),
    ):
        face = "white" if marker == "D" else colour
        axes.plot([], [], marker, color=colour, markerfacecolor=face, markersize=7, label=name)
    figure.legend(loc="outside upper center", ncols=3, frameon=False)
    axes.set_xlabel("accuracy (t-cross-best: UAR, its goal a stroke)")
    return png_bytes(figure)


def _mean(row: Row, found: Mapping[str, Any]) -> float:
    return float(found[row.metric]["mean"])
