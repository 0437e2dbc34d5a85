"""Every system in one picture: the published score, ours under the paper's protocol, ours with unheard speakers."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator, PercentFormatter

from ser_train.files import png_bytes
from ser_train.papers.protocols import PROTOCOLS
from ser_train.papers.results import SystemResult
from ser_train.papers.system import System

__all__ = ["overview_picture"]

mpl.use("agg")

_GREY, _BLUE, _RED = "#8c959f", "#0b6e99", "#c4432b"


def overview_picture(systems: Mapping[str, System], results: Mapping[tuple[str, str], SystemResult | None]) -> bytes:
    """Return a PNG with a line for each system: the published score, both of ours, and a bar between these.

    Args:
        systems: by name, from the top.
        results: of each system and protocol; None where it is not run.
    """
    figure = Figure(figsize=(10, 0.8 + 0.34 * len(systems)), layout="constrained")
    axes = figure.subplots()
    for y, (name, system) in enumerate(systems.items()):
        published, independent = (results.get((name, protocol)) for protocol in PROTOCOLS)
        if published and independent:
            ends = [published.score.mean, independent.score.mean]
            axes.plot(ends, [y, y], color=_GREY, alpha=0.5, linewidth=4, zorder=1)
        if aim := system.published or system.goal:
            marker = "D" if system.published else "|"
            axes.plot(aim, y, marker, color=_GREY, markersize=8, markerfacecolor="white", zorder=2)
        if published:
            axes.plot(published.score.mean, y, "o", color=_BLUE, markersize=7, zorder=3)
        if independent:
            interval = independent.intervals.get(system.metric, ()) if independent.speakers > 2 else ()
            axes.plot(interval, [y] * len(interval), color=_RED, linewidth=1.5, zorder=3)
            axes.plot(independent.score.mean, y, "o", color=_RED, markersize=7, zorder=4)
    axes.set_yticks(range(len(systems)), systems)
    axes.set(xlim=(0, 1.02), ylim=(len(systems) - 0.4, -0.6))
    axes.xaxis.set_major_locator(MultipleLocator(0.1))
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.grid(axis="x", alpha=0.3)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    for label, marker, colour in (
        ("published", "D", _GREY),
        ("here, the paper's protocol", "o", _BLUE),
        ("here, unheard speakers (bar: 95 % over speakers)", "o", _RED),
    ):
        face = "white" if marker == "D" else colour
        axes.plot([], [], marker, color=colour, markerfacecolor=face, markersize=7, label=label)
    figure.legend(loc="outside upper center", ncols=3, frameon=False)
    axes.set_xlabel("accuracy (t-cross-best: UAR, its goal a stroke)")
    return png_bytes(figure)
