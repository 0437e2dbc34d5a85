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
from training.errors import TrainingError

__all__ = ["TOLERANCE", "export", "fit_temperature", "read_contract", "rewrite_contract"]

TOLERANCE = 1e-4
"""Largest difference of a logit between torch and ONNX Runtime that is let through."""


def export(model: nn.Module, contract: Contract, windows: Tensor, path: Path) -> None:
    """Write `model` to `path`, having compared it with torch on real windows `(batch, frames, n_mels)`.

    Raises:
        TrainingError: if the two differ by more than `TOLERANCE`, or the file cannot be written.
    """
    model = model.eval().float()
    attention = [contract.attention] if contract.attention else []
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")  # the tracing exporter warns of LSTM batch sizes, which the check below covers
        torch.onnx.export(
            model,
            (windows[:2],),
            f"{folder}/model.onnx",
            dynamo=False,
            input_names=[contract.input_name],
            output_names=[contract.logits, *attention],
            dynamic_axes={name: {0: "batch"} for name in (contract.input_name, contract.logits, *attention)},
            opset_version=17,
        )
        graph = onnx.load(f"{folder}/model.onnx")
    graph.producer_name = "ser-train"
    _set_contract(graph, contract)
    data = graph.SerializeToString()
    session = ort.InferenceSession(data, providers=["CPUExecutionProvider"])
    with torch.no_grad():
        expected = model(windows)[0].numpy()
    for start, end in ((0, 1), (0, len(windows))):  # one window, as live, and many
        (got,) = session.run([contract.logits], {contract.input_name: windows[start:end].numpy()})
        difference = float(np.abs(got - expected[start:end]).max())
        if not difference <= TOLERANCE:
            raise TrainingError(
                f"the exported model differs from the trained one by {difference:.1e} (at most {TOLERANCE:.0e} is let "
                "through): nothing was written, please report this with the recipe"
            )
    _write(data, path)


def read_contract(path: Path) -> Contract:
    """Contract of an ONNX file."""
    return parse_contract({p.key: p.value for p in onnx.load(path).metadata_props}.get(KEY))


def rewrite_contract(path: Path, **changes: object) -> Contract:
    """Change fields of the contract in an ONNX file; the graph stays as it is."""
    graph = onnx.load(path)
    contract = dataclasses.replace(read_contract(path), **changes)  # type: ignore[arg-type]
    _set_contract(graph, contract)
    _write(graph.SerializeToString(), path)
    return contract


def _set_contract(graph: onnx.ModelProto, contract: Contract) -> None:
    del graph.metadata_props[:]
    onnx.helper.set_model_props(graph, {KEY: contract.to_json()})


def _write(data: bytes, path: Path) -> None:
    temporary = path.with_suffix(".onnx.tmp")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError as error:
        raise TrainingError(f"the model {path} cannot be written: {error.strerror or error}") from None


def fit_temperature(logits: Tensor, truth: Tensor) -> float:
    """Temperature that makes the windows' probabilities likeliest: `logits (n, labels)`, `truth (n,)`.

    Guo et al. 2017, "On calibration of modern neural networks", https://arxiv.org/abs/1706.04599.
    """
    log_temperature = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([log_temperature], lr=0.1, max_iter=200)

    def loss() -> Tensor:
        optimiser.zero_grad()
        value = nn.functional.cross_entropy(logits.double() / log_temperature.exp(), truth)
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    return float(log_temperature.exp().detach())
