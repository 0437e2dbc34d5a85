"""What the pages say is what the files carry: scores, speed, versions, licences."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ser_train.errors import TrainingError
from ser_train.reporting.scores_table import fill_figures, report_tables, scores_table

import ser_live
from ser_live.classifier import Classifier, default_model

ROOT = Path(__file__).parent.parent


def _block(page: str, name: str) -> str:
    found = re.search(rf"<!-- {name}:[^>]*-->\n(.*?)<!-- end -->", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    assert found, name
    return found[1]


@pytest.mark.parametrize(
    "name", ["docs/model.md", "docs/streams.md", "docs/vad.md", "docs/research.md", "docs/fairness.md"]
)
def test_a_page_of_the_models_is_for_a_person_to_read(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    code = [line for block in "\n".join(lines).split("```")[1::2] for line in block.splitlines()]
    prose = [line for line in lines if not line.startswith(("|", "!")) and line not in code]
    assert max(map(len, prose)) <= 120
    assert max(map(len, lines)) <= 130  # cells are short
    assert len(lines) < 120 or name != "docs/model.md"


def test_a_report_of_one_side_has_no_other_and_refuses_a_side_that_is_not_there() -> None:
    contract = Classifier(default_model(), "cpu").contract
    assert {"validation", "test"} == {score["side"] for score in contract.scores}
    of_validation = [score for score in contract.scores if score["side"] == "validation"]
    assert report_tables([default_model()], "validation") == f"ser-live.onnx:\n\n{scores_table(of_validation)}"
    with pytest.raises(TrainingError, match="holds no scores of the side train, it has validation, test"):
        report_tables([default_model()], "train")


def test_speed_on_its_page_is_the_benchmarks_own() -> None:
    assert _block("docs/performance.md", "speed") == (ROOT / "benchmarks" / "live.md").read_text(encoding="utf-8")


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
