"""Tables of the scores that model files and results carry, one model or several side by side."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ser_live.classifier import Classifier
from ser_train.errors import TrainingError
from ser_train.files import write_whole
from ser_train.reporting.results import contract_scores, read_results
from ser_train.reporting.table import interval, markdown_table, number

__all__ = ["compare_table", "fill_figures", "protocol_of", "report_tables", "scores_table"]

ContractScore = Mapping[str, Any]
"""What a contract's `scores` hold of one side and corpus, JSON as it stands in the model file."""

_MARKS = re.compile(r"(<!-- figures:[^\n]*-->\n).*?(<!-- end -->)", re.DOTALL)
_COLUMNS = ("clips", "speakers", "UAR", "95 % over speakers", "accuracy", "ECE")


def scores_table(scores: Iterable[ContractScore]) -> str:
    """Return the Markdown table of a contract's scores."""
    rows = [[score["side"], score["corpus"], *_cells(score)] for score in scores]
    return markdown_table(("side", "corpus", *_COLUMNS), rows)


def compare_table(models: Mapping[str, Sequence[ContractScore]]) -> str:
    """Return the Markdown table of several models' scores, the same side and corpus one under the other."""
    places = dict.fromkeys((score["side"], score["corpus"]) for scores in models.values() for score in scores)
    rows = [
        [side, corpus, name, *_cells(score)]
        for side, corpus in places
        for name, scores in models.items()
        for score in scores
        if (score["side"], score["corpus"]) == (side, corpus)
    ]
    return markdown_table(("side", "corpus", "model", *_COLUMNS), rows)


def report_tables(files: Sequence[Path], side: str | None = None) -> str:
    """Return the scores of model files (`.onnx`) and of results (`.json`), several models side by side in one table.

    Args:
        files: models and results.
        side: the one side to show, such as `test`; every side by default.

    Raises:
        TrainingError: for a file that holds no scores, or none of that side.
    """
    models = {_name(path, files): _scores_of_side(path, side) for path in files}
    if len(models) == 1:
        ((name, scores),) = models.items()
        return f"{name}:\n\n{scores_table(scores)}"
    lines = []
    for name, scores in models.items():
        protocols = dict.fromkeys(protocol_of(score) for score in scores)
        lines.append(f"* {name}: {' '.join(f'{protocol}.' for protocol in protocols) or 'no figures'}")
    return compare_table(models) + "\n" + "\n".join(lines) + "\n"


def _scores_of_side(path: Path, side: str | None) -> Sequence[ContractScore]:
    scores = _scores(path)
    chosen = [score for score in scores if side in (None, score["side"])]
    if side is not None and not chosen:
        there = ", ".join(dict.fromkeys(str(score["side"]) for score in scores)) or "none at all"
        raise TrainingError(f"{path} holds no scores of the side {side}, it has {there}: choose another --side")
    return chosen


def protocol_of(score: ContractScore) -> str:
    """Return a score's protocol, its notes and its mark."""
    mark = [score["mark"]] if "mark" in score else []
    return "; ".join(map(str, [score["protocol"], *score.get("notes", ()), *mark]))


def fill_figures(page: Path, tables: str) -> None:
    """Put the tables between a page's marks `<!-- figures: ... -->` and `<!-- end -->`.

    Raises:
        TrainingError: if the page has no such marks, or cannot be written.
    """
    text = page.read_text(encoding="utf-8")
    if not _MARKS.search(text):
        raise TrainingError(f"{page} has no marks `<!-- figures: … -->` and `<!-- end -->`")
    write_whole(page, _MARKS.sub(lambda marks: marks[1] + tables + marks[2], text))


def _name(path: Path, files: Sequence[Path]) -> str:
    """Return the file's name, or its path where another file has the same name."""
    return path.name if [other.name for other in files].count(path.name) == 1 else str(path)


def _scores(path: Path) -> Sequence[ContractScore]:
    return contract_scores(read_results(path)) if path.suffix == ".json" else Classifier(path, "cpu").contract.scores


def _cells(score: ContractScore) -> list[str]:
    return [
        str(score["clips"]),
        str(score["speakers"]),
        number(score["uar"]) + (f" ({score['mark']})" if "mark" in score else ""),
        interval(score["uar_interval"]),
        number(score["accuracy"]),
        number(score["ece"]),
    ]
