# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""The pages of the models: every figure from its file, nothing measured said to be missing, bars judged rightly."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_results import made_scores
from tiny_model import tiny_model

pytestmark = pytest.mark.train
pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

from ser_train.errors import TrainingError
from ser_train.evaluation.folds import FoldPredictions, pool
from ser_train.evaluation.robustness import condition_score
from ser_train.evaluation.scores import GroupScore
from ser_train.model_page import write_model_pages
from ser_train.model_page.bar import Bar
from ser_train.model_page.bars_table import bars_markdown, basis_markdown
from ser_train.model_page.files import BENCHMARK, COMMANDS, EMODB, LOCO, RAVDESS, SHIPPED, Files
from ser_train.model_page.goals import FOUR, bars
from ser_train.model_page.research import read_research, research_markdown
from ser_train.reporting.results import results_json


def _write(root: Path, name: str, content: Any) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(content if isinstance(content, str) else json.dumps(content))


def _page(root: Path, name: str = "model.md") -> str:
    write_model_pages(root, root / "docs" / "model.md")
    return (root / "docs" / name).read_text(encoding="utf-8")


def _pages(root: Path) -> str:
    """Write every page, and return their words with one space between them."""
    write_model_pages(root, root / "docs" / "model.md")
    return " ".join(" ".join(path.read_text(encoding="utf-8") for path in sorted(root.glob("docs/*.md"))).split())


def _folds(corpora: list[str], labels: Sequence[str], side: str = "test") -> dict[str, Any]:
    """A fold of each corpus: of eight clips of two speakers all right in the first, half of them in the others."""
    truth = np.arange(8) % len(labels)
    folds = [
        FoldPredictions(
            name=f"without {corpus}",
            truth=truth,
            predicted=truth if n == 0 else np.where(np.arange(8) < 4, truth, -1),
            speakers=[f"{corpus}-{i % 2}" for i in range(8)],
            corpora=[corpus] * 8,
            probabilities=np.eye(len(labels))[truth],
        )
        for n, corpus in enumerate(corpora)
    ]
    return pool(folds, labels, "a protocol", side=side).to_json()


def _results() -> dict[str, Any]:
    """A test of CREMA-D and of everything, worse under some of the conditions."""
    clean = made_scores(uar=0.6512, ece=0.05, protocol="test side of a split")
    under = {"telephone µ-law": 0.6312, "noise 10 dB": 0.5612, "room": 0.6, "gain +20 dB": 0.66, "gain -20 dB": 0.6462}
    robustness = [condition_score(clean, clean, "clean")]
    for name, uar in under.items():
        robustness.append(condition_score(replace(clean, uar=uar), clean, name, (0.1, 9.9)))
    cremad = made_scores(uar=0.6512, protocol="test side of a split")
    return results_json({"test": {"cremad": cremad, "pooled": replace(clean, robustness=tuple(robustness))}})


def test_what_no_file_holds_is_said_to_be_missing_with_its_command(tmp_path: Path) -> None:
    page = _pages(tmp_path)
    for command in COMMANDS.values():
        assert f"Not measured yet: `{command}`" in page or command == COMMANDS[BENCHMARK]
    assert "Not measured yet: 1, 2, 3, 4, 5" in page
    assert "Floors not reached: none" in page
    assert "No trial is written down yet" in page
    assert [path.name for path in (tmp_path / "docs").rglob("*.png")] == []
    assert all(bar.measured is None for bar in bars(Files(tmp_path)))


def test_bars_have_the_values_of_the_files(tmp_path: Path) -> None:
    _write(tmp_path, f"{SHIPPED}.json", _results())
    tiny_model(tmp_path / f"{SHIPPED}.onnx")
    predictions = {"ece": 0.0312, "predictions": 1234, "speakers": 3}
    _write(tmp_path, f"{SHIPPED}.streams.json", {"test": {"protocol": "p", "predictions": predictions}})
    _write(tmp_path, RAVDESS, _folds(["a", "b"], ["angry", "sad"]))
    _write(tmp_path, EMODB, _folds(["a", "b"], ["angry", "sad"], side="validation"))
    _write(tmp_path, LOCO, _folds(["cremad", "ravdess", "tess"], FOUR))
    _write(
        tmp_path,
        "benchmarks/live.md",
        "| what | measured | asked for |\n|---|---|---|\n"
        "| of it, features and model on one window, / the model alone | 1.8 / 1.2 ms | |\n"
        "| 5 minutes at `--speed max`, × real time, best and worst of three | 76 / 39 | ≥ 60 |\n",
    )
    found = {bar.what.split(":")[0].split(",")[0]: bar for bar in bars(Files(tmp_path)) if bar.measured is not None}
    measured = {what: (bar.measured, bar.reaches(bar.floor), bar.reaches(bar.goal)) for what, bar in found.items()}
    parameters = measured.pop("parameters of the shipped model")
    assert parameters[0] is not None
    assert 0 < parameters[0] < 0.1
    assert measured == {
        "CREMA-D": (0.6512, True, False),
        "RAVDESS": (0.75, True, True),  # the folds' 1 and 1/2
        "leave one corpus out over CREMA-D": (pytest.approx(2 / 3, abs=1e-4), True, True),
        "the shipped model under telephone band and µ-law": (2.0, True, True),  # at the bar is reached
        "the shipped model under noise at 10 dB": (9.0, True, False),
        "the shipped model under a simulated living room": (5.12, True, False),
        "the shipped model under gain of ±20 dB": (0.5, True, True),  # the worse of both
        "expected calibration error by clip": (0.05, True, False),
        "expected calibration error of the smoothed probabilities on streams": (0.0312, True, False),
        "computing of one window on one core": (1.8, True, True),
        "a file at `--speed max` on one core": (39.0, False, False),  # the worst of three
    }
    assert (
        "cremad 1.000 (8 clips, 2 speakers; 1.000 to 1.000); ravdess 0.500"
        in found["leave one corpus out over CREMA-D"].stands_on
    )


