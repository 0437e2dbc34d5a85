"""Pictures of a training run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

__all__ = ["plot_history"]

mpl.use("agg")


def plot_history(history: Sequence[dict[str, float]], best_epoch: int, path: Path, mark: str = "") -> None:
    """Draw losses, validation recall and learning rate over the epochs as PNG, under `mark` where it is not empty."""
    figure = Figure(figsize=(12, 3.6), layout="constrained")
    if mark:
        figure.suptitle(mark)
    left, right, last = figure.subplots(1, 3, width_ratios=(3, 3, 2))
    epochs = [row["epoch"] for row in history]
    dot = "." if len(epochs) < 30 else ""  # an only epoch is no line
    left.plot(epochs, [row["loss"] for row in history], marker=dot, label="training (augmented)")
    left.plot(epochs, [row["validation_loss"] for row in history], marker=dot, label="validation")
    left.set(xlabel="epoch", ylabel="cross-entropy", title="Loss")
    left.legend()
    for key in [key for key in history[0] if key.startswith("validation_uar")]:
        name = key.removeprefix("validation_uar").lstrip("_") or "pooled"
        width = 2 if name == "pooled" else 1
        right.plot(epochs, [row[key] for row in history], marker=dot, label=name, linewidth=width)
    right.axvline(best_epoch, color="grey", linestyle=":", label="kept")
    right.set(xlabel="epoch", ylabel="unweighted average recall", title="Validation speakers, by clip")
    right.legend()
    last.plot(epochs, [row["learning_rate"] for row in history], marker=dot, color="grey")
    last.set(xlabel="epoch", ylabel="at the epoch's end", title="Learning rate")
    last.set_ylim(bottom=0)
    last.ticklabel_format(axis="y", scilimits=(-2, 2))
    for axes in (left, right, last):
        axes.xaxis.get_major_locator().set_params(integer=True)
    figure.savefig(path, dpi=110)
