"""Results of a system for a reader: Markdown tables, and a picture of confusion and learning curves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ser_train.files import png_bytes
from ser_train.papers.metrics import METRICS, GroupScore, PartScore, Spread
from ser_train.papers.results import SystemResult
from ser_train.reporting.plots import draw_confusion
from ser_train.reporting.table import Table, interval, markdown, number

__all__ = ["result_markdown", "result_picture", "score_text", "speakers_text"]

mpl.use("agg")

_PAPER, _LINE, _GREY = "#ffffff", "#0b6e99", "#8c959f"


def speakers_text(count: int) -> str:
    """Return how many speakers are measured.

    >>> speakers_text(1)
    '1 speaker'
    """
    return f"{count} speaker{'s' * (count > 1)}"


def score_text(spread: Spread) -> str:
    """Return the mean, and the deviation where there are several seeds.

    >>> score_text(Spread(mean=0.7651, deviation=0.0123))
    '0.765 ± 0.012'
    >>> score_text(Spread(mean=0.25, deviation=None))
    '0.250'
    """
    deviation = "" if spread.deviation is None else f" ± {spread.deviation:.3f}"
    return f"{number(spread.mean)}{deviation}"


def result_markdown(result: SystemResult) -> str:
    """Return a page of every table."""
    first = result.seeds[0]
    whole = _counts(result)
    caption = f"seed {first.seed}, {whole}."
    tables = [
        _scores(result, whole),
        _labels(result, caption),
        Table(
            title="Confusion matrix",
            caption=f"{caption} Rows are what was intended, columns what was said.",
            header=("intended", *first.confusion.labels),
            rows=[
                [label, *map(str, counts)]
                for label, counts in zip(first.confusion.labels, first.confusion.counts, strict=True)
            ],
        ),
    ]
    if len(first.corpora) > 1:
        tables.append(_parts("Each corpus", caption, first.corpora))
    if first.groups:
        tables.append(_parts("Groups of labels", caption, first.groups))
    tables.append(_fits(result))
    lines = [f"# {result.system}, {result.protocol}: {result.title}", "", "Written by `ser-train`; do not edit.", ""]
    lines += [f"{result.text[:1].upper()}{result.text[1:]}.", ""]
    lines += [f"* {note}" for note in result.notes] + [""] * bool(result.notes)
    return "\n".join([*lines, *map(markdown, tables), f"Commit {result.commit or 'unknown'}."]) + "\n"


def _counts(result: SystemResult) -> str:
    return f"{result.examples:,} rows of {result.clips:,} clips, {speakers_text(result.speakers)}"


def _scores(result: SystemResult, whole: str) -> Table:
    seeds = len(result.seeds)
    return Table(
        title="Figures",
        caption=f"{whole}; mean and deviation over {seeds} seeds." if seeds > 1 else f"{whole}; one seed.",
        header=("figure", "published", "here", "95 % over speakers"),
        rows=[
            [
                title,
                number(result.published) if metric == result.metric else "–",
                score_text(result.spread(metric)),
                interval(result.intervals.get(metric)),
            ]
            for metric, title in METRICS.items()
        ],
    )


def _labels(result: SystemResult, caption: str) -> Table:
    return Table(
        title="Each label",
        caption=caption,
        header=("label", "rows", "precision", "recall", "F1"),
        rows=[
            [score.label, str(score.examples), number(score.precision), number(score.recall), number(score.f1)]
            for score in result.seeds[0].per_label
        ],
    )


def _parts(title: str, caption: str, parts: Mapping[str, PartScore | GroupScore]) -> Table:
    """Scores of each part; of a group of labels the accuracy alone is known."""
    return Table(
        title=title,
        caption=caption,
        header=("", "rows", *METRICS.values()),
        rows=[
            [name, str(part.examples), *(number(getattr(part, metric, None)) for metric in METRICS)]
            for name, part in parts.items()
        ],
    )


def _fits(result: SystemResult) -> Table:
    return Table(
        title="Fits",
        caption="Training rows are clips and their augmented copies; `kept` is the epoch whose weights are measured.",
        header=("seed", "fold", "training rows", "clips", "rows measured", "epochs", "kept", "s", *METRICS.values()),
        rows=[
            [
                str(seed.seed),
                fold.fold or "–",
                f"{fold.train_examples:,}",
                f"{fold.train_clips:,}",
                f"{fold.examples:,}",
                str(fold.epochs),
                str(fold.kept),
                f"{fold.seconds:.0f}",
                *(number(getattr(fold, metric)) for metric in METRICS),
            ]
            for seed in result.seeds
            for fold in seed.folds
        ],
    )


def result_picture(result: SystemResult) -> bytes:
    """Return a PNG: the confusion matrix, and loss and accuracy over the epochs of the first fold."""
    figure = Figure(figsize=(15, 4.6), layout="constrained")
    left, middle, right = figure.subplots(1, 3, width_ratios=(5, 4, 4))
    confusion = result.seeds[0].confusion
    draw_confusion(left, confusion.labels, confusion.counts, _PAPER, _LINE)
    _curve(middle, result, "loss", "cross-entropy")
    _curve(right, result, "accuracy", "accuracy")
    right.set_ylim(0, 1.02)
    figure.suptitle(
        f"{result.system}, {result.protocol} protocol: {_counts(result)}; {METRICS[result.metric]} "
        f"{score_text(result.score)}"
    )
    return png_bytes(figure, dpi=90)


def _curve(axes: Axes, result: SystemResult, name: Literal["loss", "accuracy"], label: str) -> None:
    epochs = [epoch.epoch for epoch in result.curves]
    dot = "." if len(epochs) < 30 else ""
    axes.plot(epochs, [getattr(e, name) for e in result.curves], marker=dot, color=_GREY, label="training")
    held = "validation" if result.held == "validation" else "test (chooses nothing)"
    axes.plot(epochs, [getattr(e, f"held_{name}") for e in result.curves], marker=dot, color=_LINE, label=held)
    axes.axvline(result.seeds[0].folds[0].kept, color=_GREY, linestyle=":", label="kept")
    axes.set(xlabel="epoch", ylabel=label, title=name.capitalize())
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend()
