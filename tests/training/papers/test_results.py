# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""Files of results are read and written back equal, and their tables are what the files say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.train
pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

from made_paper_results import made_result
from ser_train.errors import TrainingError
from ser_train.papers.measure import list_systems
from ser_train.papers.predictions import read_predictions
from ser_train.papers.report import result_markdown
from ser_train.papers.result_files import read_result, read_times, write_result, write_time
from ser_train.papers.results import Cost, SystemResult
from ser_train.papers.system import load_system, system_names
from ser_train.records import from_json, to_json

RESULTS = Path(__file__).parents[3] / "docs" / "results"
COMMITTED = [(name, protocol) for name in system_names() for protocol in load_system(name).protocols]


def test_committed_results_are_read_and_written_back_equal_and_make_the_committed_tables() -> None:
    count = 0
    for system, protocol in COMMITTED:
        result = read_result(RESULTS, system, protocol)
        if result is None:
            continue
        path = RESULTS / system / f"{protocol}.json"
        assert json.dumps(to_json(result), indent=1) + "\n" == path.read_text(encoding="utf-8"), path
        assert result_markdown(result) == path.with_suffix(".md").read_text(encoding="utf-8"), path
        count += 1
    assert count == len([path for path in RESULTS.glob("*/*.json") if path.name != "time.json"]) > 30


def test_committed_times_are_read_and_written_back_equal(tmp_path: Path) -> None:
    for path in RESULTS.glob("*/time.json"):
        for protocol, cost in read_times(RESULTS, path.parent.name).items():
            again = write_time(tmp_path, path.parent.name, protocol, cost)
        assert again.read_bytes() == path.read_bytes(), path


def test_what_is_written_is_read_equal(tmp_path: Path) -> None:
    result = made_result("d-gru", "published", 0.8)
    written = write_result(result, tmp_path)
    assert [path.name for path in written] == ["published.json", "published.md", "published.png"]
    assert read_result(tmp_path, "d-gru", "published") == result
    assert written[2].read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda value: value.pop("seeds"), "the results: `seeds` is missing"),
        (lambda value: value.update(rouws=3), "the results: `rouws` is not known"),
        (lambda value: value.update(rows="8"), "`rows` must be a whole number, not '8'"),
        (lambda value: value.update(metric="loss"), "`metric` must be one of accuracy, uar, weighted_f1, not 'loss'"),
        (lambda value: value["seeds"][0].update(folds={}), "`folds` must be an array, not {}"),
        (lambda value: value.update(cost=None), "`cost` must be a JSON object, not None"),
    ],
)
def test_what_is_no_result_is_refused_in_a_sentence(change: object, message: str) -> None:
    value = to_json(made_result("d-gru", "published", 0.8))
    change(value)  # type: ignore[operator]
    with pytest.raises(TrainingError, match=message):
        from_json(SystemResult, value, "the results")


@pytest.mark.parametrize("text", ["{}", "[]", "no JSON"])
def test_files_that_hold_something_else_are_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "d-gru").mkdir()
    for name in ("published.json", "time.json"):
        (tmp_path / "d-gru" / name).write_text(text)
    with pytest.raises(TrainingError, match=r"published\.json holds no results"):
        read_result(tmp_path, "d-gru", "published")
    if text != "{}":
        with pytest.raises(TrainingError, match=r"time\.json holds no times"):
            read_times(tmp_path, "d-gru")
    with pytest.raises(TrainingError, match="holds no finished fold"):
        read_predictions(tmp_path / "d-gru" / "time.json")


def test_a_time_is_written_beside_that_of_the_other_protocol(tmp_path: Path) -> None:
    cost = Cost(seconds_per_epoch=36.0, epochs=50, folds=6, device="cpu")
    for protocol in ("published", "speaker-independent"):
        write_time(tmp_path, "d-gru", protocol, cost)
    assert read_times(tmp_path, "d-gru") == {"published": cost, "speaker-independent": cost}


def test_results_that_cannot_be_written_say_so(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(TrainingError, match=r"cannot be written: .*: choose another --out"):
        write_result(made_result("d-gru", "published", 0.8), tmp_path / "out")


def test_tables_show_what_is_measured() -> None:
    text = result_markdown(made_result("d-gru", "published", 0.8))
    assert "| accuracy | 0.765 | 0.800 ± 0.010 | 0.250 to 0.625 |" in text
    assert "| weighted F1 | – | 0.800 ± 0.010 | – |" in text
    assert "| sad | 2 | – | 0.000 | 0.000 |" in text
    assert "* without SAVEE" in text


def test_systems_are_listed_with_their_scores(tmp_path: Path) -> None:
    write_result(made_result("d-gru", "published", 0.8), tmp_path)
    lines = list_systems(tmp_path)
    (line,) = [line for line in lines if line.startswith("d-gru:")]
    assert "published 0.7651" in line
    assert "published protocol 0.800 ± 0.010; speaker-independent protocol not run" in line
    assert len(lines) == len(system_names())
