# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""Figures of fewer labels than a model has: known answers, and where they may stand."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from made_results import clip, predicted
from rich.console import Console
from stub_conditions import muted
from tiny_model import SIX, tiny_model
from voices import voice

pytestmark = pytest.mark.train
pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

from ser_train.commands.evaluate import evaluate
from ser_train.corpora.labels import chosen_labels, label_map, map_to
from ser_train.errors import TrainingError
from ser_train.evaluation.evaluate import fold_predictions, predict_side, score_side
from ser_train.evaluation.inference import ClipPredictions, restrict_predictions, restriction
from ser_train.export.to_onnx import read_contract
from ser_train.fitting.recipe import load_recipe, plain_recipe, stated_recipe
from ser_train.reporting.results import read_results

FOUR = ("angry", "happy", "neutral", "sad")
RATE = 16_000


def _quiet() -> Console:
    return Console(file=io.StringIO(), width=200)


def test_each_window_is_restricted_before_the_verdict_is_averaged() -> None:
    # angry, disgust, fear, happy, neutral, sad; the first window is nearly all disgust
    first, second = (0.06, 0.90, 0.00, 0.02, 0.01, 0.01), (0.10, 0.10, 0.00, 0.60, 0.10, 0.10)
    one = ClipPredictions(
        verdict=np.average([first, second], axis=0, weights=[3, 1]),
        probabilities=np.array([first, second]),
        speech=np.array([3.0, 1.0]),
        smoothed=[0.9, 0.6],
    )
    (said,) = restrict_predictions([one], SIX, FOUR)
    np.testing.assert_allclose(said.probabilities[0], [0.6, 0.2, 0.1, 0.1])
    np.testing.assert_allclose(said.probabilities[1], [1 / 9, 6 / 9, 1 / 9, 1 / 9])
    assert said.verdict is not None
    np.testing.assert_allclose(said.verdict, [(3 * 0.6 + 1 / 9) / 4, (3 * 0.2 + 6 / 9) / 4, *[(0.3 + 1 / 9) / 4] * 2])
    assert FOUR[said.verdict.argmax()] == "angry"  # the six-class verdict, cut down afterwards, says happy
    assert one.verdict is not None
    assert FOUR[one.verdict[[0, 3, 4, 5]].argmax()] == "happy"
    assert said.smoothed == []


def test_no_verdict_stays_none_and_a_window_without_any_of_the_labels_says_nothing_of_them() -> None:
    nothing, elsewhere = restrict_predictions(
        [predicted(labels=6), predicted((0.0, 0.5, 0.5, 0.0, 0.0, 0.0))], SIX, FOUR
    )
    assert nothing.verdict is None
    assert nothing.probabilities.shape == (0, 4)
    np.testing.assert_allclose(elsewhere.probabilities, [[0.25] * 4])


def test_all_labels_change_nothing() -> None:
    said = [predicted((0.1, 0.2, 0.3, 0.1, 0.2, 0.1))]
    assert restrict_predictions(said, SIX, SIX) == said
    assert restriction(SIX, SIX) == ""


def test_labels_stand_in_the_models_order_and_wrong_ones_are_refused() -> None:
    assert chosen_labels(["sad", "happy", "angry"], SIX) == ("angry", "happy", "sad")
    assert chosen_labels([], SIX) == SIX
    with pytest.raises(TrainingError, match="did you mean `happy`"):
        chosen_labels(["hapy", "sad"], SIX)
    for wrong in (["sad"], ["sad", "sad"]):
        with pytest.raises(TrainingError, match="two or more, each once"):
            chosen_labels(wrong, SIX)


def test_calm_still_counts_as_neutral_and_fear_as_nothing() -> None:
    words = map_to(label_map("six"), FOUR)
    assert words.labels == FOUR
    assert words.of("calm") == "neutral"
    assert words.of("fear") is None


# Through the pipeline


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """Angry, fear and sad, each by two speakers."""
    folder = tmp_path_factory.mktemp("voices")
    clips = []
    for n in range(2):
        for k, label in enumerate(("angry", "fear", "sad")):
            path = folder / f"{n}-{label}.wav"
            soundfile.write(path, voice(1.2, seed=n, pitch=90 + 60 * k), RATE)
            clips.append(clip(label, f"s{n}", path=path))
    return clips


def test_figures_of_four_labels_leave_the_others_clips_out_and_say_so(tiny_path: Path, three: list[Any]) -> None:
    console = _quiet()
    six = predict_side(tiny_path, three, "validation", console, "p")
    result = predict_side(tiny_path, three, "validation", console, "p", measured=("sad", *FOUR[:3]))
    assert (result.labels, result.model_labels) == (FOUR, SIX)
    assert [one.label for one in result.clips] == ["angry", "sad"] * 2
    assert "6 labels restricted to angry, happy, neutral, sad" in result.protocol
    assert "2 clips left out, for these figures have no label for fear" in result.notes
    columns = [SIX.index(label) for label in FOUR]
    whole = [one for one, of in zip(six.predictions, three, strict=True) if of.label != "fear"]
    for one, other in zip(result.predictions, whole, strict=True):
        kept = other.probabilities[:, columns]
        np.testing.assert_allclose(one.probabilities, kept / kept.sum(axis=1, keepdims=True), atol=1e-6)
    results = score_side(result, console, conditions={"clean": muted, "muted": muted})
    pooled = results["pooled"]
    assert pooled.confusion.labels == (*FOUR, "nothing")
    assert pooled.clips == 4
    assert [score.uar for score in pooled.robustness] == [pooled.uar, 0.0]
    assert pooled.abstention_at_coverage is None  # the threshold is of all labels' probabilities
    verdicts = fold_predictions(result, "fold", "p")
    assert verdicts.truth.tolist() == [0, 3, 0, 3]
    assert verdicts.probabilities.shape == (4, 4)


