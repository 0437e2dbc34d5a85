"""What the attack found, each as a case made by code."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from program import ROOT, kinds, run

import ser_live
from ser_live.classifier import Classifier
from ser_live.errors import SerLiveError


def test_a_stated_error_is_one_short_line_whatever_it_quotes() -> None:
    assert str(SerLiveError("a\nb\x0b\u2028c: do this")) == "a b  c: do this"
    long = str(SerLiveError("x" * 10**6 + ": do this"))
    assert len(long) < 1000
    assert long.endswith(": do this")


@pytest.mark.train
@pytest.mark.parametrize("age", ["9" * 5000, "9" * 4])
def test_a_number_of_thousands_of_digits_is_no_age(age: str, tmp_path: Path) -> None:
    from ser_train.corpora.manifest import read_manifest
    from ser_train.errors import TrainingError

    (tmp_path / "m.csv").write_text(f"path,label,speaker,age\na.wav,angry,x,{age}\n")
    with pytest.raises(TrainingError, match="the age"):
        read_manifest(tmp_path / "m.csv")


@pytest.mark.train
@pytest.mark.parametrize("value", ["9" * 5000, "[" * 5000])
def test_a_recipe_that_the_reader_of_toml_cannot_take_is_refused(value: str, tmp_path: Path) -> None:
    from ser_train.errors import TrainingError
    from ser_train.fitting.recipe import load_recipe

    (tmp_path / "r.toml").write_text(f"epochs = {value}\n")
    with pytest.raises(TrainingError, match="cannot be read"):
        load_recipe(str(tmp_path / "r.toml"))


@pytest.mark.parametrize("shape", [(0,), (0, 1), (0, 2)])
def test_no_samples_give_no_predictions(shape: tuple[int, ...], tiny: Classifier) -> None:
    assert ser_live.analyze((np.zeros(shape, np.float32), 16_000), model=tiny) == []


@pytest.mark.skipif(os.name == "nt", reason="limits of Unix")
@pytest.mark.parametrize("limit", [0, 1, 60, 100])
def test_an_output_that_fails_at_once_harms_no_output_that_is_opened_after_it(
    limit: int, tiny_path: Path, tmp_path: Path
) -> None:
    names = ["a.vtt", "a.csv", "a.jsonl", "a.txt", "a.srt", "a.eaf"]  # the first two write when they are opened
    out = [word for name in names for word in ("--out", tmp_path / name)]
    call = ROOT / "examples" / "call.wav"
    result = run("--model", tiny_path, "--file", call, "--format", "jsonl", *out, limit=limit)
    assert result.code == 1
    assert [line for line in result.err.splitlines() if not line.startswith("ser-live: ")] == []
    assert (kinds(result.records)[0], kinds(result.records)[-1]) == ("session", "summary")
