# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""One command fits, measures and exports on voices made here; what it refuses, and what it says of its data."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from program import RATE
from tiny_model import SIX
from trainer import ser_train
from voices import voice

pytestmark = pytest.mark.train
torch: Any = pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

from ser_train.export.contract import read_contract, rewrite_contract
from ser_train.splits.public import PUBLIC

from ser_live import analyze
from ser_live.classifier import default_model


@pytest.fixture(scope="module")
def small_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """CREMA-D by its names: twelve actors of all sides, six emotions told apart by the pitch of a made voice."""
    folder = tmp_path_factory.mktemp("corpus")
    codes = ("ANG", "DIS", "FEA", "HAP", "NEU", "SAD")
    actors = [
        name.split("-")[1]
        for side, count in (("train", 6), ("validation", 3), ("test", 3))
        for name in [n for n, s in PUBLIC.items() if s == side and n.startswith("cremad")][:count]
    ]
    for n, actor in enumerate(actors):
        for k, code in enumerate(codes):
            soundfile.write(folder / f"{actor}_DFA_{code}_XX.wav", voice(1.3, seed=n, pitch=80 + 45 * k), RATE)
    return folder


def test_one_command_trains_measures_and_exports(small_corpus: Path, small_recipe: Path, tmp_path: Path) -> None:
    out = tmp_path / "small.onnx"
    common = ("--data", small_corpus, "--recipe", small_recipe, "--device", "cpu", "--cache", tmp_path / "cache")
    ser_train(*common, "--out", out)
    contract = read_contract(out)
    assert contract.labels == SIX
    sides = {(score["side"], score["corpus"]) for score in contract.scores}
    assert sides == {("validation", "cremad"), ("validation", "pooled"), ("test", "cremad"), ("test", "pooled")}
    assert all(score["clips"] == 18 and score["speakers"] == 3 for score in contract.scores)
    assert contract.temperature > 0
    card = out.with_suffix(".md").read_text()
    assert "Open Database License" in card
    assert "5(1)(f)" in card
    assert len(out.with_name("test-openings.jsonl").read_text().splitlines()) == 1
    assert out.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    assert len(out.with_suffix(".history.csv").read_text().splitlines()) == 4
    assert analyze((voice(2.0), RATE), model=out)[-1].label in SIX

    # The same seed gives the same weights, also when the run is cut after an epoch and resumed.
    twice = tmp_path / "twice.onnx"
    ser_train(*common, "--out", twice, "--no-test")
    assert _weights(twice) == _weights(out)
    assert not any(score["side"] == "test" for score in read_contract(twice).scores)


def _weights(path: Path) -> list[bytes]:
    import onnx

    return [tensor.raw_data for tensor in onnx.load(path).graph.initializer]


