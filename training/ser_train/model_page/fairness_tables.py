"""Tables of `docs/fairness.md`: validation and test side by side, and the gaps between groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ser_train.evaluation.gap import gap
from ser_train.evaluation.scores import ClipScores, ConditionScore, GroupScore
from ser_train.model_page.files import Files
from ser_train.reporting.table import interval, markdown_table, number

__all__ = ["CORPORA", "KINDS", "SIDES", "conditions_table", "corpora_table", "gaps_table", "groups_table", "sides"]

SIDES = ("validation", "test")
CORPORA = ("cremad", "ravdess", "emodb", "pooled")
KINDS = ("sex", "age", "ethnicity")

Score = ClipScores | GroupScore | ConditionScore
_COLUMNS = tuple(f"{side}{column}" for side in SIDES for column in (", clips / speakers", " UAR", " 95 %"))


def sides(files: Files, model: str, corpus: str) -> dict[str, ClipScores]:
    """Return a model's scores of one corpus, of the sides that are measured; none of one corpus pooled."""
    found = {side: files.scores(model, side, corpus) for side in SIDES}
    alone = corpus == "pooled" and len([c for c in CORPORA if any(files.scores(model, s, c) for s in SIDES)]) == 2
    return {} if alone else {side: scores for side, scores in found.items() if scores is not None}


def _cells(scores: Sequence[Score | None]) -> list[str]:
    """Return clips and speakers, recall and interval of each side."""
    cells: list[str] = []
    for score in scores:
        basis = "–" if score is None else f"{score.clips:,} / {score.speakers}"
        cells += (basis, "–", "–") if score is None else (basis, number(score.uar), interval(score.uar_interval))
    return cells


def _side_by_side(what: str, named: Mapping[str, Mapping[str, Score]]) -> str:
    """Return a table with a row for each name; `named` holds the scores of each side by name."""
    names = dict.fromkeys(name for scores in named.values() for name in scores)
    rows = [[name, *_cells([named.get(side, {}).get(name) for side in SIDES])] for name in names]
    return markdown_table((what, *_COLUMNS), rows)


def groups_table(files: Files, model: str, corpus: str) -> str:
    """Return every group of one corpus; empty where none is stated."""
    named = {
        side: {_name(score): score for score in scores.groups} for side, scores in sides(files, model, corpus).items()
    }
    return _side_by_side(corpus, named) if any(named.values()) else ""


def _name(score: GroupScore) -> str:
    return f"{score.group} {score.value}" if score.value == "not stated" else score.value


def corpora_table(files: Files, model: str) -> str:
    """Return every corpus."""
    by_side: dict[str, dict[str, Score]] = {side: {} for side in SIDES}
    for corpus in CORPORA:
        for side, scores in sides(files, model, corpus).items():
            by_side[side][corpus] = scores
    return _side_by_side("corpus", by_side)


def conditions_table(files: Files, model: str, corpus: str) -> str:
    """Return every test condition of one corpus; empty where none is measured."""
    named = {
        side: {score.condition: score for score in scores.robustness}
        for side, scores in sides(files, model, corpus).items()
    }
    return _side_by_side(corpus, named) if any(named.values()) else ""


def gaps_table(files: Files, model: str, kind: str) -> str:
    """Return the gap of one kind of group, of every corpus and side; empty where there is none."""
    rows = []
    for corpus in CORPORA:
        for side, scores in sides(files, model, corpus).items():
            found = gap(scores.groups, kind)
            if found is not None:
                best, worst = (
                    f"{_name(group)} {group.uar:.3f} ({group.speakers})" for group in (found.best, found.worst)
                )
                rows.append([corpus, side, f"{found.size:.3f}", interval(found.ends), best, worst])
    header = (f"by {kind}", "side", "gap", "95 %", "best (speakers)", "worst (speakers)")
    return markdown_table(header, rows) if rows else ""
