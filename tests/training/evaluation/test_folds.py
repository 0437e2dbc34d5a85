"""Scores over folds: each one, their mean and spread, all of them pooled, and their table."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ser_train.errors import TrainingError
from ser_train.evaluation.bootstrap import bootstrap_uar
from ser_train.evaluation.folds import FoldPredictions, PooledScores, pool
from ser_train.reporting.fold_table import fold_table
from ser_train.splits import SHARED


def _predictions(name: str, truth: list[int], answers: list[int], corpus: str, speakers: list[str]) -> FoldPredictions:
    rows = np.full((len(truth), 2), np.nan)
    for row, answer in zip(rows, answers, strict=True):
        if answer >= 0:
            row[:] = 0.2
            row[answer] = 0.8
    return FoldPredictions(
        name=name,
        truth=np.array(truth),
        predicted=np.array(answers),
        speakers=speakers,
        corpora=[corpus] * len(truth),
        probabilities=rows,
    )


def _folds() -> list[FoldPredictions]:
    return [
        _predictions("fold 1 of 2", [0, 0, 1, 1], [0, 0, 1, -1], "alpha", ["a", "a", "b", "b"]),  # recalls 1 and 1/2
        _predictions("fold 2 of 2", [0, 0, 0, 1], [0, 1, 1, 1], "beta", ["c", "c", "c", "c"]),  # recalls 1/3 and 1
    ]


def test_figures_over_folds_by_hand() -> None:
    scores = pool(_folds(), ("angry", "sad"), "a protocol")
    assert [fold.uar for fold in scores.folds] == [0.75, pytest.approx(2 / 3, abs=1e-4)]
    assert scores.mean.uar == pytest.approx((3 / 4 + 2 / 3) / 2, abs=1e-4)
    assert scores.standard_deviation.uar == pytest.approx((3 / 4 - 2 / 3) / 2**0.5, abs=1e-4)
    assert scores.pooled.uar == pytest.approx((3 / 5 + 2 / 3) / 2, abs=1e-4)  # not the mean of the folds
    assert scores.pooled.confusion.counts == ((3, 2, 0), (0, 2, 1))
    assert (scores.pooled.clips, scores.pooled.speakers, scores.pooled.without_prediction) == (8, 3, 1)
    together = (np.array([0, 0, 1, 1, 0, 0, 0, 1]), np.array([0, 0, 1, -1, 0, 1, 1, 1]))
    interval = bootstrap_uar(*together, list("aabbcccc"), 2)
    assert scores.pooled.uar_interval == tuple(round(end, 4) for end in interval)
    assert scores.corpora["alpha"] == replace(scores.folds[0], name="alpha")
    assert scores.folds[1].uar_interval is None  # one speaker says nothing of others
    assert PooledScores.from_json(json.loads(json.dumps(scores.to_json(), allow_nan=False)), "folds") == scores
    silent = pool([_predictions("", [0, 1], [-1, -1], "alpha", ["a", "b"])], ("angry", "sad"), "a protocol")
    assert (silent.mean.uar, silent.mean.ece, silent.standard_deviation.uar) == (0.0, None, None)


def test_the_table_says_what_it_measures_beside_every_figure() -> None:
    table = fold_table(pool(_folds(), ("angry", "sad"), "a protocol"))
    assert table.startswith("Protocol: a protocol.\n\n| fold | clips |")
    assert "| mean ± standard deviation over folds | | | 0.708 ± 0.059 | |" in table
    assert "| pooled, beta | 4 | 1 | 0.667 |  | 0.500 |" in table
    assert "| mean over corpora | | | 0.708 | |" in table
    assert SHARED not in table
    shared = pool(_folds(), ("angry", "sad"), "a protocol", speakers_shared=True)
    rows = fold_table(shared).splitlines()[4:]
    assert len(rows) == 7
    assert all(row.endswith(f"| {SHARED} |") for row in rows)
    for block in (*shared.folds, shared.pooled, *shared.corpora.values()):
        assert SHARED in block.protocol


def test_the_mean_over_corpora_is_theirs_whatever_their_sizes() -> None:
    def fold(corpus: str, truth: list[int], answers: list[int]) -> FoldPredictions:
        return FoldPredictions(
            name=f"without {corpus}",
            truth=np.array(truth),
            predicted=np.array(answers),
            speakers=[f"{corpus}-{i % 2}" for i in range(len(truth))],
            corpora=[corpus] * len(truth),
            probabilities=np.eye(2)[answers],
        )

    large = fold("large", [0, 0, 0, 1, 1, 1], [0, 0, 0, 1, 0, 0])  # recalls 1 and 1/3
    small = fold("small", [0, 1], [1, 1])  # 0 and 1
    again = fold("small", [0, 1], [1, 1])
    scores = pool([large, small, again], ("angry", "sad"), "p")
    assert scores.mean.uar == pytest.approx((2 / 3 + 1 / 2 + 1 / 2) / 3, abs=1e-4)
    assert scores.mean_over_corpora.uar == pytest.approx((2 / 3 + 1 / 2) / 2, abs=1e-4)
    assert scores.corpora["small"].uar_interval is not None
    table = fold_table(scores)
    assert "| mean over corpora | | | 0.583 | |" in table
    assert "mean over corpora" not in fold_table(pool([large], ("angry", "sad"), "p"))


@pytest.mark.parametrize("name", ["ravdess", "emodb", "leave-one-corpus-out"])
def test_committed_folds_are_read_whole_and_give_their_table(name: str) -> None:
    path = Path(__file__).parents[3] / "docs" / "results" / f"{name}.folds.json"
    text = path.read_text(encoding="utf-8")
    scores = PooledScores.from_json(json.loads(text), name)
    assert json.dumps(scores.to_json(), indent=1) + "\n" == text
    assert fold_table(scores) == path.with_suffix(".md").read_text(encoding="utf-8")


def test_something_else_is_no_scores_of_folds() -> None:
    with pytest.raises(TrainingError, match="folds: `protocol` is missing"):
        PooledScores.from_json({"side": "test"}, "folds")
