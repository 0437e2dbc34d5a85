"""Pictures of an evaluation: confusion matrix, reliability diagram, accuracy by coverage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from ser_train.files import png_bytes

__all__ = ["draw_confusion", "picture", "reliability_picture", "robustness_picture"]

mpl.use("agg")

_LIGHT = {"ink": "#1b1f24", "paper": "#ffffff", "line": "#0b6e99", "pale": "#9ecae1", "grid": "#d0d7de"}
_DARK = {"ink": "#e6edf3", "paper": "#161b22", "line": "#58c4f0", "grid": "#30363d"}


def picture(row: Mapping[str, Any], title: str, *, dark: bool = False) -> bytes:
    """PNG of one corpus's figures, with how many clips and speakers they stand on in its title."""
    theme = _DARK if dark else _LIGHT
    figure = Figure(figsize=(14, 4.6), layout="constrained", facecolor=theme["paper"])
    left, middle, right = figure.subplots(1, 3)
    draw_confusion(left, row["confusion"], theme["paper"], theme["line"])
    _reliability(middle, row, theme)
    _coverage(right, row, theme)
    for axes in (left, middle, right):
        _paint(axes, theme)
    mark = " (speakers shared: not a measure of new voices)" if row.get("speakers_shared") else ""
    figure.suptitle(f"{title}: {row['clips']} clips, {row['speakers']} speakers{mark}", color=theme["ink"])
    return png_bytes(figure)


def reliability_picture(row: Mapping[str, Any], title: str) -> bytes:
    """PNG of one corpus's reliability diagram alone, by clip."""
    figure = Figure(figsize=(6, 5), layout="constrained", facecolor=_LIGHT["paper"])
    axes = figure.subplots()
    _reliability(axes, row, _LIGHT)
    _paint(axes, _LIGHT)
    figure.suptitle(f"{title}: {row['clips']} clips, {row['speakers']} speakers")
    return png_bytes(figure)


def robustness_picture(row: Mapping[str, Any], title: str) -> bytes:
    """PNG of recall under each test condition, with its interval over speakers and the points that are lost."""
    rows = row["robustness"]
    figure = Figure(figsize=(8, 0.9 + 0.36 * len(rows)), layout="constrained", facecolor=_LIGHT["paper"])
    axes = figure.subplots()
    places = range(len(rows))
    axes.barh(places, [one["uar"] for one in rows], height=0.62, color=_LIGHT["pale"])
    beside = axes.get_yaxis_transform()  # x in widths of the axes
    for place, one in enumerate(rows):
        ends = one["uar_interval"] or (one["uar"], one["uar"])
        axes.plot(ends, (place, place), color=_LIGHT["ink"], linewidth=1.2)
        lost = "" if one["condition"] == "clean" else f"   {0 - one['loss']:+.1f} points"
        axes.text(1.01, place, f"{one['uar']:.3f}{lost}", va="center", fontsize="small", transform=beside)
    axes.axvline(row["uar"], color=_LIGHT["ink"], linestyle=":", linewidth=1)
    axes.set_yticks(places, [one["condition"] for one in rows])
    axes.invert_yaxis()
    axes.set(xlim=(0, 1), xlabel="unweighted average recall, by clip; 95 % over speakers")
    axes.grid(axis="x", color=_LIGHT["grid"], linewidth=0.5)
    axes.set_axisbelow(True)
    _paint(axes, _LIGHT)
    figure.suptitle(f"{title}: {row['clips']} clips, {row['speakers']} speakers")
    return png_bytes(figure)


def draw_confusion(axes: Axes, confusion: Mapping[str, Any], paper: str, line: str) -> None:
    """A confusion matrix, from the colour of the paper to that of lines: the share of each row, and clips.

    Its `counts` have a row for each of the `labels`; a column more, of clips without a verdict, has the last label.
    """
    labels = confusion["labels"]
    counts = np.array(confusion["counts"])
    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    colours = LinearSegmentedColormap.from_list("share", [paper, line])
    axes.imshow(shares, cmap=colours, vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(labels)), labels, rotation=45, ha="right")
    axes.set_yticks(range(len(counts)), labels[: len(counts)])
    axes.set(xlabel="said of the clip", ylabel="intended", title="Confusion: share of each row, and clips")
    for (i, j), share in np.ndenumerate(shares):
        red, green, blue, _ = colours(float(share))
        pale = 0.3 * red + 0.6 * green + 0.1 * blue > 0.5
        text = f"{share:.2f}\n{counts[i, j]}" if counts[i, j] else "·"
        axes.text(j, i, text, ha="center", va="center", fontsize=7, color="#101418" if pale else "#f6f8fa")


def _reliability(axes: Axes, row: Mapping[str, Any], theme: Mapping[str, str]) -> None:
    bins = row["reliability"]
    axes.plot([0, 1], [0, 1], color=theme["grid"], linewidth=1.5, label="perfectly calibrated")
    confidence = [one["confidence"] for one in bins]
    axes.plot(confidence, [one["accuracy"] for one in bins], color=theme["line"], linewidth=1)
    most = max((one["count"] for one in bins), default=1)
    sizes = [12 + 160 * one["count"] / most for one in bins]
    axes.scatter(
        confidence, [one["accuracy"] for one in bins], s=sizes, color=theme["line"], label="clips (area: how many)"
    )
    ece = "none" if row["ece"] is None else f"{row['ece']:.3f}"
    axes.set(xlim=(0, 1.03), ylim=(0, 1.05), xlabel="confidence", ylabel="accuracy", title=f"Reliability: ECE {ece}")
    axes.grid(color=theme["grid"], linewidth=0.5)
    _legend(axes, theme)


def _coverage(axes: Axes, row: Mapping[str, Any], theme: Mapping[str, str]) -> None:
    shares = [100 * one["coverage"] for one in row["coverage"]]
    accuracy = [one["accuracy"] for one in row["coverage"]]
    axes.plot(shares, accuracy, color=theme["line"], marker="o")
    for share, value in zip(shares, accuracy, strict=True):
        axes.annotate(
            f"{value:.2f}", (share, value), (0, 7), textcoords="offset points", ha="center", color=theme["ink"]
        )
    axes.set(
        xlim=(103, 47),
        ylim=(0, 1.05),
        xlabel="coverage, % of clips, the surest",
        ylabel="accuracy",
        title="Accuracy by coverage",
    )
    axes.grid(color=theme["grid"], linewidth=0.5)


def _legend(axes: Axes, theme: Mapping[str, str]) -> None:
    legend = axes.legend(loc="lower right", facecolor=theme["paper"], edgecolor=theme["grid"], fontsize="small")
    for text in legend.get_texts():
        text.set_color(theme["ink"])


def _paint(axes: Axes, theme: Mapping[str, str]) -> None:
    """Everything that is drawn in ink."""
    axes.set_facecolor(theme["paper"])
    axes.tick_params(colors=theme["ink"], labelsize=8)
    for text in (axes.title, axes.xaxis.label, axes.yaxis.label):
        text.set_color(theme["ink"])
    for spine in axes.spines.values():
        spine.set_color(theme["grid"])