def test_a_killed_run_resumes_to_the_same_weights(small_corpus: Path, small_recipe: Path, tmp_path: Path) -> None:
    common = ("--data", small_corpus, "--recipe", small_recipe, "--device", "cpu", "--cache", tmp_path / "cache")
    whole, broken = tmp_path / "whole.onnx", tmp_path / "broken.onnx"
    ser_train(*common, "--out", whole, "--no-test")
    process = subprocess.Popen(
        [sys.executable, "-c", "from ser_train.cli import main; main()", *map(str, [*common, "--out", broken])],
        stderr=subprocess.DEVNULL,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    while process.poll() is None and not broken.with_suffix(".ckpt").exists():
        pass
    process.kill()
    process.wait()
    assert broken.with_suffix(".ckpt").exists()
    assert not broken.exists()
    other = ("--out", broken, "--seed", "1", "--resume")
    assert "belongs to another recipe" in ser_train(*common, *other, code=1)
    ser_train(*common, "--out", broken, "--no-test", "--resume")
    assert _weights(broken) == _weights(whole)
    broken.with_suffix(".ckpt").write_bytes(b"not a checkpoint")
    assert "cannot be read" in ser_train(*common, "--out", broken, "--resume", code=1)


def test_refusals_come_before_the_work(small_corpus: Path, tmp_path: Path) -> None:
    data = ("--data", small_corpus)
    assert "does not exist" in ser_train(*data, "--out", tmp_path / "no" / "x.onnx", code=1)
    assert "must name an .onnx file" in ser_train(*data, "--out", tmp_path / "x.pt", code=1)
    assert "there is no recipe" in ser_train(*data, "--out", tmp_path / "x.onnx", "--recipe", "nothing", code=1)
    assert "no clip of" in ser_train("--data", tmp_path, "--out", tmp_path / "x.onnx", code=1)
    assert "there is no checkpoint" in ser_train(*data, "--out", tmp_path / "x.onnx", "--resume", code=1)
    if not torch.cuda.is_available():
        assert "torch finds no such device" in ser_train(
            *data, "--out", tmp_path / "x.onnx", "--device", "cuda", code=1
        )


def test_folds_are_pooled_and_a_second_run_resumes_what_is_whole(
    small_corpus: Path, small_recipe: Path, tmp_path: Path
) -> None:
    out = tmp_path / "f.onnx"
    common = ("--data", small_corpus, "--recipe", small_recipe, "--epochs", "1", "--split", "folds", "--folds", "3")
    common = (*common, "--cache", tmp_path / "cache", "--out", out)
    ser_train(*common)
    assert not out.exists()
    models = sorted(path.name for path in tmp_path.glob("*.onnx"))
    assert models == [f"f.fold-{i}-of-3.onnx" for i in (1, 2, 3)]
    found = json.loads((tmp_path / "f.folds.json").read_text())
    assert (found["side"], len(found["folds"]), found["pooled"]["clips"], found["pooled"]["speakers"]) == (
        "test",
        3,
        72,
        12,
    )
    assert found["mean"]["uar"] == pytest.approx(np.mean([fold["uar"] for fold in found["folds"]]), abs=1e-4)
    assert not found["speakers_shared"]
    assert "fold 2 of 3" in (tmp_path / "f.folds.md").read_text()
    before = [(tmp_path / name).stat().st_mtime_ns for name in models]
    weights = [_weights(tmp_path / name) for name in models]
    (tmp_path / models[1]).unlink()
    stated = read_contract(tmp_path / models[2]).training
    rewrite_contract(tmp_path / models[2], training={**stated, "start": {"commit": "of other weights"}})
    told = ser_train(*common, "--no-test", "--resume")
    assert told.count("clips/s") == 2  # one epoch of each: the one that is gone, and the one that began otherwise
    assert [_weights(tmp_path / name) for name in models] == weights
    assert before != [(tmp_path / name).stat().st_mtime_ns for name in models]
    assert json.loads((tmp_path / "f.folds.json").read_text())["side"] == "validation"


def test_a_random_split_says_everywhere_that_it_measures_no_new_voices(
    small_corpus: Path, small_recipe: Path, tmp_path: Path
) -> None:
    out = tmp_path / "r.onnx"
    common = ("--data", small_corpus, "--recipe", small_recipe, "--epochs", "1", "--cache", tmp_path / "cache")
    told = ser_train(*common, "--split", "random", "--out", out)
    assert "not a measure of new voices" in told
    contract = read_contract(out)
    assert all("not a measure of new voices" in score["mark"] for score in contract.scores)
    for ending in (".md", ".html"):
        assert "not a measure of new voices" in out.with_suffix(ending).read_text().lower()
    scores = ser_train("evaluate", out, "--data", small_corpus, "--side", "all", "--out", tmp_path / "all")
    assert "all pooled" in scores
    assert "not a measure of new voices" in scores  # its own corpus
    openings = (tmp_path / "test-openings.jsonl").read_text().splitlines()
    assert len(openings) == 2  # when it was made, and now: public test speakers are among them all


def test_ones_own_recordings_and_labels(small_recipe: Path, tmp_path: Path) -> None:
    """A manifest of three people, two labels of one's own, the default split; then measured on another manifest."""
    rows = ["path,label,speaker"]
    for n in range(4):
        for k, word in enumerate(("anger", "happy", "sad")):
            name = f"{n}_{k}.wav"
            soundfile.write(tmp_path / name, voice(1.3, seed=n, pitch=80 + 60 * k), RATE)
            rows.append(f"{name},{word},person {n}")
    (tmp_path / "mine.csv").write_text("\n".join(rows[:10]) + "\n")
    (tmp_path / "other.csv").write_text("\n".join([rows[0], *rows[10:]]) + "\n")
    recipe = tmp_path / "own.toml"
    text = small_recipe.read_text().replace('labels = "six"\n', "").replace('kind = "public"', 'kind = "speakers"')
    text = text.replace("batch = 12", "batch = 2").replace('["cremad"]', "[]")
    recipe.write_text(text + '\n[labels]\nangry = "angry"\nhappy = "angry"\nsad = "sad"\n')
    out = tmp_path / "own.onnx"
    ser_train(
        "--data", tmp_path / "mine.csv", "--recipe", recipe, "--epochs", "1", "--cache", tmp_path / "c", "--out", out
    )
    contract = read_contract(out)
    assert contract.labels == ("angry", "sad")
    assert contract.training["corpora"][0]["name"] == "mine"
    (mine, pooled) = [score for score in contract.scores if score["side"] == "test"]
    assert (mine["corpus"], pooled["clips"], pooled["speakers"]) == ("mine", 3, 1)
    assert "not known to the trainer" in out.with_suffix(".md").read_text()
    other = ("evaluate", out, "--data", tmp_path / "other.csv")
    told = ser_train(*other, "--side", "all", "--out", tmp_path / "all")
    assert "all pooled" in told
    found = json.loads((tmp_path / "all.json").read_text())["all"]["pooled"]
    assert found["clips"] == 3
    assert found["per_label"][0]["clips"] == 2  # happy counts as angry, as in training
    assert "was not trained on" in found["protocol"]
    assert "do not give the split that own.onnx was made with" in ser_train(*other, code=1)


def _manifest(folder: Path, people: int, each: int) -> Path:
    """Recordings of four labels, so many of each by each of the people, and the table that names them."""
    rows = ["path,label,speaker"]
    for person in range(people):
        for k, word in enumerate(("anger", "happy", "neutral", "sad")):
            for n in range(each):
                name = f"{person}_{k}_{n}.wav"
                soundfile.write(folder / name, voice(1.3, seed=10 * person + n, pitch=80 + 60 * k), RATE)
                rows.append(f"{name},{word},person {person}")
    path = folder / "mine.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


def test_a_manifest_of_four_labels_makes_a_model(small_recipe: Path, tmp_path: Path) -> None:
    """The recipe asks for six labels and the public split."""
    data, out = _manifest(tmp_path, people=6, each=1), tmp_path / "m.onnx"
    common = ("--data", data, "--recipe", small_recipe, "--epochs", "1", "--cache", tmp_path / "c")
    told = ser_train(*common, "--out", out)
    assert "labels: angry, happy, neutral, sad, because the data have too few clips of disgust (0), fear (0)" in told
    assert "no public split divides these 6 speakers, so they are drawn" in told
    contract = read_contract(out)
    assert contract.labels == ("angry", "happy", "neutral", "sad")
    assert "**Little training data:** 16 clips of 4 speakers." in out.with_suffix(".md").read_text()
    assert analyze((voice(2.0), RATE), model=out)[-1].label in contract.labels
    before = _weights(out)
    assert "clips/s" not in ser_train(*common, "--out", out, "--resume")  # it is whole
    assert _weights(out) == before
    assert "test pooled: UAR" in ser_train("evaluate", out, "--data", data, "--side", "test", "--out", tmp_path / "e")
    assert "no train clip is labelled disgust, fear" in ser_train(*common, "--out", out, "--labels", "six", code=1)


def test_one_speaker_and_labels_that_are_asked_for(small_recipe: Path, tmp_path: Path) -> None:
    data, out = _manifest(tmp_path, people=1, each=10), tmp_path / "m.onnx"
    common = ("--data", data, "--recipe", small_recipe, "--epochs", "1", "--cache", tmp_path / "c")
    told = ser_train(*common, "--labels", "anger,sad", "--out", out)
    assert "one speaker (mine-person 0): clips are drawn instead of speakers" in told
    assert "20 clips are left out: happy 10, neutral 10" in told
    assert read_contract(out).labels == ("angry", "sad")
    assert all("not a measure of new voices" in score["mark"] for score in read_contract(out).scores)
    assert "**Speakers shared: not a measure of new voices.**" in out.with_suffix(".md").read_text()


def test_strict_refuses_damaged_clips(small_corpus: Path, small_recipe: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(small_corpus, folder)
    damaged = min(folder.glob("*.wav"))
    damaged.write_bytes(b"RIFF nothing")
    common = ("--data", folder, "--recipe", small_recipe, "--epochs", "1", "--cache", tmp_path / "c", "--no-test")
    told = ser_train(*common, "--out", tmp_path / "s.onnx", "--strict", code=1)
    assert "damaged or without speech: 1 of the clips" in told
    assert damaged.stem in told
    assert not (tmp_path / "s.onnx").exists()
    assert "left out: 1 of 72 clips" in ser_train(*common, "--out", tmp_path / "s.onnx")


def test_streams_and_corpora_commands(small_corpus: Path, tiny_path: Path, tmp_path: Path) -> None:
    told = ser_train("streams", tiny_path, "--data", small_corpus, "--out", tmp_path / "s")
    assert "label flips per minute of constant emotion" in told
    assert list(json.loads((tmp_path / "s.json").read_text())) == ["validation"]
    assert "--search works on validation" in ser_train(
        "streams", tiny_path, "--data", small_corpus, "--search", "--side", "test", code=2
    )
    done = subprocess.run(
        [sys.executable, "-c", "from ser_train.cli import main; main()", "corpora", str(small_corpus)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "72" in done.stdout
    assert "--into" in ser_train("corpora", "--download", "emodb", code=2)


def test_ctrl_c_says_how_to_go_on(small_corpus: Path, small_recipe: Path, tmp_path: Path) -> None:
    out = tmp_path / "c.onnx"
    arguments = ["--data", small_corpus, "--recipe", small_recipe, "--epochs", "500", "--cache", tmp_path, "--out", out]
    process = subprocess.Popen(
        [sys.executable, "-c", "from ser_train.cli import main; main()", *map(str, arguments)],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    while process.poll() is None and not out.with_suffix(".ckpt").exists():
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    told = process.communicate(timeout=60)[1]
    assert process.returncode == 130, told
    assert "--resume goes on from there" in told
    assert "Traceback" not in told


def test_a_shipped_model_is_not_measured_on_other_data_by_its_split(small_corpus: Path, tmp_path: Path) -> None:
    told = ser_train("evaluate", default_model(), "--data", small_corpus, "--out", tmp_path / "e", code=1)
    assert "do not give the split that ser-live.onnx was made with" in told
    assert not (tmp_path / "e.json").exists()
