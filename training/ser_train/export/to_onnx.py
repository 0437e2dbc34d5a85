"""Export a network to an ONNX graph with its contract inside, checked against torch."""

from __future__ import annotations

import tempfile
import warnings

import numpy as np
import onnx
import onnxruntime as ort
import torch
from torch import Tensor, nn

from ser_live.contract import Contract
from ser_train.errors import TrainingError
from ser_train.export.contract import set_contract

__all__ = ["TOLERANCE", "export"]

TOLERANCE = 1e-4
"""Largest difference of an output between torch and ONNX Runtime that is allowed."""


def export(model: nn.Module, contract: Contract, windows: Tensor) -> onnx.ModelProto:
    """Return a network as an ONNX graph with its contract inside.

    Args:
        model: the network.
        contract: what the file will say of itself.
        windows: real ones `(batch, frames, n_mels)`, on which the graph is compared with torch.

    Raises:
        TrainingError: if the two differ by more than `TOLERANCE`.
    """
    names = [contract.logits, *([contract.attention] if contract.attention else [])]
    module = _Outputs(model, len(names)).eval().float()
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")  # the tracing exporter warns of LSTM batch sizes, which the check below covers
        torch.onnx.export(
            module,
            (windows[:2],),
            f"{folder}/model.onnx",
            dynamo=False,
            input_names=[contract.input.name],
            output_names=names,
            dynamic_axes={name: {0: "batch"} for name in (contract.input.name, *names)},
            opset_version=17,
        )
        graph = onnx.load(f"{folder}/model.onnx")
    graph.producer_name = "ser-train"
    set_contract(graph, contract)
    _check(graph.SerializeToString(), module, contract.input.name, names, windows)
    return graph


class _Outputs(nn.Module):
    """The outputs that a contract names, of a network that gives None for attention where it has none."""

    def __init__(self, model: nn.Module, count: int) -> None:
        super().__init__()
        self.model = model
        self.count = count

    def forward(self, windows: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.model(windows)[: self.count])


def _check(data: bytes, module: nn.Module, source: str, names: list[str], windows: Tensor) -> None:
    """Compare every output of the graph with torch's, on one window, as live, and on many."""
    session = ort.InferenceSession(data, providers=["CPUExecutionProvider"])
    with torch.no_grad():
        expected = module(windows)
    for name, right in zip(names, expected, strict=True):
        for end in (1, len(windows)):
            (got,) = session.run([name], {source: windows[:end].numpy()})
            difference = float(np.abs(got - right[:end].numpy()).max())
            if not difference <= TOLERANCE:
                raise TrainingError(
                    f"the exported model differs from the trained one by {difference:.1e} in its {name} (at most "
                    f"{TOLERANCE:.0e} is allowed): nothing was written, please report this with the recipe"
                )
