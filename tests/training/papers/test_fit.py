# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""A network is fitted to arrays: it learns, keeps the right epoch, and repeats itself for an equal seed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.train
torch: Any = pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

from ser_train.errors import TrainingError
from ser_train.papers.arrays import Arrays
from ser_train.papers.experiment import Recordings
from ser_train.papers.fit import fit_network
from ser_train.papers.protocols import FitSettings
from ser_train.papers.standardised import Standardised, moments


class _Made:
    """Arrays in memory, far from 0: the feature of a clip's label is larger than the others."""

    def __init__(self, clips: int = 48, shape: tuple[int, ...] = (12,), copies: int = 1) -> None:
        generator = np.random.default_rng(0)
        truth = np.arange(clips) % 4
        values = generator.normal(size=(clips, copies + 1, *shape)).astype(np.float32)
        values += 1000
        values[np.arange(clips), ..., truth] += 5
        places = np.stack([np.zeros(clips, np.int64), np.arange(clips)], axis=1)
        self.arrays = Arrays(clips=[], places=places, files=[values], digests=["x"], faulty={})
        self.recordings = Recordings(arrays=self.arrays, truth=truth)
        self.examples = np.array([(i, c) for i in range(clips) for c in range(copies + 1)], np.int64)


class _Linear(torch.nn.Module):  # type: ignore[misc, name-defined] # torch is found while the tests are collected
    def __init__(self, width: int) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(width, 4)

    def forward(self, values: Any) -> Any:
        return self.layer(values), None


def _fitted(made: _Made, seed: int = 0, *, draw: bool = False, **settings: Any) -> Any:
    torch.manual_seed(seed)
    network = Standardised(_Linear(12), *moments(made.arrays, made.examples))
    how = FitSettings(**{"epochs": 20, "batch": 16, "learning_rate": 0.05, "keep": "best", **settings})
    return fit_network(
        network,
        made.recordings,
        made.examples[:64],
        made.examples[64:],
        how,
        draw=draw,
        seed=seed,
        device=torch.device("cpu"),
        progress=lambda epoch: None,
    )


def test_a_fit_learns_and_keeps_the_epoch_of_least_validation_loss() -> None:
    fitted = _fitted(_Made())
    losses = [epoch.held_loss for epoch in fitted.history]
    assert fitted.history[-1].held_accuracy > 0.9
    assert fitted.kept == 1 + int(np.argmin(losses))


def test_the_same_seed_gives_the_same_weights() -> None:
    first, again, other = (_fitted(_Made(), seed, epochs=2).network.state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["network.layer.weight"], other["network.layer.weight"])


def test_the_last_epoch_is_kept_where_the_recipe_says_so() -> None:
    assert _fitted(_Made(), keep="last", epochs=3).kept == 3


def test_a_plateau_lowers_the_rate_and_patience_ends_the_run() -> None:
    history = _fitted(_Made(), learning_rate=30.0, factor=0.1, patience=0, stop_after=3, epochs=40).history
    assert history[-1].learning_rate < 30.0
    assert len(history) < 40


def test_the_rate_never_falls_below_the_least() -> None:
    history = _fitted(_Made(), learning_rate=30.0, factor=0.01, patience=0, least_rate=1.0, epochs=15).history
    assert min(epoch.learning_rate for epoch in history) == 1.0


def test_a_loss_that_is_no_number_ends_the_fit_in_a_sentence() -> None:
    made = _Made()
    made.arrays.files[0][3] = np.nan
    with pytest.raises(TrainingError, match="the loss of epoch 1 is no number: give a lower learning_rate"):
        _fitted(made)


def test_drawn_copies_give_one_example_of_each_clip_an_epoch() -> None:
    made, seen = _Made(), []
    take = Arrays.take

    def watched(arrays: Arrays, examples: Any) -> Any:
        seen.append(examples)
        return take(arrays, examples)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Arrays, "take", watched)
        _fitted(made, draw=True, epochs=1)
    epoch = np.concatenate(seen[1:3])  # after the moments, of batches of 16: 32 clips
    assert sorted(epoch[:, 0].tolist()) == list(range(32))
    assert set(epoch[:, 1].tolist()) == {0, 1}


def test_standardisation_is_that_of_the_training_examples_and_leaves_padding_alone() -> None:
    made = _Made(shape=(5, 12))
    made.arrays.files[0][:, :, 3:] = 0  # padding
    mean, deviation = moments(made.arrays, made.examples)
    speech = made.arrays.files[0][:, :, :3].reshape(-1, 12)
    assert np.allclose(mean, speech.mean(axis=0), atol=1e-2)
    assert np.allclose(deviation, speech.std(axis=0), rtol=1e-2)
    seen: list[Any] = []

    class Eye(torch.nn.Module):  # type: ignore[misc, name-defined]
        def forward(self, values: Any) -> Any:
            seen.append(values)
            return values, None

    Standardised(Eye(), mean, deviation)(torch.from_numpy(made.arrays.take(made.examples)))
    assert abs(float(seen[0][:, :3].mean())) < 1e-2
    assert not seen[0][:, 3:].any()


def test_a_feature_that_never_changes_is_not_divided_by_nothing() -> None:
    made = _Made()
    made.arrays.files[0][..., 5] = 7.0
    assert moments(made.arrays, made.examples)[1][5] == 1
