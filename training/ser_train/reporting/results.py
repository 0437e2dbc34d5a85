"""Results of an evaluation: read from their file, written beside a model, and as its contract states them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ser_live.contract import Contract
from ser_train.errors import TrainingError
from ser_train.evaluation.scores import ClipScores, SideScores
from ser_train.files import write_whole
from ser_train.records import to_json
from ser_train.reporting.evaluation_tables import evaluation_tables, protocol_sentence, weak_points
from ser_train.reporting.table import markdown
from ser_train.splits import SHARED

__all__ = [
    "Results",
    "contract_scores",
    "evaluation_markdown",
    "measured_contract",
    "read_results",
    "results_json",
    "write_results",
]

Results = Mapping[str, SideScores]
"""Scores by side, each by corpus and of all corpora together (`pooled`)."""

_HEADLINE = ("protocol", "clips", "speakers", "uar", "uar_interval", "accuracy", "macro_f1", "ece", "recall")
_PERCEIVED = ("clips", "speakers", "uar", "uar_interval", "kl")
_GROUP = ("group", "value", "clips", "speakers", "uar", "uar_interval")


def read_results(path: Path) -> dict[str, SideScores]:
    """Read results that `write_results` wrote.

    Raises:
        TrainingError: for a file that holds none, or those of an earlier version, which lack scores.
    """
    try:
        sides = json.loads(path.read_text(encoding="utf-8"))
        return {
            side: {corpus: ClipScores.from_json(values, f"{side} {corpus}") for corpus, values in corpora.items()}
            for side, corpora in sides.items()
        }
    except (OSError, ValueError, AttributeError, TrainingError) as error:
        raise TrainingError(
            f"{path} holds no results of an evaluation ({error}): take it away and make it with `ser-train evaluate`"
        ) from None


def results_json(results: Results) -> dict[str, dict[str, Any]]:
    """Return results as `json` writes them."""
    return {side: {name: scores.to_json() for name, scores in corpora.items()} for side, corpora in results.items()}


def write_results(out: Path, title: str, results: Results, *, tables: Path | None = None) -> list[Path]:
    """Write `<out>.json`, `<out>.html`, a picture of each side, and the tables as Markdown where a path is given.

    Args:
        out: the path without its ending, or with another one.
        title: of the page.
        results: one side or more.
        tables: the Markdown file.

    Returns:
        what was written.

    Raises:
        TrainingError: if it cannot be written.
    """
    from ser_train.reporting.html import evaluation_page  # draws: tables and cards are read without matplotlib
    from ser_train.reporting.plots import evaluation_picture

    files: dict[Path, bytes | str] = {
        out.with_suffix(".json"): json.dumps(results_json(results), indent=1, allow_nan=False) + "\n",
        out.with_suffix(".html"): evaluation_page(title, results),
    }
    if tables is not None:
        files[tables] = evaluation_markdown(title, results)
    for side, corpora in results.items():
        files[out.with_suffix(f".{side}.png")] = evaluation_picture(corpora["pooled"], f"{title}, {side}")
    for path, data in files.items():
        write_whole(path, data, remedy="choose another --out")
    return list(files)


def evaluation_markdown(title: str, results: Results) -> str:
    """Return all tables of an evaluation as Markdown."""
    lines = [f"# {title}", "", "Written by `ser-train`; do not edit.", ""]
    for side, corpora in results.items():
        for corpus, scores in corpora.items():
            lines += [f"## {side} {corpus}", "", protocol_sentence(scores), ""]
            lines += [*(f"* {point}" for point in weak_points(scores)), ""]
            lines += [markdown(table) for table in evaluation_tables(scores)]
    return "\n".join(lines)


def contract_scores(results: Results) -> tuple[dict[str, Any], ...]:
    """Return the `scores` of a model's contract: one entry a side and corpus, ready for JSON."""
    return tuple(_score(side, name, scores) for side, corpora in results.items() for name, scores in corpora.items())


def measured_contract(contract: Contract, results: Results) -> Contract:
    """Return a contract with the scores of results inside, and the abstention threshold that validation chooses."""
    threshold = results["validation"]["pooled"].abstention_at_coverage if "validation" in results else None
    abstention = contract.abstention if threshold is None else threshold
    return replace(contract, scores=contract_scores(results), abstention=abstention)


def _score(side: str, corpus: str, scores: ClipScores) -> dict[str, Any]:
    values = scores.to_json()
    score = {"side": side, "corpus": corpus} | {key: values[key] for key in _HEADLINE}
    if scores.speakers_shared:
        score["mark"] = SHARED
    if scores.notes:
        score["notes"] = values["notes"]
    if scores.windows:
        score["uar_by_window"] = scores.windows.uar
    if scores.perceived:
        score["perceived"] = _part(scores.perceived, _PERCEIVED)
    if scores.groups:
        score["groups"] = [_part(group, _GROUP) for group in scores.groups]
    if scores.robustness:
        score["uar_under"] = {condition.condition: condition.uar for condition in scores.robustness}
    return score


def _part(record: Any, keys: tuple[str, ...]) -> dict[str, Any]:
    values = to_json(record)
    return {key: values[key] for key in keys}
