# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""The command of the papers runs a tiny system on made sounds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from tiny_system import HEAD, tiny_ravdess, tiny_system

pytestmark = pytest.mark.train
torch: Any = pytest.importorskip("torch", reason="this test needs `ser-live[train]`")
pytest.importorskip("librosa", reason="this test needs `ser-live[train]`")

from ser_train.errors import TrainingError
from ser_train.papers.measure import PaperRequest, run_paper
from ser_train.papers.result_files import read_result
from ser_train.papers.results import SystemResult

from ser_live.classifier import Classifier


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A run of both protocols, with the file of its network."""
    root = tmp_path_factory.mktemp("paper")
    (root / "data").mkdir()
    paths = {
        "data": tiny_ravdess(root / "data"),
        "recipe": tiny_system(root),
        "out": root / "out",
        "cache": root / "cache",
    }
    paths["model"] = root / "tiny.onnx"
    _run(paths, seeds=(0, 1), folds=2, export=paths["model"])
    return paths


def _run(paths: dict[str, Path], **settings: Any) -> None:
    request = PaperRequest(
        system=str(paths["recipe"]),
        data=(paths["data"],),
        out=paths["out"],
        cache=paths["cache"],
        device=torch.device("cpu"),
        **settings,
    )
    run_paper(request, Console(quiet=True))


def _result(paths: dict[str, Path], protocol: str) -> SystemResult:
    result = read_result(paths["out"], "tiny", protocol)
    assert result is not None
    return result


def test_a_run_writes_scores_tables_and_a_picture(made: dict[str, Path]) -> None:
    for protocol, examples, folds in (("published", 96, 1), ("speaker-independent", 64, 2)):
        result = _result(made, protocol)
        assert (result.examples, result.published) == (examples, 0.5)
        assert [len(seed.folds) for seed in result.seeds] == [folds, folds]
        accuracies = [seed.accuracy for seed in result.seeds]
        assert result.accuracy.mean == pytest.approx(np.mean(accuracies))
        assert result.accuracy.deviation == pytest.approx(np.std(accuracies, ddof=1))
        assert np.sum(result.seeds[0].confusion.counts) == examples
        assert len(result.curves) == 3
        assert (made["out"] / "tiny" / f"{protocol}.png").read_bytes().startswith(b"\x89PNG")
        text = (made["out"] / "tiny" / f"{protocol}.md").read_text()
        assert "| accuracy | 0.500 |" in text
        assert "without SAVEE" in text


def test_the_random_protocol_says_that_speakers_are_shared_and_a_part_that_it_is_one(made: dict[str, Path]) -> None:
    assert "speakers shared: not a measure of new voices" in _result(made, "published").notes
    independent = _result(made, "speaker-independent")
    assert "2 of 6 folds are run" in independent.notes
    assert independent.speakers == 8
    assert independent.held == "validation"


def test_what_is_finished_is_taken_up_again(made: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    before = _result(made, "published")
    monkeypatch.setattr("ser_train.papers.run.fit_fold", lambda *rest: pytest.fail("fitted again"))
    _run(made, protocols=("published",), seeds=(0, 1), resume=True)
    assert _result(made, "published").seeds == before.seeds


def test_the_exported_network_carries_what_it_needs_and_how_it_was_measured(made: dict[str, Path]) -> None:
    classifier = Classifier(made["model"], "cpu")
    contract = classifier.contract
    assert contract.labels == ("angry", "calm", "disgust", "fear", "happy", "neutral", "sad", "surprise")
    assert contract.input.features.layout == "batch features"
    assert contract.training["corpora"][0]["licence"] == "CC BY-NC-SA 4.0"
    (score,) = contract.scores
    assert (score["clips"], score["speakers"]) == (32, 4)
    assert "not through the live path" in score["protocol"]
    assert "mark" not in score


def test_an_epoch_is_timed_and_nothing_is_measured(made: dict[str, Path], tmp_path: Path) -> None:
    _run(made | {"out": tmp_path}, protocols=("speaker-independent",), time=True)
    assert [path.name for path in (tmp_path / "tiny").iterdir()] == ["time.json"]
    known = json.loads((tmp_path / "tiny" / "time.json").read_text())["speaker-independent"]
    assert (known["epochs"], known["folds"], known["device"]) == (3, 6, "cpu")
    assert known["seconds_per_epoch"] >= 0


def test_a_corpus_that_is_missing_is_named(made: dict[str, Path], tmp_path: Path) -> None:
    head = HEAD.replace('corpora = ["ravdess", "savee"]', 'corpora = ["ravdess", "tess"]')
    with pytest.raises(TrainingError, match=r"needs TESS|needs Toronto"):
        _run(made | {"recipe": tiny_system(tmp_path, head)})


def test_a_system_that_would_choose_by_its_test_is_refused(made: dict[str, Path], tmp_path: Path) -> None:
    recipe = tiny_system(tmp_path, HEAD.replace('keep = "last"', 'keep = "best"'))
    with pytest.raises(TrainingError, match="would choose by its test"):
        _run(made | {"recipe": recipe}, protocols=("published",))


def test_an_unknown_protocol_is_refused(made: dict[str, Path]) -> None:
    with pytest.raises(TrainingError, match="it has published, speaker-independent"):
        _run(made, protocols=("honest",))
