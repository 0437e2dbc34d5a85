# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""The file of the scores of streams: the committed one is read and written back byte for byte."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.train
pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

from ser_train.errors import TrainingError
from ser_train.files import write_json
from ser_train.streams.score_file import StreamScores

FILE = Path(__file__).parents[3] / "models" / "ser-live.streams.json"


def test_the_committed_scores_are_written_back_byte_for_byte(tmp_path: Path) -> None:
    scores = StreamScores.from_json(json.loads(FILE.read_text(encoding="utf-8")), FILE.name)
    assert scores.search is not None
    assert scores.test is not None
    assert scores.test.origin.model == "ser-live.onnx"
    assert len(scores.search.tried) == 70
    write_json(tmp_path / "again.json", scores.to_json())
    assert (tmp_path / "again.json").read_bytes() == FILE.read_bytes()


def test_parts_that_are_not_there_are_left_out() -> None:
    values = json.loads(FILE.read_text(encoding="utf-8"))
    for name in values:
        assert StreamScores.from_json({name: values[name]}, "f").to_json() == {name: values[name]}
    assert StreamScores.from_json({}, "f").to_json() == {}


def test_a_damaged_file_is_told_with_the_place() -> None:
    values = json.loads(FILE.read_text(encoding="utf-8"))
    damaged = copy.deepcopy(values)
    del damaged["test"]["delay"]["screen"]["all"]["within_1.5"]
    with pytest.raises(TrainingError, match=r"f: `test`: `delay`: `screen`: `all`: `within_1\.5` is missing"):
        StreamScores.from_json(damaged, "f")
    with pytest.raises(
        TrainingError, match="f: `train` is not known: take it away, or make it again with `ser-train streams`"
    ):
        StreamScores.from_json({"train": {}}, "f")
