# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""Figures of the papers' rows by hand, their tables, the list and the page: every figure from its file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.train
pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

from ser_train.commands.paper import list_rows
from ser_train.errors import TrainingError
from ser_train.papers.metrics import METRICS, figures, grouped, intervals, spread
from ser_train.papers.page import PAPERS, RESULTS, TEXTS, write_papers_page
from ser_train.papers.report import row_markdown, write_result
from ser_train.papers.system import load_row, row_names

ROOT = Path(__file__).parents[3]
LABELS = ("angry", "happy", "sad")
TRUTH = np.array([0, 0, 0, 0, 1, 1, 2, 2])
SAID = np.array([0, 0, 0, 1, 1, 1, 0, 1])


def test_figures_are_those_worked_by_hand() -> None:
    found = figures(TRUTH, SAID, LABELS)
    assert found["accuracy"] == 5 / 8
    assert found["uar"] == pytest.approx((3 / 4 + 1 + 0) / 3)
    assert found["weighted_f1"] == pytest.approx((4 * 6 / 8 + 2 * 4 / 6 + 2 * 0) / 8)
    assert found["confusion"]["counts"] == [[3, 1, 0], [0, 2, 0], [1, 1, 0]]
    angry, happy, sad = found["per_label"]
    assert (angry["precision"], angry["recall"], angry["f1"], angry["rows"]) == (3 / 4, 3 / 4, 0.75, 4)
    assert (happy["precision"], happy["recall"]) == (0.5, 1.0)
    assert (sad["precision"], sad["recall"], sad["f1"]) == (None, 0.0, 0.0)


def test_a_label_that_nobody_says_has_no_recall_and_is_left_out_of_the_mean() -> None:
    found = figures(np.array([0, 1]), np.array([0, 2]), LABELS)
    assert found["per_label"][2]["recall"] is None
    assert found["uar"] == 0.5


def test_groups_of_labels_have_their_own_accuracy() -> None:
    found = grouped(TRUTH, SAID, LABELS, {"strong": ("angry", "sad"), "others": ("happy",)})
    assert found == {"strong": {"rows": 6, "accuracy": 0.5}, "others": {"rows": 2, "accuracy": 1.0}}
    assert grouped(TRUTH[:4], SAID[:4], LABELS, {"others": ("happy",)}) == {}


def test_one_seed_has_no_deviation() -> None:
    assert spread([0.5]) == {"mean": 0.5, "deviation": None}
    assert spread([0.5, 0.7]) == {"mean": pytest.approx(0.6), "deviation": pytest.approx(0.1 * 2**0.5)}


def test_intervals_are_over_speakers_and_a_single_one_has_none() -> None:
    speakers = ["ann"] * 4 + ["bob"] * 4  # three of four right, two of four
    found = intervals(TRUTH, SAID, speakers, len(LABELS))
    assert found["accuracy"] == [0.5, 0.75]
    assert found["uar"] == [0.5, 0.75]  # bob alone: 1 and 0 of happy and sad; ann alone: 0.75 of angry
    assert intervals(TRUTH, SAID, ["ann"] * 8, len(LABELS)) == {}


def _result(row: str, protocol: str, accuracy: float, *, folds: int = 1, of: int = 1) -> dict[str, Any]:
    fold = {"fold": "", "train_rows": 100, "train_clips": 50, "rows": 8, "epochs": 2, "kept": 2, "seconds": 3.0}
    fold |= dict.fromkeys(METRICS, accuracy)
    seed = {"seed": 0, **figures(TRUTH, SAID, LABELS), "corpora": {"ravdess": fold}, "groups": {}}
    epoch = {"epoch": 1.0, "loss": 1.0, "accuracy": 0.4, "held_loss": 1.1, "held_accuracy": 0.3}
    return {
        "row": row,
        "paper": "D",
        "title": "a title",
        "protocol": protocol,
        "text": "how it was divided",
        "published": load_row(row).published,
        "metric": "accuracy",
        "clips": 1234,
        "speakers": 24,
        "rows": 8,
        **{name: {"mean": accuracy, "deviation": 0.01} for name in METRICS},
        "intervals": {"accuracy": [0.25, 0.625], "uar": [0.2, 0.7]},
        "seeds": [seed | {"folds": [fold] * folds}] * 2,
        "curves": [epoch, epoch | {"epoch": 2.0}],
        "held": "test",
        "cost": {"seconds_per_epoch": 36.0, "epochs": 50, "folds": of, "device": "cpu"},
        "notes": ["without SAVEE, which is not at hand"],
        "commit": "abc",
    }