def test_folds_of_validation_or_of_other_labels_do_not_stand_for_the_bar(tmp_path: Path) -> None:
    _write(tmp_path, EMODB, _folds(["a"], ["angry", "sad"], side="validation"))
    _write(tmp_path, LOCO, _folds(["a", "b"], [*FOUR, "fear"]))
    assert all(bar.measured is None for bar in bars(Files(tmp_path)))
    assert "The validation side: the test is not opened yet." in _page(tmp_path, "research.md")


def _bar(measured: float | None, *, most: bool = False, **fields: Any) -> Bar:
    goal = 0.25 if most else 0.75
    given = {"what": "what it is", "name": "w", "unit": "UAR", "command": "a && b", **fields}
    return Bar(floor=0.5, goal=goal, most=most, measured=measured, **given)


def test_bars_that_are_not_reached_stand_in_plain_words() -> None:
    table = bars_markdown([_bar(0.4), _bar(0.6), _bar(0.8), _bar(None), _bar(0.6, most=True), _bar(0.2, most=True)])
    assert "Floors not reached: 1, 5. Goals not reached: 1, 2, 5. Not measured yet: 4." in table
    assert "| 1 | w | **0.400** UAR | ≥ 0.5 | ≥ 0.75 | **neither** |" in table
    assert "| 2 | w | **0.600** UAR | ≥ 0.5 | ≥ 0.75 | floor |" in table
    assert "| 4 | w | not measured yet | ≥ 0.5 | ≥ 0.75 | – |" in table
    assert "| 6 | w | **0.200** UAR | ≤ 0.5 | ≤ 0.25 | goal |" in table


def test_a_protocol_and_its_command_stand_once_below_the_lines_that_share_them() -> None:
    same = {"protocol": "the same clips", "stands_on": "8 clips"}
    text = basis_markdown([_bar(0.4, **same), _bar(0.5, command="other"), _bar(0.6, **same), _bar(None)])
    assert text == (
        "* 1, what it is: 0.400. 8 clips.\n* 3, what it is: 0.600. 8 clips.\n\n"
        "The same clips.\n\n```sh\na &&\nb\n```\n\n"
        "* 2, what it is: 0.500.\n\n```sh\nother\n```\n\n"
        "* 4, what it is: not measured yet.\n\n```sh\na &&\nb\n```\n"
    )


def test_pictures_are_small_and_the_page_shows_them(tmp_path: Path) -> None:
    _write(tmp_path, f"{SHIPPED}.json", _results())
    page = _page(tmp_path)
    assert _pages(tmp_path).count("points lost (0.1 to 9.9)") == 4  # telephone, noise, room, gain
    shown = re.findall(r"!\[[^]]*\]\((.*?)\)", page)
    assert shown == ["figures/ser-live.robustness.png", "figures/ser-live.reliability.png"]
    for name in shown:
        data = (tmp_path / "docs" / name).read_bytes()
        assert data.startswith(b"\x89PNG")
        assert len(data) < 150_000
    assert "| female | 2 | 1 | 1.000 | – |" in page
    assert "Worst of 3 speakers" in page


def test_how_sure_a_model_is_of_corpora_that_it_never_heard(tmp_path: Path) -> None:
    truth = np.zeros(8, np.int64)
    sure = [
        FoldPredictions(
            name=f"without {corpus}",
            truth=truth,
            predicted=said,
            speakers=["a", "b"] * 4,
            corpora=[corpus] * 8,
            probabilities=np.eye(4)[said],
        )
        for corpus, said in (("right", truth), ("half", np.arange(8) % 2))
    ]
    _write(tmp_path, LOCO, pool(sure, FOUR, "a protocol").to_json())
    page = _page(tmp_path)
    assert "The weakest is half, UAR 0.500." in " ".join(page.split())
    rows = [line for line in page.splitlines() if line.startswith(("| right |", "| half |"))]
    assert [row.split(" | ")[-2:] for row in rows] == [["1.00", "0.50 |"], ["1.00", "1.00 |"]]


