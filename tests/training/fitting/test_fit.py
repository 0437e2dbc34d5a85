# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""The training loop on made sounds: what it learns, and that it repeats itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = [pytest.mark.train, pytest.mark.usefixtures("one_thread")]
torch: Any = pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

import tiny_fit as tiny
from ser_train.errors import TrainingError
from ser_train.fitting.fit import Fit


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Fit:
    """An epoch of the tiny recipe, of steps enough for an average, on labels that are not of one size."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("usual")
    return tiny.tiny_fit(folder / "x.ckpt", recipe=tiny.changed(epochs=1, batch=4), train=tiny.tiny_set(34))


# What it learns
def test_tones_are_told_apart(tmp_path: Path) -> None:
    fitted = tiny.tiny_fit(tmp_path / "x.ckpt", recipe=tiny.plain(epochs=14, learning_rate=0.02, precision="float32"))
    assert fitted.history[-1]["loss"] < 0.6 * fitted.history[0]["loss"]
    assert fitted.history[fitted.best_epoch - 1]["validation_uar"] > 0.5  # chance is 0.17
    assert fitted.best_epoch == max(fitted.history, key=lambda row: row["validation_uar"])["epoch"]


def test_equal_seed_equal_weights_and_another_seed_others(whole: Fit, tmp_path: Path) -> None:
    again = tiny.tiny_fit(tmp_path / "again.ckpt")
    assert tiny.weight_bytes(again) == tiny.weight_bytes(whole)
    assert [row["loss"] for row in again.history] == [row["loss"] for row in whole.history]
    other = tiny.tiny_fit(tmp_path / "other.ckpt", recipe=replace(tiny.changed(epochs=1), seed=1))
    assert tiny.weight_bytes(other) != tiny.weight_bytes(whole)


@pytest.mark.parametrize(
    "settings",
    [
        {"schedule": "plateau"},
        {"precision": "float32"},
        {"balance_labels": False},
        {"label_smoothing": 0.0},
        {"clip": 0.01},
    ],
    ids=str,
)
def test_every_setting_changes_the_weights(settings: dict[str, Any], usual: Fit, tmp_path: Path) -> None:
    recipe = tiny.changed(epochs=1, batch=4, **settings)
    other = tiny.tiny_fit(tmp_path / "x.ckpt", recipe=recipe, train=tiny.tiny_set(34))
    assert tiny.weight_bytes(other) != tiny.weight_bytes(usual)
    assert np.isfinite(other.history[0]["loss"])


def test_what_listeners_heard_is_learnt_in_place_of_the_label(tmp_path: Path) -> None:
    targets = torch.zeros(40, 6)
    targets[:, 2] = 1.0  # everyone heard fear
    fitted = tiny.tiny_fit(
        tmp_path / "x.ckpt",
        recipe=tiny.plain(epochs=6, learning_rate=0.01, balance_labels=False),
        train=tiny.tiny_set(40, targets=targets),
    )
    assert fitted.history[-1]["loss"] < 0.5 < fitted.history[0]["loss"]
    assert fitted.history[-1]["validation_uar"] == pytest.approx(1 / 6)  # which is still measured against the label


def test_averaging_changes_the_weights_of_a_run_that_is_long_enough(tmp_path: Path) -> None:
    fits = [tiny.tiny_fit(tmp_path / f"{a}.ckpt", recipe=tiny.changed(averaging=a)) for a in (0.9, 0.0)]
    assert tiny.weight_bytes(fits[0]) != tiny.weight_bytes(fits[1])


def test_the_averaged_weights_move_in_a_short_run(tmp_path: Path) -> None:
    """Sixty steps: an average over the last thousand would be the weights that the run began with."""
    recipe = tiny.plain(epochs=12, learning_rate=0.01, averaging=0.999, precision="float32")
    history = tiny.tiny_fit(tmp_path / "x.ckpt", recipe=recipe).history
    assert history[-1]["validation_loss"] < 1.2 < history[0]["validation_loss"]  # ln 6 = 1.79 knows nothing


def test_too_few_clips_and_a_loss_without_bounds_are_told(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="5 clips with enough speech are too few for a batch of 12"):
        tiny.tiny_fit(tmp_path / "x.ckpt", train=tiny.tiny_set(5))
    with pytest.raises(TrainingError, match="lower the learning rate"):
        tiny.tiny_fit(tmp_path / "x.ckpt", recipe=tiny.plain(learning_rate=1e30, epochs=2, warm_up=0.0))
