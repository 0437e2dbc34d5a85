"""Export to one ONNX file with its contract inside, checked against torch before it is written."""

from __future__ import annotations

import dataclasses
import tempfile
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from torch import Tensor, nn

from ser_live.contract import KEY, Contract, parse_contract
from ser_train.errors import TrainingError
from ser_train.files import write_whole

__all__ = ["TOLERANCE", "export", "fit_temperature", "read_contract", "rewrite_contract", "write_with_contract"]

TOLERANCE = 1e-4
"""Largest difference of an output between torch and ONNX Runtime that is let through."""


def export(model: nn.Module, contract: Contract, windows: Tensor, path: Path) -> None:
    """Write `model` to `path`, having compared it with torch on real windows `(batch, frames, n_mels)`.

    Raises:
        TrainingError: if the two differ by more than `TOLERANCE`, or the file cannot be written.
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
            input_names=[contract.input_name],
            output_names=names,
            dynamic_axes={name: {0: "batch"} for name in (contract.input_name, *names)},
            opset_version=17,
        )
        graph = onnx.load(f"{folder}/model.onnx")
    graph.producer_name = "ser-train"
    _set_contract(graph, contract)
    data = graph.SerializeToString()
    _check(data, module, contract.input_name, names, windows)
    write_whole(path, data, "the model")


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
                    f"{TOLERANCE:.0e} is let through): nothing was written, please report this with the recipe"
                )


def read_contract(path: Path) -> Contract:
    """Contract of an ONNX file."""
    return parse_contract({p.key: p.value for p in onnx.load(path).metadata_props}.get(KEY))


def rewrite_contract(path: Path, **changes: object) -> Contract:
    """Change fields of the contract in an ONNX file; the graph stays as it is."""
    graph = onnx.load(path)
    contract = dataclasses.replace(read_contract(path), **changes)  # type: ignore[arg-type]
    write_with_contract(graph, contract, path)
    return contract


def write_with_contract(graph: onnx.ModelProto, contract: Contract, path: Path) -> None:
    """Write a graph with its contract inside, whole or not at all.

    Raises:
        TrainingError: if it cannot be written.
    """
    _set_contract(graph, contract)
    write_whole(path, graph.SerializeToString(), "the model")


def _set_contract(graph: onnx.ModelProto, contract: Contract) -> None:
    del graph.metadata_props[:]
    onnx.helper.set_model_props(graph, {KEY: contract.to_json()})


def fit_temperature(logits: Tensor, truth: Tensor, clips: Tensor, seconds: Tensor) -> float:
    """Temperature that makes the clips' verdicts likeliest, each the mean of its windows weighted by their speech.

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
    return float(log_temperature.exp().detach())
