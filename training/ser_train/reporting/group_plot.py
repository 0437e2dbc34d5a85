"""The picture of groups of speakers: recall on both sides, with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib as mpl
from matplotlib.figure import Figure

from ser_train.evaluation.scores import GroupScore
from ser_train.files import png_bytes

__all__ = ["groups_picture"]

mpl.use("agg")

_INK, _GRID = "#1b1f24", "#d0d7de"
_COLOURS = {"validation": "#e07b39", "test": "#0b6e99"}


def groups_picture(sides: Mapping[str, Sequence[GroupScore]], title: str) -> bytes:
    """Return the PNG of every group's recall, 95 % over speakers, a mark a side; one speaker has no interval.

    Args:
        sides: scores of `validation` and `test`, either of which may be absent.
        title: of the picture.
    """
    names = list(dict.fromkeys((score.group, score.value) for scores in sides.values() for score in scores))
    figure = Figure(figsize=(9, 1.3 + 0.42 * len(names)), layout="constrained")
    axes = figure.subplots()
    for side, scores in sides.items():
        shift = 0.14 if side == "test" else -0.14
        for score in scores:
            place = names.index((score.group, score.value)) + shift
            ends = score.uar_interval or (score.uar, score.uar)
            axes.plot(ends, (place, place), color=_COLOURS[side], linewidth=1.4)
            filled = _COLOURS[side] if score.uar_interval else "white"
            axes.plot(score.uar, place, "o", color=_COLOURS[side], markerfacecolor=filled, markersize=5)
        axes.plot([], [], "o-", color=_COLOURS[side], label=side)
    axes.set_yticks(range(len(names)), [f"{group}: {value}" for group, value in names])
    axes.invert_yaxis()
    axes.set(xlim=(0.4, 1), xlabel="unweighted average recall, by clip; 95 % over speakers; hollow: one speaker")
    axes.grid(axis="x", color=_GRID, linewidth=0.5)
    axes.tick_params(colors=_INK, labelsize=8)
    axes.legend(loc="lower right", fontsize="small")
    figure.suptitle(title)
    return png_bytes(figure)
