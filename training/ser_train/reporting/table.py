"""Tables of an evaluation, once, for Markdown and for HTML alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ser_train.splits import SHARED

__all__ = [
    "Table",
    "evaluation_tables",
    "interval",
    "markdown",
    "number",
    "points_interval",
    "protocol_sentence",
    "weak_points",
]

Row = Mapping[str, Any]
"""Figures of one corpus, as `ser_train.evaluation.scores.figures` gives them."""

_MUCH = 0.05  # recall below the whole that is named as a weakness
_WORST = 3


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table with the sentence that says what it stands on.

    Attributes:
        title: short.
        caption: clips, speakers, and what a reader must know.
        header: names of the columns.
        rows: their cells.
        heat: for each row, how much of it each cell holds, 0 to 1 (confusion matrices alone).
    """

    title: str
    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    heat: Sequence[Sequence[float]] = ()


def number(value: float | None) -> str:
    """Three decimals, or a dash for what is not there."""
    return "–" if value is None else f"{value:.3f}"


def interval(ends: Sequence[float] | None) -> str:
    """Both ends of an interval, or a dash: one speaker has none."""
    return "–" if ends is None else f"{ends[0]:.3f} to {ends[1]:.3f}"


def protocol_sentence(row: Row) -> str:
    """Protocol and notes of a corpus's figures, and the mark that stands beside figures of shared speakers."""
    parts = [str(row["protocol"]), *map(str, row.get("notes") or ())]
    text = " ".join(part.rstrip(".") + "." for part in parts)
    text = text[:1].upper() + text[1:]
    return f"{SHARED.capitalize()}. {text}" if row.get("speakers_shared") else text


def markdown(table: Table) -> str:
    """Markdown of a table, its title in bold and its caption under it."""
    lines = [f"| {' | '.join(_cell(cell) for cell in row)} |" for row in (table.header, *table.rows)]
    lines.insert(1, "|" + "---|" * len(table.header))
    return "\n".join([f"**{table.title}.** {table.caption}", "", *lines]) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def evaluation_tables(row: Row) -> list[Table]:
    """Every table of one corpus's figures."""
    whole = _counts(row) + (f" {SHARED.capitalize()}." if row.get("speakers_shared") else "")
    tables = [_headline(row, whole), _labels(row, whole), _confusion(row, whole), _coverage(row, whole)]
    tables += [_groups(row, whole)] if row["groups"] else []
    tables += [_robustness(row, whole)] if row.get("robustness") else []
    return [*tables, _speakers(row, whole)]


def _counts(row: Row) -> str:
    silent = row["without_prediction"]
    unheard = f" Clips in which no speech was found, which count as wrong: {silent}." if silent else ""
    return f"{row['clips']} clips of {row['speakers']} speakers.{unheard}"


def _headline(row: Row, whole: str) -> Table:
    windows, perceived, human = row["windows"], row["perceived"], row["human"]
    rows = [_figures("model, by clip, intended label", row, row["clips"])]
    if windows:
        rows.append(_figures(f"model, by window ({windows['windows']}), intended label", windows, windows["clips"]))
    if perceived:
        rows.append(
            [
                "model, by clip, label most listeners heard",
                str(perceived["clips"]),
                str(perceived["speakers"]),
                number(perceived["uar"]),
                interval(perceived["uar_interval"]),
                number(perceived["accuracy"]),
                "–",
                "–",
            ]
        )
        ceiling = "one listener of the voice alone, these clips, intended label"
        rows.append(
            [ceiling, str(perceived["clips"]), str(perceived["speakers"]), number(perceived["one_listener_uar"])]
        )
    if human:
        rows.append([human["what"], "–", "–", number(human["uar"])])
    caption = f"{whole} UAR is the unweighted average recall with its 95 % bootstrap interval over speakers."
    if perceived:
        caption += (
            f" Of {perceived['ties']} clips with tied votes any of the tied labels counts as right; the verdict's"
            f" cross-entropy with the votes is {number(perceived['cross_entropy'])} nats, {number(perceived['kl'])} of"
            " them divergence (KL)."
        )
    header = ("who", "clips", "speakers", "UAR", "95 % over speakers", "accuracy", "macro-F1", "ECE")
    filled = [[*cells, *["–"] * (len(header) - len(cells))] for cells in rows]
    return Table(title="Recall, accuracy, calibration", caption=caption, header=header, rows=filled)


def _figures(name: str, row: Row, clips: int) -> list[str]:
    return [
        name,
        str(clips),
        str(row["speakers"]),
        number(row["uar"]),
        interval(row["uar_interval"]),
        number(row["accuracy"]),
        number(row["macro_f1"]),
        number(row["ece"]),
    ]


