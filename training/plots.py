"""Pictures of a training run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

__all__ = ["plot_history"]

mpl.use("agg")


def plot_history(history: Sequence[dict[str, float]], best_epoch: int, path: Path) -> None:
    """Losses and validation recall over the epochs, as PNG."""
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    epochs = [row["epoch"] for row in history]
    left.plot(epochs, [row["loss"] for row in history], label="training (augmented, smoothed targets)")
    left.plot(epochs, [row["validation_loss"] for row in history], label="validation")
    left.set(xlabel="epoch", ylabel="cross-entropy", title="Loss")
    left.legend()
    for key in [key for key in history[0] if key.startswith("validation_uar")]:
        name = key.removeprefix("validation_uar").lstrip("_") or "pooled"
        right.plot(epochs, [row[key] for row in history], label=name, linewidth=2 if name == "pooled" else 1)
    right.axvline(best_epoch, color="grey", linestyle=":", label="kept")
    right.set(xlabel="epoch", ylabel="unweighted average recall", title="Validation speakers, by clip")
    right.legend()
    figure.savefig(path, dpi=110)
