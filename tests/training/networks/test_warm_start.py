# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""Runs that go on from others: with their weights, or with finished models as teachers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_model import tiny_contract, tiny_model
from typer.testing import CliRunner

pytestmark = pytest.mark.train
torch: Any = pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

import tiny_fit as tiny
from ser_train.augment import Augmentation
from ser_train.cli import app
from ser_train.commands.train_model import _corpora
from ser_train.data.front_end import TorchFrontEnd
from ser_train.errors import TrainingError
from ser_train.fitting.batches import training_batches
from ser_train.fitting.checkpoint import run_digest
from ser_train.fitting.distillation import Teachers
from ser_train.fitting.fit import Fit
from ser_train.fitting.inputs import FitInputs
from ser_train.networks import build_model
from ser_train.networks.warm_start import Start, begin_with, load_start, refuse_shared_speakers, save_start

from ser_live.classifier import Classifier
from ser_live.features.from_contract import make_front_end
from ser_live.types import SAMPLE_RATE

OFF = Augmentation(gain_db=0.0, noise=0.0, band=0.0, room=0.0, speed=0.0, spec=0.0)


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
    message = str(said.exception)
    assert "the recipe crema starts from weights of another run: give encoder.weights with --start" in message


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
    with pytest.raises(TrainingError, match=r"trained on 1 test speakers \(9-1\)"):
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


def _teacher(folder: Path, name: str, **fields: Any) -> Path:
    """A tiny model that says it was made with the tiny recipe's front end and a split called S."""
    contract = tiny_contract(
        **{
            "window_seconds": tiny.RECIPE.window_seconds,
            "features": tiny.FEATURES,
            "training": {"recipe": "tiny", "seed": 0, "split": "S"},
        }
        | fields
    )
    return tiny_model(folder / name, window_seconds=1.0, contract=contract, seed=len(name))


def test_teachers_give_their_mean_opinion(tmp_path: Path) -> None:
    paths = [_teacher(tmp_path, "a.onnx"), _teacher(tmp_path, "bb.onnx", temperature=2.0)]
    teachers = Teachers(paths, tiny.RECIPE, "S")
    classifiers = [Classifier(path, "cpu") for path in paths]
    windows = torch.randn(3, classifiers[0].front_end.frames, 16, generator=torch.Generator().manual_seed(0))
    expected = [np.mean([c.probabilities(window) for c in classifiers], axis=0) for window in windows.numpy()]
    np.testing.assert_allclose(teachers.opinions(windows).numpy(), expected, atol=1e-6)
    assert [name.split()[0] for name in teachers.names] == ["a.onnx", "bb.onnx"]


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"training": {"recipe": "tiny", "seed": 0, "split": "another"}}, "split"),
        ({"range_db": 60.0}, "front end"),
    ],
)
def test_teachers_that_do_not_fit_are_refused(fields: dict[str, Any], what: str, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=f"cannot teach this run: its {what} is another"):
        Teachers([_teacher(tmp_path, "a.onnx", **fields)], tiny.RECIPE, "S")


def test_a_pupil_learns_what_its_teachers_say(tmp_path: Path) -> None:
    class Stubborn:
        names = ("always fear",)

        def opinions(self, features: Any) -> Any:
            return torch.tensor([[0.0, 0.0, 1.0, 0.0, 0.0, 0.0]]).expand(len(features), 6)

    recipe = tiny.plain(teaching=1.0, epochs=6, learning_rate=0.01, balance_labels=False)
    pupil = tiny.tiny_fit(tmp_path / "x.ckpt", recipe=recipe, teachers=Stubborn())
    assert pupil.history[-1]["loss"] < 0.5 < pupil.history[0]["loss"]
    assert pupil.history[-1]["validation_uar"] == pytest.approx(1 / 6)


def test_teachers_hear_windows_before_their_augmentation() -> None:
    heard = []

    class Listening:
        def opinions(self, features: Any) -> Any:
            heard.append(features)
            return torch.tensor([[0.0, 0.0, 1.0, 0.0, 0.0, 0.0]]).expand(len(features), 6)

    windows, settings = tiny.tiny_set(20), tiny.RECIPE.features
    front_end = TorchFrontEnd(make_front_end(settings, sample_rate=SAMPLE_RATE, window_seconds=1.0, range_db=80.0))
    noisy = replace(OFF, noise=1.0, snr_db=(0.0, 0.0))

    def batch(augmentation: Augmentation, teachers: Any = None, **optimisation: Any) -> Any:
        recipe = replace(tiny.changed(batch=20, short=0.0, **optimisation), augmentation=augmentation)
        inputs = FitInputs(
            recipe=recipe,
            train=windows,
            validation=windows,
            sounds=tiny.tiny_sounds(),
            front_end=front_end,
            device=torch.device("cpu"),
            teachers=teachers,
        )
        return next(training_batches(inputs, seed=(0, 0)))

    as_it_is = batch(OFF)
    taught = batch(noisy, teachers=Listening(), teaching=0.5)
    assert torch.equal(heard[0], as_it_is.features)
    assert not torch.allclose(taught.features, as_it_is.features, atol=0.1)
    assert torch.allclose(taught.targets, torch.lerp(as_it_is.targets, torch.eye(6)[2].expand(20, 6), 0.5))
    joined = batch(OFF, joined=1.0, teachers=Listening(), teaching=1.0)
    assert not torch.equal(joined.targets, torch.eye(6)[2].expand(20, 6))  # changes are the labels' to tell
