# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""Files of results: read whole, refused in a sentence, and their tables."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from made_results import made_scores
from tiny_model import tiny_contract

pytestmark = pytest.mark.train
pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

from ser_train.errors import TrainingError
from ser_train.export.contract import read_contract
from ser_train.reporting.evaluation_tables import evaluation_tables
from ser_train.reporting.results import contract_scores, measured_contract, read_results, results_json
from ser_train.reporting.scores_table import compare_table, report_tables
from ser_train.reporting.table import markdown
from ser_train.splits import SHARED


@pytest.mark.parametrize("name", ["ser-live", "ser-live-crema"])
def test_committed_results_are_read_whole_and_are_those_of_the_contract(name: str) -> None:
    root = Path(__file__).parents[3] / "models"
    results = read_results(root / f"{name}.json")
    sides = json.loads((root / f"{name}.json").read_text())
    for scores in (scores for corpora in sides.values() for scores in corpora.values()):
        for condition in scores.get("robustness", ()):
            condition.setdefault("loss_interval", None)  # they are older than the key
    assert results_json(results) == sides
    contract = read_contract(root / f"{name}.onnx")
    assert compare_table({"a": contract_scores(results)}) == compare_table({"a": contract.scores})


def test_validation_chooses_the_contracts_abstention() -> None:
    scores = {"pooled": made_scores(abstention_at_coverage=0.25)}
    contract = tiny_contract(abstention=0.5)
    measured = measured_contract(contract, {"validation": scores, "test": {"pooled": made_scores()}})
    assert measured.abstention == 0.25
    assert [(score["side"], score["corpus"]) for score in measured.scores] == [
        ("validation", "pooled"),
        ("test", "pooled"),
    ]
    assert measured_contract(contract, {"test": scores}).abstention == 0.5


def test_results_of_an_earlier_version_are_refused_in_a_sentence(tmp_path: Path) -> None:
    values = made_scores().to_json()
    old = {key: values[key] for key in ("protocol", "clips", "speakers", "uar", "uar_interval", "accuracy", "ece")}
    (tmp_path / "m.json").write_text(json.dumps({"validation": {"made": old, "pooled": old}}))
    with pytest.raises(TrainingError, match=r"m.json holds no results of an evaluation \(validation made: .* missing"):
        read_results(tmp_path / "m.json")


@pytest.mark.parametrize("text", ["", "[]", "{}x", '{"validation": {"pooled": {}}}', '{"validation": 1}'])
def test_a_file_without_results_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.json").write_text(text)
    with pytest.raises(TrainingError, match="holds no results"):
        report_tables([tmp_path / "r.json"])


def test_every_table_says_how_many_clips_and_speakers_it_stands_on() -> None:
    shared = made_scores(speakers_shared=True)
    tables = evaluation_tables(shared)
    assert {table.title for table in tables} >= {"Each label", "Confusion matrix", "Groups of speakers", "Each speaker"}
    for table in tables:
        assert "6 clips of 3 speakers" in table.caption
        assert SHARED.capitalize() in table.caption
        assert {len(cells) for cells in table.rows} == {len(table.header)}
        lines = markdown(table).splitlines()
        assert lines[3] == "|" + "---|" * len(table.header)
        assert len(lines) == 4 + len(table.rows)