def test_a_model_that_is_there_is_measured_on_fewer_labels_apart(three: list[Any], tmp_path: Path) -> None:
    model = tiny_model(tmp_path / "m.onnx")
    before = model.read_bytes()
    with pytest.raises(TrainingError, match="--labels needs --out"):
        evaluate(model, three, "validation", _quiet(), protocol="p", measured=FOUR)
    evaluate(model, three, "validation", _quiet(), protocol="p", measured=FOUR, out=tmp_path / "four")
    assert set(read_results(tmp_path / "four.json")["validation"]["pooled"].recall) == {"angry", "sad"}
    assert model.read_bytes() == before


def test_recipes_name_what_is_measured(tmp_path: Path) -> None:
    text = (Path(__file__).parents[3] / "training" / "ser_train" / "recipes" / "default.toml").read_text()

    def load(line: str) -> Any:
        (tmp_path / "r.toml").write_text(line + "\n" + text)
        return load_recipe(str(tmp_path / "r.toml"))

    assert plain_recipe(load('measured = ["angry", "sad"]'))["measured"] == ["angry", "sad"]
    older = plain_recipe(load(""))
    del older["measured"]
    assert stated_recipe(older, "a contract") == load("")
    with pytest.raises(TrainingError, match="a contract: there is no architecture 'perceptron'"):
        stated_recipe(older | {"architecture": "perceptron"}, "a contract")
    with pytest.raises(TrainingError, match="'bored' is none of the labels to measure"):
        load('measured = ["angry", "bored"]')


def test_a_run_of_folds_measures_its_tests_on_the_recipes_labels(tmp_path: Path, corpus_of_two: Path) -> None:
    """Leave one corpus out: validation stays with every label, the tests of the folds do not."""
    import json

    import torch
    from ser_train.commands.fit import run

    console = _quiet()
    out = tmp_path / "loco.onnx"
    arguments: dict[str, Any] = {"device": torch.device("cpu"), "resume": False, "console": console}
    recipe = load_recipe(str(corpus_of_two / "recipe.toml"))
    data = [corpus_of_two]
    run(recipe, data, out, open_test=True, cache_folder=tmp_path / "cache", **arguments)
    found = json.loads((tmp_path / "loco.folds.json").read_text())
    assert found["labels"] == list(FOUR)
    assert found["mean_over_corpora"]["uar"] == pytest.approx(
        np.mean([row["uar"] for row in found["corpora"].values()]), abs=1e-4
    )
    assert "6 labels restricted to angry, happy, neutral, sad" in found["protocol"]
    assert "clips of other labels left out" in found["protocol"]
    assert all("restricted to angry, happy, neutral, sad" in fold["protocol"] for fold in found["folds"])
    for fold, corpus in zip(found["folds"], ("cremad", "ravdess"), strict=True):
        model = out.with_name(f"loco.without-{corpus}.onnx")
        scores = {score["side"]: score for score in read_contract(model).scores if score["corpus"] == "pooled"}
        assert set(scores["validation"]["recall"]) == set(SIX)
        assert set(scores["test"]["recall"]) == set(FOUR)
        assert (scores["test"]["clips"], fold["clips"]) == (fold["clips"], scores["test"]["clips"])
    assert "| mean over corpora | | | " in (tmp_path / "loco.folds.md").read_text()


@pytest.fixture(scope="module")
def corpus_of_two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made voices named as four actors of CREMA-D and four of RAVDESS, six emotions, and a recipe of an epoch."""
    folder = tmp_path_factory.mktemp("two")
    cremad = ("ANG", "DIS", "FEA", "HAP", "NEU", "SAD")
    ravdess = ("05", "07", "06", "03", "01", "04")
    for n in range(4):
        for k in range(6):
            samples = voice(1.2, seed=n, pitch=80 + 45 * k)
            soundfile.write(folder / f"{1001 + n}_DFA_{cremad[k]}_XX.wav", samples, RATE)
            soundfile.write(folder / f"03-01-{ravdess[k]}-01-01-01-0{1 + n}.wav", samples[:-160], RATE)
    text = (Path(__file__).parents[3] / "training" / "ser_train" / "recipes" / "default.toml").read_text()
    sizes = ("corpora", "stem", "channels", "recurrent", "epochs", "batch", "kind")
    text = "\n".join(line for line in text.splitlines() if not line.startswith(sizes))
    text = text.replace("[model]", "[model]\nstem = 4\nchannels = [4, 8, 8]\nrecurrent = 8")
    text = text.replace("[optimisation]", "[optimisation]\nepochs = 1\nbatch = 12")
    text = text.replace("[split]", '[split]\nkind = "leave-one-corpus-out"')
    measured = f"measured = {list(FOUR)}\n".replace("'", '"')
    (folder / "recipe.toml").write_text(f'corpora = ["cremad", "ravdess"]\n{measured}{text}')
    return folder