@pytest.mark.parametrize(("name", "text"), [(RAVDESS, "{"), (LOCO, "[]"), (EMODB, '{"side": "test"}')])
def test_a_file_of_something_else_is_told_in_a_sentence(tmp_path: Path, name: str, text: str) -> None:
    _write(tmp_path, name, text)
    with pytest.raises(TrainingError, match="make it again, `"):
        _page(tmp_path)


TRIAL = """
[[trial]]
changed = "wider | deeper"
recipe = "r"
epochs = 3
seed = 1
uar = 0.5
verdict = "dropped"
"""


def test_the_research_log_is_a_table_of_figures_and_an_entry_a_trial(tmp_path: Path) -> None:
    path = tmp_path / "research.toml"
    first = TRIAL.replace("deeper", "much deeper than anything that was tried before, by far")
    path.write_text(f'protocol = "validation"\n{first}corpora = {{ made = 0.25 }}\nremark = "too slow"\n{TRIAL}')
    assert research_markdown(*read_research(path)).splitlines() == [
        "Validation.",
        "",
        "| | changed | verdict | UAR | made |",
        "|---|---|---|---|---|",
        "| 1 | wider \\| much deeper than anything that was … | dropped | 0.500 | 0.250 |",
        "| 2 | wider \\| deeper | dropped | 0.500 | – |",
        "",
        "Each trial, with what was learnt:",
        "",
        "1. Wider | much deeper than anything that was tried before, by far. Recipe: r; 3 epochs, seed 1. UAR 0.500, "
        "**dropped**. Too slow.",
        "2. Wider | deeper. Recipe: r; 3 epochs, seed 1. UAR 0.500, **dropped**.",
    ]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (TRIAL.replace("dropped", "droped"), "trial 1: `verdict` is 'droped'; did you mean `dropped`"),
        (TRIAL.replace("uar = 0.5", "uar = 50.0"), "trial 1: `uar` must be from 0 to 1"),
        (TRIAL.replace("seed", "sed"), "trial 1: `sed` is not a setting; did you mean `seed`"),
        (TRIAL + "corpora = { made = 51 }", "must be a table of UAR"),
        ("nothing = 1", "must hold `protocol`"),
    ],
)
def test_an_entry_that_is_not_understood_is_named(tmp_path: Path, entry: str, said: str) -> None:
    (tmp_path / "research.toml").write_text(f'protocol = "validation"\n{entry}')
    with pytest.raises(TrainingError, match=re.escape(said)):
        read_research(tmp_path / "research.toml")


def test_one_command_writes_pages_and_cards(tmp_path: Path) -> None:
    from ser_train.cli import app
    from typer.testing import CliRunner

    _write(tmp_path, f"{SHIPPED}.json", _results())
    tiny_model(tmp_path / f"{SHIPPED}.onnx", contract={"scores": []})
    said = CliRunner().invoke(
        app, ["model-page", "--root", str(tmp_path), "--out", str(tmp_path / "docs" / "model.md")]
    )
    assert said.exit_code == 0, said.exception
    pages = [tmp_path / "docs" / name for name in ("model.md", "streams.md", "vad.md", "research.md", "fairness.md")]
    written = [tmp_path / "models" / "ser-live.md", *pages]
    assert [str(path) for path in written] == said.stdout.splitlines()[:6]
    assert all(path.read_text().startswith("# ") for path in written)
    assert "## Robustness (test, all corpora)" in written[0].read_text()


def test_fairness_has_both_sides_of_every_group_and_the_gap(tmp_path: Path) -> None:
    test = made_scores(
        groups=(
            _of_group("female", 0.75, (0.7, 0.8)),
            _of_group("male", 0.65, (0.6, 0.7)),
            _of_group("not stated", 0.1, (0.0, 0.2)),
        )
    )
    validation = made_scores(groups=(_of_group("female", 0.5, None),))
    sides = {side: {"cremad": scores} for side, scores in (("validation", validation), ("test", test))}
    _write(tmp_path, f"{SHIPPED}.json", results_json(sides))
    _write(tmp_path, "docs/research.toml", f'protocol = "validation"\n{TRIAL}{TRIAL}gaps = {{ sex = 0.08 }}\n')
    page = _page(tmp_path, "fairness.md")
    assert "| female | 9 / 1 | 0.500 | – | 9 / 2 | 0.750 | 0.700 to 0.800 |" in page
    assert "| male | – | – | – | 9 / 2 | 0.650 | 0.600 to 0.700 |" in page
    assert "| cremad | test | 0.100 | 0.029 to 0.171 | female 0.750 (2) | male 0.650 (2) |" in page
    assert "Test: weakest male (0.650), strongest female (0.750), gap 0.100 (0.029 to 0.171)" in " ".join(page.split())
    assert page.count("Gaps: sex 0.080; UAR 0.500, **dropped**.") == 1
    assert (tmp_path / "docs" / "figures" / "ser-live.groups.png").read_bytes().startswith(b"\x89PNG")


def _of_group(value: str, uar: float, ends: tuple[float, float] | None) -> GroupScore:
    speakers = 1 if ends is None else 2
    return GroupScore(group="sex", value=value, clips=9, speakers=speakers, uar=uar, uar_interval=ends, accuracy=uar)
