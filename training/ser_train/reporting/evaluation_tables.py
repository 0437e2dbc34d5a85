"""Tables and sentences of an evaluation, once, for Markdown and for HTML alike."""

from __future__ import annotations

from collections.abc import Sequence

from ser_train.evaluation.headline import Headline
from ser_train.evaluation.scores import ClipScores, ConditionScore, HumanScore, ListenerScores
from ser_train.reporting.table import Table, interval, number
from ser_train.splits import SHARED

__all__ = ["GROUPS", "ROBUSTNESS", "evaluation_tables", "points_interval", "protocol_sentence", "weak_points"]

GROUPS, ROBUSTNESS = "Groups of speakers", "Under test conditions"
"""Titles of the tables that not every evaluation has."""

_MUCH = 0.05  # recall below the whole that is named as a weakness
_WORST = 3


def protocol_sentence(scores: ClipScores) -> str:
    """Return protocol and notes of a corpus's scores, and the mark that stands beside scores of shared speakers."""
    text = " ".join(part.rstrip(".") + "." for part in (scores.protocol, *scores.notes))
    text = text[:1].upper() + text[1:]
    return f"{SHARED.capitalize()}. {text}" if scores.speakers_shared else text


def evaluation_tables(scores: ClipScores) -> list[Table]:
    """Return every table of one corpus's scores, that of the speakers last."""
    whole = _counts(scores) + (f" {SHARED.capitalize()}." if scores.speakers_shared else "")
    tables = [_headline(scores, whole), _labels(scores, whole), _confusion(scores, whole), _coverage(scores, whole)]
    tables += [_groups(scores, whole)] if scores.groups else []
    tables += [_robustness(scores, whole)] if scores.robustness else []
    return [*tables, _speakers(scores, whole)]


def _counts(scores: ClipScores) -> str:
    silent = scores.without_prediction
    wrong = f" Clips in which no speech was found, which count as wrong: {silent}." if silent else ""
    return f"{scores.clips} clips of {scores.speakers} speakers.{wrong}"


def _headline(scores: ClipScores, whole: str) -> Table:
    windows, perceived, human = scores.windows, scores.perceived, scores.human
    rows = [_headline_cells("model, by clip, intended label", scores)]
    if windows:
        rows.append(_headline_cells(f"model, by window ({windows.windows}), intended label", windows))
    rows += _perceived_rows(perceived) if perceived else []
    rows += [_human_cells(human)] if human else []
    caption = f"{whole} UAR is the unweighted average recall with its 95 % bootstrap interval over speakers."
    if perceived:
        caption += (
            f" Of {perceived.ties} clips with tied votes any of the tied labels counts as right; the verdict's"
            f" cross-entropy with the votes is {number(perceived.cross_entropy)} nats, {number(perceived.kl)} of"
            " them divergence (KL)."
        )
    header = ("who", "clips", "speakers", "UAR", "95 % over speakers", "accuracy", "macro-F1", "ECE")
    filled = [[*cells, *["–"] * (len(header) - len(cells))] for cells in rows]
    return Table(title="Recall, accuracy, calibration", caption=caption, header=header, rows=filled)


def _headline_cells(name: str, scores: Headline) -> list[str]:
    return [
        name,
        str(scores.clips),
        str(scores.speakers),
        number(scores.uar),
        interval(scores.uar_interval),
        number(scores.accuracy),
        number(scores.macro_f1),
        number(scores.ece),
    ]


def _perceived_rows(perceived: ListenerScores) -> list[list[str]]:
    counts = [str(perceived.clips), str(perceived.speakers)]
    return [
        [
            "model, by clip, label most listeners heard",
            *counts,
            number(perceived.uar),
            interval(perceived.uar_interval),
            number(perceived.accuracy),
        ],
        [
            "one listener of the voice alone, these clips, intended label",
            *counts,
            number(perceived.one_listener_uar),
        ],
    ]


def _human_cells(human: HumanScore) -> list[str]:
    return [human.what, "–", "–", number(human.uar)]


def _labels(scores: ClipScores, whole: str) -> Table:
    return Table(
        title="Each label",
        caption=f"{whole} By clip.",
        header=("label", "clips", "precision", "recall", "F1"),
        rows=[
            [score.label, str(score.count), number(score.precision), number(score.recall), number(score.f1)]
            for score in scores.per_label
        ],
    )


