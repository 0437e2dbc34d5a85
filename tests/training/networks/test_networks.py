# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""The networks: their sizes, padding and dropout, and how another one is added."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.train
torch: Any = pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

import tiny_fit as tiny
from ser_train.errors import TrainingError
from ser_train.networks import ARCHITECTURES, Architecture, build_model
from ser_train.networks.crnn import AttentionCRNN, CRNNSettings
from ser_train.networks.dropout import ByteDropout
from ser_train.networks.residual_crnn import ResidualCRNN


def test_reference_network_has_the_papers_size() -> None:
    model = AttentionCRNN(labels=6)
    assert sum(p.numel() for p in model.parameters()) == 1_407_238
    logits, weights = model(torch.randn(3, 153, 64))
    assert logits.shape == (3, 6)
    assert weights.shape == (3, 38)
    assert torch.allclose(weights.sum(1), torch.ones(3))


def test_the_shipped_network_has_its_size() -> None:
    model = ResidualCRNN(labels=6)
    assert sum(p.numel() for p in model.parameters()) == 533_622
    for frames in (1, 8, 9, 156, 157):
        logits, weights = model(torch.randn(3, frames, 64))
        assert logits.shape == (3, 6)
        assert weights.shape == (3, -(-frames // 8))
        assert torch.allclose(weights.sum(1), torch.ones(3))


@pytest.mark.parametrize(("network", "stride"), [(AttentionCRNN, 4), (ResidualCRNN, 8)])
def test_padding_gets_no_attention(network: Any, stride: int) -> None:
    model = network(labels=6).eval()
    features = torch.randn(2, 160, 64)
    features[1, 64:] = 0
    with torch.no_grad():
        weights = model(features)[1]
    assert float(weights[1, 64 // stride :].abs().max()) < 1e-6
    assert float(weights[0, 64 // stride :].min()) > 0
    assert torch.isfinite(model(torch.zeros(1, 160, 64))[0]).all()  # a window without a whole frame


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_dropout_drops_its_share_and_keeps_the_mean(dtype: Any) -> None:
    dropout = ByteDropout(0.3)
    for values in (torch.ones(40, 8, 25, 5), torch.ones(40, 8, 25, 5).to(memory_format=torch.channels_last)):
        values = values.to(dtype).requires_grad_()
        dropped = dropout(values)
        assert dropped.stride() == values.stride()
        assert float((dropped == 0).float().mean()) == pytest.approx(77 / 256, abs=0.01)
        assert float(dropped.detach().float().mean()) == pytest.approx(1.0, abs=0.02)
        dropped.sum().backward()
        assert torch.equal(values.grad == 0, dropped == 0)  # what is dropped learns nothing
        once = dropped.detach().flatten()
        assert not torch.equal(once, dropout(values).flatten())
    assert dropout.eval()(values) is values
    assert ByteDropout(0.0)(values) is values


def test_a_further_architecture_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Mean(torch.nn.Module):  # type: ignore[misc]
        """No attention: None stands in its place."""

        def __init__(self, labels: int, n_mels: int) -> None:
            super().__init__()
            self.output = torch.nn.Linear(n_mels, labels)

        def forward(self, features: Any) -> tuple[Any, None]:
            return self.output(features.mean(1)).float(), None

    build: Callable[..., Any] = lambda labels, n_mels, settings: Mean(labels, n_mels)  # noqa: E731
    monkeypatch.setitem(ARCHITECTURES, "mean", Architecture(CRNNSettings, build))
    fitted = tiny.tiny_fit(tmp_path / "x.ckpt", recipe=replace(tiny.changed(epochs=1), architecture="mean"))
    assert isinstance(fitted.model, Mean)


def test_sizes_that_make_no_network_are_told() -> None:
    with pytest.raises(TrainingError, match=r"no attention-crnn can be built from \[model\]"):
        build_model("attention-crnn", labels=6, n_mels=1, settings=CRNNSettings())
