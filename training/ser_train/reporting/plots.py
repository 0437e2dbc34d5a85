"""Pictures of an evaluation: confusion matrix, reliability diagram, accuracy by coverage, robustness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from ser_train.evaluation.scores import ClipScores
from ser_train.files import png_bytes
from ser_train.splits import SHARED

__all__ = ["draw_confusion", "evaluation_picture", "reliability_picture", "robustness_picture"]

mpl.use("agg")

_LIGHT = {"ink": "#1b1f24", "paper": "#ffffff", "line": "#0b6e99", "pale": "#9ecae1", "grid": "#d0d7de"}
_DARK = {"ink": "#e6edf3", "paper": "#161b22", "line": "#58c4f0", "grid": "#30363d"}


def evaluation_picture(scores: ClipScores, title: str, *, dark: bool = False) -> bytes:
    """Return the PNG of one corpus's scores: confusion matrix, reliability diagram, accuracy by coverage."""
    theme = _DARK if dark else _LIGHT
    figure = Figure(figsize=(14, 4.6), layout="constrained", facecolor=theme["paper"])
    left, middle, right = figure.subplots(1, 3)
    draw_confusion(left, scores.confusion.labels, scores.confusion.counts, theme["paper"], theme["line"])
    _reliability(middle, scores, theme)
    _coverage(right, scores, theme)
    for axes in (left, middle, right):
        _paint(axes, theme)
    mark = f" ({SHARED})" if scores.speakers_shared else ""
    figure.suptitle(f"{_counted(scores, title)}{mark}", color=theme["ink"])
    return png_bytes(figure)


def reliability_picture(scores: ClipScores, title: str) -> bytes:
    """Return the PNG of one corpus's reliability diagram alone, by clip."""
    figure = Figure(figsize=(6, 5), layout="constrained", facecolor=_LIGHT["paper"])
    axes = figure.subplots()
    _reliability(axes, scores, _LIGHT)
    _paint(axes, _LIGHT)
    figure.suptitle(_counted(scores, title))
    return png_bytes(figure)


def robustness_picture(scores: ClipScores, title: str) -> bytes:
    """Return the PNG of recall under each test condition, with its interval over speakers and the points lost."""
    conditions = scores.robustness
    figure = Figure(figsize=(8, 0.9 + 0.36 * len(conditions)), layout="constrained", facecolor=_LIGHT["paper"])
    axes = figure.subplots()
    places = range(len(conditions))
    axes.barh(places, [score.uar for score in conditions], height=0.62, color=_LIGHT["pale"])
    beside = axes.get_yaxis_transform()  # x in widths of the axes
    for place, score in enumerate(conditions):
        ends = score.uar_interval or (score.uar, score.uar)
        axes.plot(ends, (place, place), color=_LIGHT["ink"], linewidth=1.2)
        lost = "" if score.condition == "clean" else f"   {0 - score.loss:+.1f} points"
        axes.text(1.01, place, f"{score.uar:.3f}{lost}", va="center", fontsize="small", transform=beside)
    axes.axvline(scores.uar, color=_LIGHT["ink"], linestyle=":", linewidth=1)
    axes.set_yticks(places, [score.condition for score in conditions])
    axes.invert_yaxis()
    axes.set(xlim=(0, 1), xlabel="unweighted average recall, by clip; 95 % over speakers")
    axes.grid(axis="x", color=_LIGHT["grid"], linewidth=0.5)
    axes.set_axisbelow(True)
    _paint(axes, _LIGHT)
    figure.suptitle(_counted(scores, title))
    return png_bytes(figure)


def draw_confusion(axes: Axes, labels: Sequence[str], counts: Sequence[Sequence[int]], paper: str, line: str) -> None:
    """Draw a confusion matrix: the share of each row, and how many.

    Args:
        axes: to draw on.
        labels: of the columns; the last one may be for no prediction, and then has no row.
        counts: a row for each true label.
        paper: colour of a share of 0.
        line: colour of a share of 1.
    """
    matrix = np.array(counts)
    shares = matrix / np.maximum(1, matrix.sum(axis=1, keepdims=True))
    colours = LinearSegmentedColormap.from_list("share", [paper, line])
    axes.imshow(shares, cmap=colours, vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(labels)), labels, rotation=45, ha="right")
    axes.set_yticks(range(len(matrix)), labels[: len(matrix)])
    axes.set(xlabel="said of the clip", ylabel="intended", title="Confusion: share of each row, and clips")
    for (i, j), share in np.ndenumerate(shares):
        red, green, blue, _ = colours(float(share))
        pale = 0.3 * red + 0.6 * green + 0.1 * blue > 0.5
        text = f"{share:.2f}\n{matrix[i, j]}" if matrix[i, j] else "·"
        axes.text(j, i, text, ha="center", va="center", fontsize=7, color="#101418" if pale else "#f6f8fa")


def _counted(scores: ClipScores, title: str) -> str:
    return f"{title}: {scores.clips} clips, {scores.speakers} speakers"


def _reliability(axes: Axes, scores: ClipScores, theme: Mapping[str, str]) -> None:
    bins = scores.reliability
    axes.plot([0, 1], [0, 1], color=theme["grid"], linewidth=1.5, label="perfectly calibrated")
    confidence, accuracy = [b.confidence for b in bins], [b.accuracy for b in bins]
    axes.plot(confidence, accuracy, color=theme["line"], linewidth=1)
    most = max((b.count for b in bins), default=1)
    sizes = [12 + 160 * b.count / most for b in bins]
    axes.scatter(confidence, accuracy, s=sizes, color=theme["line"], label="clips (area: how many)")
    ece = "none" if scores.ece is None else f"{scores.ece:.3f}"
    axes.set(xlim=(0, 1.03), ylim=(0, 1.05), xlabel="confidence", ylabel="accuracy", title=f"Reliability: ECE {ece}")
    axes.grid(color=theme["grid"], linewidth=0.5)
    _legend(axes, theme)


def _coverage(axes: Axes, scores: ClipScores, theme: Mapping[str, str]) -> None:
    shares = [100 * score.coverage for score in scores.coverage]
    accuracy = [score.accuracy for score in scores.coverage]
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
    """Colour background, ticks, titles, labels and frame."""
    axes.set_facecolor(theme["paper"])
    axes.tick_params(colors=theme["ink"], labelsize=8)
    for text in (axes.title, axes.xaxis.label, axes.yaxis.label):
        text.set_color(theme["ink"])
    for spine in axes.spines.values():
        spine.set_color(theme["grid"])