def _labels(row: Row, whole: str) -> Table:
    return Table(
        title="Each label",
        caption=f"{whole} By clip.",
        header=("label", "clips", "precision", "recall", "F1"),
        rows=[
            [one["label"], str(one["clips"]), number(one["precision"]), number(one["recall"]), number(one["f1"])]
            for one in row["per_label"]
        ],
    )


def _confusion(row: Row, whole: str) -> Table:
    labels, counts = row["confusion"]["labels"], row["confusion"]["counts"]
    return Table(
        title="Confusion matrix",
        caption=f"{whole} Rows are what was intended, columns what the model said of the clip.",
        header=("intended", *labels),
        rows=[[label, *map(str, own)] for label, own in zip(labels, counts, strict=False)],
        heat=[[count / max(1, sum(own)) for count in own] for own in counts],
    )


def _coverage(row: Row, whole: str) -> Table:
    return Table(
        title="Accuracy where it is surest",
        caption=f"{whole} The most confident clips alone; “at least” is the smallest probability among them.",
        header=("coverage", "clips", "at least", "accuracy"),
        rows=[
            [f"{one['coverage']:.0%}", str(one["clips"]), number(one["confidence"]), number(one["accuracy"])]
            for one in row["coverage"]
        ],
    )


def _groups(row: Row, whole: str) -> Table:
    return Table(
        title="Groups of speakers",
        caption=f"{whole} As the corpora state them; groups differ in their corpora too, few speakers make "
        "wide intervals, and one speaker makes none.",
        header=("group", "clips", "speakers", "UAR", "95 % over speakers", "accuracy"),
        rows=[
            [
                f"{one['group']}: {one['value']}",
                str(one["clips"]),
                str(one["speakers"]),
                number(one["uar"]),
                interval(one["uar_interval"]),
                number(one["accuracy"]),
            ]
            for one in row["groups"]
        ],
    )


def points_interval(condition: Row) -> str:
    """The interval of the points lost under a condition, ` (1.2 to 3.4)`; nothing for results of before it was kept."""
    ends = condition.get("loss_interval")
    return f" ({ends[0]:.1f} to {ends[1]:.1f})" if ends else ""


def _robustness(row: Row, whole: str) -> Table:
    paired = ", its interval with the same speakers drawn for both" * any(map(points_interval, row["robustness"]))
    return Table(
        title="Under test conditions",
        caption=f"{whole} The same clips, each changed before the model hears it; loss of UAR in points{paired}.",
        header=("condition", "UAR", "95 % over speakers", "loss", "accuracy", "ECE", "no prediction"),
        rows=[
            [
                one["condition"],
                number(one["uar"]),
                interval(one["uar_interval"]),
                f"{one['loss']:.1f}{points_interval(one)}",
                number(one["accuracy"]),
                number(one["ece"]),
                str(one["without_prediction"]),
            ]
            for one in row["robustness"]
        ],
    )


def _speakers(row: Row, whole: str) -> Table:
    return Table(
        title="Each speaker",
        caption=f"{whole} The worst first.",
        header=("speaker", "clips", "UAR", "accuracy"),
        rows=[
            [one["speaker"], str(one["clips"]), number(one["uar"]), number(one["accuracy"])]
            for one in row["by_speaker"]
        ],
    )


def weak_points(row: Row) -> list[str]:
    """Sentences on whom and what the model fails for: labels it misses, groups, speakers and conditions it loses at."""
    points = []
    missed = [one for one in row["per_label"] if one["recall"] is not None and one["recall"] < 0.5]
    if missed:
        said = ", ".join(f"{one['label']} ({number(one['recall'])} of {one['clips']} clips)" for one in missed)
        points.append(f"Labels it misses more often than not, with their recall: {said}.")
    stated = [one for one in row["groups"] if one["value"] != "not stated"]
    below = [one for one in stated if one["uar"] <= row["uar"] - _MUCH]
    if below:
        said = ", ".join(
            f"{one['group']} {one['value']} ({number(one['uar'])}; {one['clips']} clips, speakers: {one['speakers']})"
            for one in below
        )
        points.append(f"Groups whose UAR lies 0.05 or more under the whole's {number(row['uar'])}: {said}.")
    worst = row["by_speaker"][:_WORST]
    said = ", ".join(f"{one['speaker']} ({number(one['uar'])}; {one['clips']} clips)" for one in worst)
    points.append(f"Worst of {row['speakers']} speakers, with their UAR: {said}.")
    losing = [one for one in row.get("robustness", ()) if one["loss"] >= 100 * _MUCH]
    if losing:
        said = ", ".join(f"{one['condition']} ({number(one['uar'])})" for one in losing)
        points.append(f"Conditions that cost 5 points of UAR or more: {said}.")
    return points
