"""Results of an evaluation: read from their file, told in a contract, written as Markdown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ser_train.errors import TrainingError
from ser_train.reporting.table import evaluation_tables, markdown, protocol_sentence, weak_points
from ser_train.splits import SHARED

__all__ = ["Results", "evaluation_markdown", "read_results", "scores_of"]

Results = dict[str, dict[str, dict[str, Any]]]
"""Of each side, of each corpus and of all together (`pooled`): what `ser_train.evaluation.scores.figures` gives."""

_KEPT = ("protocol", "clips", "speakers", "uar", "uar_interval", "accuracy", "macro_f1", "ece", "recall")


def read_results(path: Path) -> Results:
    """Results that `ser_train.reporting.publish.publish` wrote.

    Raises:
        TrainingError: for a file that holds none.
    """
    try:
        everything = json.loads(path.read_text(encoding="utf-8"))
        for corpora in everything.values():
            for row in corpora.values():
                row["uar"], row["clips"], row["speakers"], row["protocol"]
    except (OSError, ValueError, AttributeError, TypeError, KeyError) as error:
        raise TrainingError(f"{path} holds no results of an evaluation ({error!r}): make it with ser-train") from None
    return everything  # type: ignore[no-any-return] # checked above


def scores_of(everything: Results) -> tuple[dict[str, Any], ...]:
    """What a model's contract carries of its results: one row a side and corpus."""
    return tuple(_score(side, corpus, row) for side, rows in everything.items() for corpus, row in rows.items())


def _score(side: str, corpus: str, row: Mapping[str, Any]) -> dict[str, Any]:
    score = {"side": side, "corpus": corpus} | {key: row[key] for key in _KEPT if key in row}
    if row.get("speakers_shared"):
        score["mark"] = SHARED
    if row.get("notes"):
        score["notes"] = row["notes"]
    if row.get("windows"):
        score["uar_by_window"] = row["windows"]["uar"]
    if row.get("perceived"):
        score["perceived"] = {key: row["perceived"][key] for key in ("clips", "speakers", "uar", "uar_interval", "kl")}
    if row.get("groups"):
        score["groups"] = [
            {key: one[key] for key in ("group", "value", "clips", "speakers", "uar", "uar_interval")}
            for one in row["groups"]
        ]
    if row.get("robustness"):
        score["uar_under"] = {one["condition"]: one["uar"] for one in row["robustness"]}
    return score


def evaluation_markdown(title: str, everything: Results) -> str:
    """All tables of an evaluation."""
    lines = [f"# {title}", "", "Written by `ser-train`; do not edit.", ""]
    for side, corpora in everything.items():
        for corpus, row in corpora.items():
            lines += [f"## {side} {corpus}", "", protocol_sentence(row), ""]
            if "per_label" not in row:
                continue  # measured by an earlier version
            lines += [*(f"* {point}" for point in weak_points(row)), ""]
            lines += [markdown(table) for table in evaluation_tables(row)]
    return "\n".join(lines)