def _confusion(scores: ClipScores, whole: str) -> Table:
    labels, counts = scores.confusion.labels, scores.confusion.counts
    return Table(
        title="Confusion matrix",
        caption=f"{whole} Rows are what was intended, columns what the model said of the clip.",
        header=("intended", *labels),
        rows=[[label, *map(str, row)] for label, row in zip(labels, counts, strict=False)],
        heat=[[count / max(1, sum(row)) for count in row] for row in counts],
    )


def _coverage(scores: ClipScores, whole: str) -> Table:
    return Table(
        title="Accuracy where it is surest",
        caption=f"{whole} The most confident clips alone; “at least” is the smallest probability among them.",
        header=("coverage", "clips", "at least", "accuracy"),
        rows=[
            [f"{score.coverage:.0%}", str(score.clips), number(score.confidence), number(score.accuracy)]
            for score in scores.coverage
        ],
    )


def _groups(scores: ClipScores, whole: str) -> Table:
    return Table(
        title=GROUPS,
        caption=f"{whole} As the corpora state them; groups differ in their corpora too, few speakers make "
        "wide intervals, and one speaker makes none.",
        header=("group", "clips", "speakers", "UAR", "95 % over speakers", "accuracy"),
        rows=[
            [
                f"{score.group}: {score.value}",
                str(score.clips),
                str(score.speakers),
                number(score.uar),
                interval(score.uar_interval),
                number(score.accuracy),
            ]
            for score in scores.groups
        ],
    )


def points_interval(score: ConditionScore) -> str:
    """Return the interval of the points lost, ` (1.2 to 3.4)`; nothing for results of before it was kept."""
    ends = score.loss_interval
    return f" ({ends[0]:.1f} to {ends[1]:.1f})" if ends else ""


def _robustness(scores: ClipScores, whole: str) -> Table:
    paired = ", its interval with the same speakers drawn for both" * any(map(points_interval, scores.robustness))
    return Table(
        title=ROBUSTNESS,
        caption=f"{whole} The same clips, each changed before the model hears it; loss of UAR in points{paired}.",
        header=("condition", "UAR", "95 % over speakers", "loss", "accuracy", "ECE", "no prediction"),
        rows=[
            [
                score.condition,
                number(score.uar),
                interval(score.uar_interval),
                f"{score.loss:.1f}{points_interval(score)}",
                number(score.accuracy),
                number(score.ece),
                str(score.without_prediction),
            ]
            for score in scores.robustness
        ],
    )


def _speakers(scores: ClipScores, whole: str) -> Table:
    return Table(
        title="Each speaker",
        caption=f"{whole} The worst first.",
        header=("speaker", "clips", "UAR", "accuracy"),
        rows=[
            [score.speaker, str(score.clips), number(score.uar), number(score.accuracy)] for score in scores.by_speaker
        ],
    )


def weak_points(scores: ClipScores) -> list[str]:
    """Return sentences on where a model fails: labels that it misses, groups, speakers and conditions that cost it."""
    points: list[str] = []
    missed = [
        f"{score.label} ({number(score.recall)} of {score.count} clips)"
        for score in scores.per_label
        if score.recall is not None and score.recall < 0.5
    ]
    points += _point("Labels it misses more often than not, with their recall", missed)
    below = [
        f"{score.group} {score.value} ({number(score.uar)}; {score.clips} clips, speakers: {score.speakers})"
        for score in scores.groups
        if score.value != "not stated" and score.uar <= scores.uar - _MUCH
    ]
    points += _point(f"Groups whose UAR lies 0.05 or more under the whole's {number(scores.uar)}", below)
    worst = [f"{score.speaker} ({number(score.uar)}; {score.clips})" for score in scores.by_speaker[:_WORST]]
    points += _point(f"Worst of {scores.speakers} speakers, with UAR and clips", worst)
    losing = [f"{score.condition} ({number(score.uar)})" for score in scores.robustness if score.loss >= 100 * _MUCH]
    return points + _point("Conditions that cost 5 points of UAR or more", losing)


def _point(title: str, parts: Sequence[str]) -> list[str]:
    return [f"{title}: {', '.join(parts)}."] if parts else []