def _root(folder: Path, *found: dict[str, Any]) -> Path:
    (folder / "docs").mkdir()
    (folder / TEXTS).write_bytes((ROOT / TEXTS).read_bytes())
    for one in found:
        write_result(one, folder / RESULTS)
    return folder


def _page(root: Path) -> str:
    return write_papers_page(root, root / "docs" / "papers.md").read_text(encoding="utf-8")


def _line(page: str, start: str) -> str:
    return next(line for line in page.splitlines() if line.startswith(start))


def test_the_committed_page_is_what_the_committed_results_give(tmp_path: Path) -> None:
    again = write_papers_page(ROOT, tmp_path / "papers.md")
    assert again.read_text(encoding="utf-8") == (ROOT / "docs" / "papers.md").read_text(encoding="utf-8"), (
        "run: ser-train papers-page --out docs/papers.md"
    )


def test_every_row_stands_in_the_table_and_what_is_not_run_is_said_with_its_command(tmp_path: Path) -> None:
    page = _page(_root(tmp_path))
    for name in row_names():
        row = load_row(name)
        assert "not run" in _line(page, f"| {name} |")
        for protocol in row.protocols:
            assert f"| {name} | {protocol} | nothing | not timed | `ser-train paper {name} --data DATA" in page
    assert "{" not in page


def test_figures_stand_beside_the_published_ones_and_their_difference(tmp_path: Path) -> None:
    root = _root(
        tmp_path,
        _result("d-gru", "published", 0.8),
        _result("d-gru", "speaker-independent", 0.45, folds=6, of=6),
        _result("d-cnn1", "published", 0.6, folds=1, of=1),
    )
    page = _page(root)
    gru = _line(page, "| d-gru |")
    assert "[0.800 ± 0.010](results/d-gru/published.md)" in gru
    assert "(0.250 to 0.625, 1,234 clips, 24 speakers, 2 seeds, without SAVEE)" in gru
    assert "| reached |" in gru
    assert gru.endswith("| 35.0 points |")
    assert "| 2.8 points under |" in _line(page, "| d-cnn1 |")
    assert "![d-gru, published](results/d-gru/published.png)" in page
    assert "![every row](figures/papers.png)" in page
    assert (root / "docs" / "figures" / "papers.png").read_bytes().startswith(b"\x89PNG")
    assert "`ser-train paper d-gru" not in page
    assert "0.600 ± 0.010 here and the last 0.800 ± 0.010" in " ".join(page.split())


def test_a_run_of_some_folds_says_so_and_how_long_the_rest_takes(tmp_path: Path) -> None:
    root = _root(tmp_path, _result("d-gru", "speaker-independent", 0.45, folds=2, of=6))
    (root / RESULTS / "d-gru" / "time.json").write_text(
        json.dumps({"published": {"seconds_per_epoch": 72.0, "epochs": 50, "folds": 1, "device": "cpu"}})
    )
    page = _page(root)
    assert "2 of 6 folds" in _line(page, "| d-gru | D-act")
    assert "| 2 of 6 folds | at most 2.0 (36 s an epoch, cpu) |" in _line(page, "| d-gru | speaker-independent |")
    assert "| nothing | at most 1.0 (72 s an epoch, cpu) |" in _line(page, "| d-gru | published |")


def test_texts_that_name_a_row_that_is_not_there_are_refused(tmp_path: Path) -> None:
    root = _root(tmp_path)
    (root / TEXTS).write_text('intro = "{d-gro.published}"')
    with pytest.raises(TrainingError, match="did you mean `d-gru`"):
        _page(root)


def test_results_that_are_none_are_refused(tmp_path: Path) -> None:
    root = _root(tmp_path)
    (root / RESULTS / "d-gru").mkdir(parents=True)
    (root / RESULTS / "d-gru" / "published.json").write_text("{}")
    with pytest.raises(TrainingError, match="holds no results"):
        _page(root)


def test_tables_show_what_is_measured() -> None:
    text = row_markdown(_result("d-gru", "published", 0.8))
    assert "| accuracy | 0.765 | 0.800 ± 0.010 | 0.250 to 0.625 |" in text
    assert "| weighted F1 | – | 0.800 ± 0.010 | – |" in text
    assert "| sad | 2 | – | 0.000 | 0.000 |" in text
    assert "* without SAVEE" in text


def test_rows_are_listed_with_their_figures(tmp_path: Path) -> None:
    write_result(_result("d-gru", "published", 0.8), tmp_path)
    lines = list_rows(tmp_path)
    (line,) = [line for line in lines if line.startswith("d-gru:")]
    assert "published 0.7651" in line
    assert "published protocol 0.800 ± 0.010; speaker-independent protocol not run" in line
    assert len(lines) == len(row_names())
    assert {line.split("paper ")[1][0] for line in lines} <= set(PAPERS)
