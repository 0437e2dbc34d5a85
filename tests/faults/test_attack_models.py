"""Damaged models and contracts: they run, or are refused in one sentence."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from attack import numbers, survives
from hostile_models import hostile_model
from mutate import mutate_bytes, mutate_json, mutate_text
from program import run, write
from tiny_model import tiny_contract, tiny_model
from voices import voice

import ser_live
from ser_live.classifier import Classifier
from ser_live.contract import parse_contract

SPEECH = voice(1.2)


def use(path: Path) -> None:
    """Open a model and let it hear speech: what it says is probabilities."""
    for prediction in ser_live.analyze((SPEECH, 16_000), model=Classifier(path, "cpu")):
        shares = np.array(list(prediction.probabilities.values()))
        assert np.isfinite(shares).all()
        assert abs(shares.sum() - 1) < 1e-3


def test_damaged_graphs(tiny_path: Path, tmp_path: Path) -> None:
    datas = [tiny_path.read_bytes(), hostile_model(tmp_path / "h.onnx", "nan").read_bytes()]
    for number in numbers(0.1):
        with survives("damaged_graphs", number, __file__) as rng:
            data = bytearray(datas[number // 2 % 2])
            if number % 2:  # a single byte, so that most of these are still graphs
                data[rng.randrange(len(data))] = rng.randrange(256)
            else:
                data = bytearray(mutate_bytes(bytes(data), rng, datas))
            (tmp_path / "m.onnx").write_bytes(data)
            use(tmp_path / "m.onnx")


def test_damaged_contracts(tmp_path: Path) -> None:
    text = tiny_contract().to_json()
    for number in numbers(0.1):
        with survives("damaged_contracts", number, __file__) as rng:
            changed = mutate_json(text, rng)
            if number % 4 == 0:  # the graph fits what is asked for, at least in its frames
                use(tiny_model(tmp_path / "m.onnx", contract=changed, frames="frames"))
            else:
                use(tiny_model(tmp_path / "m.onnx", contract=changed))


def test_damaged_contract_texts() -> None:
    data = tiny_contract().to_json().encode()
    for number in numbers(0.05):
        with survives("damaged_contract_texts", number, __file__) as rng:
            parse_contract(mutate_text(data, rng).decode("utf-8", "replace"))


@pytest.mark.parametrize("what", ["graph", "contract"])
def test_the_program_on_a_damaged_model_says_one_sentence(what: str, tiny_path: Path, tmp_path: Path) -> None:
    talk, path = write(tmp_path / "talk.wav", SPEECH), tmp_path / "m.onnx"
    for number in numbers(0.004):
        rng = random.Random(number)
        if what == "graph":
            path.write_bytes(mutate_bytes(tiny_path.read_bytes(), rng))
        else:
            tiny_model(path, contract=mutate_json(tiny_contract().to_json(), rng))
        result = run("--model", path, "--file", talk, "--format", "jsonl")
        assert result.code in (0, 1), (number, result.err)
        assert len(result.err.splitlines()) == result.code, (number, result.err)
