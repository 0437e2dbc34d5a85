# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""Runs that begin with the weights of others, and say so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

pytestmark = pytest.mark.train
torch: Any = pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

import tiny_fit as tiny
from ser_train.cli import app
from ser_train.commands.train_model import _corpora
from ser_train.errors import TrainingError
from ser_train.fitting.checkpoint import run_digest
from ser_train.fitting.fit import Fit
from ser_train.networks import build_model
from ser_train.networks.warm_start import Start, begin_with, load_start, refuse_shared_speakers, save_start


def _network(labels: int = 6, seed: int = 0) -> Any:
    torch.manual_seed(seed)
    return build_model("attention-crnn", labels=labels, n_mels=16, settings=tiny.RECIPE.model)


def _start(network: Any) -> Start:
    return Start(weights=network.state_dict(), speakers=["9-1"], origin={"recipe": {"name": "tiny"}, "corpora": []})


def test_weights_are_kept_and_read_again(tmp_path: Path) -> None:
    before = _start(_network())
    save_start(tmp_path / "x.weights", before)
    after = load_start(tmp_path / "x.weights")
    assert (after.speakers, after.origin) == (before.speakers, before.origin)
    assert all(torch.equal(after.weights[name], weight) for name, weight in before.weights.items())


def test_weights_that_are_none_are_told(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="there are no weights"):
        load_start(tmp_path / "none.weights")
    (tmp_path / "x.weights").write_bytes(b"something else")
    with pytest.raises(TrainingError, match="holds no weights"):
        load_start(tmp_path / "x.weights")
    with pytest.raises(TrainingError, match="cannot be written"):
        save_start(tmp_path / "nowhere" / "x.weights", _start(_network()))


def test_a_recipe_that_begins_with_weights_is_refused_without_them(tmp_path: Path) -> None:
    said = CliRunner().invoke(
        app, ["fit", "--data", str(tmp_path), "--recipe", "crema", "--out", str(tmp_path / "m.onnx")]
    )
    assert isinstance(said.exception, TrainingError)
    sentence = "the recipe crema starts from weights of another run: give encoder.weights with --start"
    assert sentence in str(said.exception)


def test_a_network_begins_with_the_weights_and_another_output_afresh() -> None:
    start, same, other = _start(_network()), _network(seed=1), _network(labels=4, seed=1)
    fresh = {name: weight.clone() for name, weight in other.state_dict().items()}
    begin_with(same, start)
    begin_with(other, start)
    assert all(torch.equal(weight, start.weights[name]) for name, weight in same.state_dict().items())
    changed = {name for name, weight in other.state_dict().items() if weight.shape != start.weights[name].shape}
    assert changed
    for name, weight in other.state_dict().items():
        assert torch.equal(weight, fresh[name] if name in changed else start.weights[name])


def test_weights_of_another_network_are_refused() -> None:
    larger = build_model("residual-crnn", labels=6, n_mels=16, settings=None)
    with pytest.raises(TrainingError, match="do not fit the network of the recipe"):
        begin_with(larger, _start(_network()))


def test_nobody_who_was_heard_may_be_measured() -> None:
    clips = tiny.tiny_set(10, seed=9).cache.clips
    with pytest.raises(TrainingError, match=r"were trained on 1 test speakers \(9-1\)"):
        refuse_shared_speakers(_start(_network()), clips, "test")
    refuse_shared_speakers(_start(_network()), [clip for clip in clips if clip.speaker != "9-1"], "test")


def test_the_weights_bring_their_corpora_terms() -> None:
    clips = tiny.tiny_set(12).cache.clips
    before = {"corpora": [{"name": "large", "licence": "old"}, {"name": "third", "licence": "NC"}]}
    rows = _corpora(clips, before)
    assert [row["name"] for row in rows] == ["large", "small", "third"]
    assert rows[0]["licence"] != "old"
    assert rows[2]["licence"] == "NC"


def test_a_run_goes_on_from_the_weights_and_no_checkpoint_of_another(tmp_path: Path) -> None:
    still = replace(tiny.RECIPE, optimisation=replace(tiny.RECIPE.optimisation, epochs=1, learning_rate=1e-9))
    before = _start(_network(seed=5))
    fitted: Fit = tiny.tiny_fit(tmp_path / "x.ckpt", recipe=still, start=before)
    for name, weight in fitted.model.named_parameters():
        assert torch.allclose(weight, before.weights[name], atol=1e-5)
    sides, sounds = (tiny.tiny_set(12),), tiny.tiny_sounds()
    plain, begun, taught = (
        run_digest(still, sides, sounds),
        run_digest(still, sides, sounds, before),
        run_digest(still, sides, sounds, None, ["a"]),
    )
    assert len({plain, begun, taught}) == 3
