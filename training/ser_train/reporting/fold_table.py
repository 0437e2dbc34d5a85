"""The table of scores over folds."""

from __future__ import annotations

from ser_train.evaluation.folds import Averages, FoldScores, PooledScores
from ser_train.reporting.table import markdown_table
from ser_train.splits import SHARED

__all__ = ["fold_table"]

_HEADER = ("fold", "clips", "speakers", "UAR", "95 % over speakers", "accuracy", "ECE", "measures")


def fold_table(scores: PooledScores) -> str:
    """Return the Markdown table of all folds, with its protocol above it and what it measures in every row."""
    measures = SHARED if scores.speakers_shared else "new voices"
    several = len(scores.corpora) > 1
    spread = _averages_row("mean ± standard deviation over folds", scores.mean, scores.standard_deviation)
    rows = [
        *[_row(fold.name, fold) for fold in scores.folds],
        spread,
        _row("pooled", scores.pooled),
        *[_row(f"pooled, {name}", corpus) for name, corpus in scores.corpora.items() if several],
        *([_averages_row("mean over corpora", scores.mean_over_corpora)] if several else []),
    ]
    table = markdown_table(_HEADER, [[*row, measures] for row in rows])
    return f"Protocol: {scores.protocol}.\n\n{table}"


def _row(name: str, scores: FoldScores) -> list[str | None]:
    return [
        name,
        f"{scores.clips:,}",
        str(scores.speakers),
        f"{scores.uar:.3f}",
        "" if scores.uar_interval is None else "{:.3f} to {:.3f}".format(*scores.uar_interval),
        f"{scores.accuracy:.3f}",
        "" if scores.ece is None else f"{scores.ece:.3f}",
    ]


def _averages_row(name: str, mean: Averages, deviation: Averages | None = None) -> list[str | None]:
    spread = deviation or Averages(uar=None, accuracy=None, ece=None)
    return [
        name,
        None,
        None,
        _spread(mean.uar, spread.uar),
        None,
        _spread(mean.accuracy, spread.accuracy),
        _spread(mean.ece, spread.ece),
    ]


def _spread(mean: float | None, deviation: float | None) -> str:
    if mean is None:
        return ""
    return f"{mean:.3f}" if deviation is None else f"{mean:.3f} ± {deviation:.3f}"
