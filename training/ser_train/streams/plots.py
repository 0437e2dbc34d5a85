"""Picture of a stream, from truth to screen, beside the risk-coverage curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ser_train.files import png_bytes
from ser_train.streams.inference import StreamPredictions
from ser_train.streams.scores import RiskCoverage
from ser_train.streams.timeline import Piece

__all__ = ["stream_picture"]

mpl.use("agg")

_COLOURS = (
    *("#d62728", "#8c564b", "#9467bd", "#e6a700", "#8a8f98"),
    *("#1f77b4", "#2ca02c", "#17becf", "#e377c2"),
)


def stream_picture(
    predictions: StreamPredictions, shown: Sequence[Piece], labels: Sequence[str], risk: RiskCoverage | None, title: str
) -> bytes:
    """Draw truth, what is shown and the smoothed probabilities of a stream as PNG; beside them the risk where given.

    Args:
        predictions: of the stream.
        shown: of it on the screen.
        labels: of the model.
        risk: of all streams of the side.
        title: of the picture, before the stream's name.
    """
    stream = predictions.stream
    figure = Figure(figsize=(15, 5.2), layout="constrained")
    figure.suptitle(f"{title}: {stream.name}")
    grid = figure.add_gridspec(3, 2, height_ratios=(1, 1, 4), width_ratios=(3, 1))
    colours = dict(zip(labels, _COLOURS, strict=False))
    truth = figure.add_subplot(grid[0, 0])
    _band(truth, [(span.start, span.end, span.label) for span in stream.spans], colours, "truth")
    screen = figure.add_subplot(grid[1, 0], sharex=truth)
    _band(screen, [(piece.start, piece.end, piece.label) for piece in shown], colours, "shown")
    _probabilities(figure.add_subplot(grid[2, 0], sharex=truth), predictions, labels, colours)
    for axes in (truth, screen):
        axes.tick_params(labelbottom=False)
    if risk is not None:
        _risk(figure.add_subplot(grid[:, 1]), risk)
    return png_bytes(figure)


def _band(axes: Axes, spans: Sequence[tuple[float, float, str]], colours: Mapping[str, str], name: str) -> None:
    for start, end, label in spans:
        axes.axvspan(start, end, color=colours[label], linewidth=0)
        if end - start > 1.2:
            axes.text((start + end) / 2, 0.5, label, ha="center", va="center", fontsize=7, color="white", clip_on=True)
    axes.set(yticks=[], ylim=(0, 1))
    axes.set_ylabel(name, rotation=0, ha="right", va="center")


def _probabilities(
    axes: Axes, predictions: StreamPredictions, labels: Sequence[str], colours: Mapping[str, str]
) -> None:
    for label in labels:
        for number, utterance in enumerate(predictions.utterances):
            axes.plot(
                [p.available for p in utterance.predictions],
                [p.smoothed[label] for p in utterance.predictions],
                color=colours[label],
                label=None if number else label,
            )
    axes.set(
        xlim=(0, predictions.stream.seconds), ylim=(0, 1), xlabel="seconds of the stream", ylabel="smoothed probability"
    )
    axes.legend(loc="upper right", ncols=len(labels), fontsize=7)


def _risk(axes: Axes, risk: RiskCoverage) -> None:
    axes.plot([point.coverage for point in risk.curve], [point.risk for point in risk.curve], marker=".")
    axes.axvline(risk.coverage, color="grey", linestyle=":", label=f"{risk.coverage:.0%} coverage")
    axes.axhline(1 - risk.accuracy, color="grey", linewidth=0.8, label="all predictions")
    axes.set(
        xlim=(0, 1.02),
        ylim=(0, 1),
        xlabel="coverage: share of predictions, the surest",
        ylabel="risk: share of them that is wrong",
        title=f"AURC {risk.aurc:.3f}, {risk.predictions} predictions",
    )
    axes.legend(fontsize=8)
