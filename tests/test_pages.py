"""What the pages say is what the files carry: figures, speed, versions, licences."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ser_train.errors import TrainingError
from ser_train.reporting.scores_table import fill_figures, scores_table

import ser_live
from ser_live.classifier import Classifier, default_model

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _block(name: str) -> str:
    found = re.search(rf"<!-- {name}:[^>]*-->\n(.*?)<!-- end -->", README, re.DOTALL)
    assert found, name
    return found[1]


def test_figures_of_the_readme_are_the_models_own() -> None:
    contract = Classifier(default_model(), "cpu").contract
    assert _block("figures") == f"ser-live.onnx:\n\n{scores_table(contract.scores)}"
    assert {"validation", "test"} == {score["side"] for score in contract.scores}


def test_speed_of_the_readme_is_the_benchmarks_own() -> None:
    assert _block("speed") == (ROOT / "benchmarks" / "live.md").read_text(encoding="utf-8")


def test_card_carries_every_corpus_and_its_licence() -> None:
    contract = Classifier(default_model(), "cpu").contract
    card = (ROOT / "models" / "ser-live.md").read_text(encoding="utf-8")
    assert contract.training["corpora"]
    for corpus in contract.training["corpora"]:
        assert corpus["title"] in card
        assert corpus["licence"] in card
    assert scores_table(contract.scores) in card


def test_the_shipped_model_beats_a_human_listener_with_room() -> None:
    contract = Classifier(default_model(), "cpu").contract
    (score,) = [s for s in contract.scores if (s["side"], s["corpus"]) == ("test", "cremad")]
    assert score["uar"] >= 0.52
    assert score["speakers"] == 19
    assert score["clips"] == 1557


def test_version_stands_in_the_changelog() -> None:
    assert f"## {ser_live.__version__} " in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_tables_go_between_the_marks_only(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- figures: x -->\nold\n<!-- end -->\nb\n")
    fill_figures(page, "| new |\n")
    assert page.read_text() == "a\n<!-- figures: x -->\n| new |\n<!-- end -->\nb\n"
    page.write_text("nothing")
    with pytest.raises(TrainingError, match="has no marks"):
        fill_figures(page, "x")
