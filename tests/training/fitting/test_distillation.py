# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""Runs that learn from what teachers say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_model import tiny_contract, tiny_model

pytestmark = pytest.mark.train
torch: Any = pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

import tiny_fit as tiny
from ser_train.augment import Augmentation
from ser_train.data.front_end import TorchFrontEnd
from ser_train.errors import TrainingError
from ser_train.fitting.batches import training_batches
from ser_train.fitting.distillation import Teachers
from ser_train.fitting.inputs import FitInputs

from ser_live.classifier import Classifier
from ser_live.features.from_contract import make_front_end
from ser_live.types import SAMPLE_RATE

OFF = Augmentation(gain_db=0.0, noise=0.0, band=0.0, room=0.0, speed=0.0, spec=0.0)


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
    windows = torch.randn(3, classifiers[0].front_end.shape[0], 16, generator=torch.Generator().manual_seed(0))
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
