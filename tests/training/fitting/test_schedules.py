# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""Learning rates, losses and weights of labels: known answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytestmark = [pytest.mark.train, pytest.mark.usefixtures("one_thread")]
torch: Any = pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

from ser_train.fitting.balance import label_weights
from ser_train.fitting.losses import soft_cross_entropy
from ser_train.fitting.optimisation import Optimisation
from ser_train.fitting.schedules import learning_rate, plateaus


def test_learning_rate_rises_then_falls_to_nothing() -> None:
    settings = Optimisation(learning_rate=1.0, warm_up=0.1)
    rates = [learning_rate(step, 100, settings) for step in range(100)]
    assert rates[9] == 1.0
    assert max(rates) == 1.0
    assert rates[:10] == sorted(rates[:10])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] < 0.001


def test_plateaus_are_torchs() -> None:
    losses = (1 + np.cumsum(np.random.default_rng(0).normal(-0.002, 0.03, 80))).tolist()
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    reduce = torch.optim.lr_scheduler.ReduceLROnPlateau(optimiser, factor=0.5, patience=2)
    settings = Optimisation(learning_rate=1.0, schedule="plateau", factor=0.5, patience=2, warm_up=0.0)
    for epoch in range(len(losses)):
        reduce.step(losses[epoch])
        rate = learning_rate(50, 1000, settings, losses[: epoch + 1])
        assert rate == pytest.approx(max(optimiser.param_groups[0]["lr"], 1e-7), rel=1e-6, abs=2e-7)
    assert plateaus(losses, 2) > 3
    assert plateaus([], 2) == 0


def test_loss_by_hand() -> None:
    logits = torch.log(torch.tensor([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]]))
    targets = torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.5, 0.5]])
    even = torch.ones(3)
    first, second = -np.log(0.5), -0.5 * (np.log(0.8) + np.log(0.1))
    assert float(soft_cross_entropy(logits, targets, even, 0.0)) == pytest.approx((first + second) / 2, rel=1e-5)
    labels = torch.tensor([3.0, 1.0, 0.0])  # the first clip weighs 3, the second a half
    assert float(soft_cross_entropy(logits, targets, labels, 0.0)) == pytest.approx(
        (3 * first + 0.5 * second) / 3.5, rel=1e-5
    )
    smooth = torch.nn.functional.cross_entropy(logits, torch.tensor([0, 1]), label_smoothing=0.3)
    hard = torch.eye(3)[:2]
    assert float(soft_cross_entropy(logits, hard, even, 0.3)) == pytest.approx(float(smooth), rel=1e-5)


def test_labels_weigh_alike() -> None:
    targets = torch.tensor([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.5, 0.5]])
    weights = label_weights(targets)
    shares = (targets * weights).sum(0)
    assert float(shares[0]) == pytest.approx(float(shares[1]))
