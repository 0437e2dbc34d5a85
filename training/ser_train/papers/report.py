"""Files of a row's results: JSON, Markdown with the papers' own tables, and a picture of confusion and curves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ser_train.errors import TrainingError
from ser_train.files import png_bytes
from ser_train.papers.metrics import METRICS
from ser_train.reporting.plots import draw_confusion
from ser_train.reporting.table import Table, interval, markdown, number

__all__ = ["figure_text", "people", "row_markdown", "row_picture", "write_result"]

mpl.use("agg")

_PAPER, _LINE, _GREY = "#ffffff", "#0b6e99", "#8c959f"


def write_result(found: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write `<row>/<protocol>.json`, `.md` and `.png` below a folder.

    Returns:
        what was written.

    Raises:
        TrainingError: if it cannot be written.
    """
    out = folder / found["row"] / found["protocol"]
    files = {
        out.with_suffix(".json"): (json.dumps(found, indent=1, allow_nan=False) + "\n").encode(),
        out.with_suffix(".md"): row_markdown(found).encode(),
        out.with_suffix(".png"): row_picture(found),
    }
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        for path, data in files.items():
            path.write_bytes(data)
    except OSError as error:
        raise TrainingError(f"{out} cannot be written: {error.strerror or error}: choose another --out") from None
    return list(files)


def people(found: Mapping[str, Any]) -> str:
    """How many speakers are measured.

    >>> people({"speakers": 1})
    '1 speaker'
    """
    return f"{found['speakers']} speaker{'s' * (found['speakers'] > 1)}"


def figure_text(spread: Mapping[str, float | None]) -> str:
    """Mean, and deviation where there are seeds.

    >>> figure_text({"mean": 0.7651, "deviation": 0.0123})
    '0.765 ± 0.012'
    >>> figure_text({"mean": 0.25, "deviation": None})
    '0.250'
    """
    beside = "" if spread["deviation"] is None else f" ± {spread['deviation']:.3f}"
    return f"{number(spread['mean'])}{beside}"


def row_markdown(found: Mapping[str, Any]) -> str:
    """Everything as tables."""
    first = found["seeds"][0]
    counted = f"{found['rows']:,} rows of {found['clips']:,} clips, {people(found)}"
    told = f"seed {first['seed']}, {counted}."
    tables = [
        Table(
            title="Figures",
            caption=f"{counted}; mean and deviation over {len(found['seeds'])} seeds."
            if len(found["seeds"]) > 1
            else f"{counted}; one seed.",
            header=("figure", "published", "here", "95 % over speakers"),
            rows=[
                [
                    METRICS[name],
                    number(found["published"]) if name == found["metric"] else "–",
                    figure_text(found[name]),
                    interval(found["intervals"].get(name)),
                ]
                for name in METRICS
            ],
        ),
        Table(
            title="Each label",
            caption=told,
            header=("label", "rows", "precision", "recall", "F1"),
            rows=[
                [one["label"], str(one["rows"]), number(one["precision"]), number(one["recall"]), number(one["f1"])]
                for one in first["per_label"]
            ],
        ),
        Table(
            title="Confusion matrix",
            caption=f"{told} Rows are what was intended, columns what was said.",
            header=("intended", *first["confusion"]["labels"]),
            rows=[
                [label, *map(str, counts)]
                for label, counts in zip(first["confusion"]["labels"], first["confusion"]["counts"], strict=True)
            ],
        ),
    ]
    if len(first["corpora"]) > 1:
        tables.append(_parts("Each corpus", told, first["corpora"]))
    if first["groups"]:
        tables.append(_parts("Groups of labels", told, first["groups"]))
    tables.append(_folds(found))
    lines = [f"# {found['row']}, {found['protocol']}: {found['title']}", "", "Written by `ser-train`; do not edit.", ""]
    lines += [f"{found['text'][:1].upper()}{found['text'][1:]}.", ""]
    lines += [f"* {note}" for note in found["notes"]] + [""] * bool(found["notes"])
    return "\n".join([*lines, *map(markdown, tables), f"Commit {found['commit'] or 'unknown'}."]) + "\n"


def _parts(title: str, told: str, parts: Mapping[str, Mapping[str, float]]) -> Table:
    return Table(
        title=title,
        caption=told,
        header=("", "rows", *METRICS.values()),
        rows=[[name, str(one["rows"]), *(number(one.get(key)) for key in METRICS)] for name, one in parts.items()],
    )


def _folds(found: Mapping[str, Any]) -> Table:
    return Table(
        title="Fits",
        caption="Training rows are clips and their augmented copies; `kept` is the epoch whose weights are measured.",
        header=("seed", "fold", "training rows", "clips", "rows measured", "epochs", "kept", "s", *METRICS.values()),
        rows=[
            [
                str(seed["seed"]),
                one["fold"] or "–",
                f"{one['train_rows']:,}",
                f"{one['train_clips']:,}",
                f"{one['rows']:,}",
                str(one["epochs"]),
                str(one["kept"]),
                f"{one['seconds']:.0f}",
                *(number(one[name]) for name in METRICS),
            ]
            for seed in found["seeds"]
            for one in seed["folds"]
        ],
    )


def row_picture(found: Mapping[str, Any]) -> bytes:
    """PNG: confusion matrix, and loss and accuracy over the epochs of the first fold."""
    figure = Figure(figsize=(15, 4.6), layout="constrained")
    left, middle, right = figure.subplots(1, 3, width_ratios=(5, 4, 4))
    confusion = found["seeds"][0]["confusion"]
    draw_confusion(left, confusion["labels"], confusion["counts"], _PAPER, _LINE)
    _curve(middle, found, "loss", "cross-entropy")
    _curve(right, found, "accuracy", "accuracy")
    right.set_ylim(0, 1.02)
    figure.suptitle(
        f"{found['row']}, {found['protocol']} protocol: {found['rows']:,} rows of {found['clips']:,} clips, "
        f"{people(found)}; {METRICS[found['metric']]} {figure_text(found[found['metric']])}"
    )
    return png_bytes(figure, dpi=90)


def _curve(axes: Axes, found: Mapping[str, Any], key: str, what: str) -> None:
    curves, kept = found["curves"], found["seeds"][0]["folds"][0]["kept"]
    epochs = [epoch["epoch"] for epoch in curves]
    dot = "." if len(epochs) < 30 else ""
    axes.plot(epochs, [epoch[key] for epoch in curves], marker=dot, color=_GREY, label="training")
    held = "validation" if found["held"] == "validation" else "test (chooses nothing)"
    axes.plot(epochs, [epoch[f"held_{key}"] for epoch in curves], marker=dot, color=_LINE, label=held)
    axes.axvline(kept, color=_GREY, linestyle=":", label="kept")
    axes.set(xlabel="epoch", ylabel=what, title=key.capitalize())
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend()
