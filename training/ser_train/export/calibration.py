"""Calibrate a model: the temperature that its logits are divided by."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ser_live.contract import TEMPERATURES

__all__ = ["fit_temperature"]


def fit_temperature(logits: Tensor, truth: Tensor, clips: Tensor, seconds: Tensor) -> float:
    """Return the temperature that makes the clips' verdicts likeliest.

    A verdict is the mean of a clip's windows, weighted by their speech. Logits that tell nothing of the labels
    would have an infinite temperature: it stays within what a contract may state.

    What is shown is never one window alone but an average of several, which is less sure than each of them: a
    temperature that is right for single windows leaves verdicts and smoothed probabilities too cautious.

    Shape:
        logits `(windows, labels)`, truth `(windows,)` the label of each window's clip, clips `(windows,)`, seconds
        `(windows,)`.

    Guo et al. 2017, "On calibration of modern neural networks", https://arxiv.org/abs/1706.04599.
    """
    names, clip = torch.unique(clips, return_inverse=True)
    speech = torch.zeros(len(names), dtype=torch.float64).index_add(0, clip, seconds.double())
    weights = seconds.double() / speech[clip]
    true = torch.zeros(len(names), dtype=torch.long).index_put((clip,), truth)
    log_temperature = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([log_temperature], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        probabilities = torch.softmax(logits.double() / log_temperature.exp(), 1) * weights[:, None]
        verdicts = torch.zeros(len(true), logits.shape[1], dtype=torch.float64).index_add(0, clip, probabilities)
        value = nn.functional.nll_loss(verdicts.clamp(min=1e-12).log(), true)
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    lowest, highest = TEMPERATURES
    return min(max(float(log_temperature.exp().detach()), lowest), highest)
