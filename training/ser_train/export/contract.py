"""The contract in an ONNX file: read, changed, written, the graph staying as it is."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import onnx

from ser_live.contract import KEY, Contract, parse_contract
from ser_train.files import write_whole

__all__ = ["contract_of", "read_contract", "rewrite_contract", "set_contract", "working_copy", "write_with_contract"]


def contract_of(graph: onnx.ModelProto) -> Contract:
    """Return the contract that a graph carries.

    Raises:
        ModelError: if it carries none that can be met.
    """
    return parse_contract({entry.key: entry.value for entry in graph.metadata_props}.get(KEY))


def set_contract(graph: onnx.ModelProto, contract: Contract) -> None:
    """Give a graph a contract, in place of what metadata it had."""
    del graph.metadata_props[:]
    onnx.helper.set_model_props(graph, {KEY: contract.to_json()})


def read_contract(path: Path) -> Contract:
    """Return the contract of an ONNX file."""
    return contract_of(onnx.load(path))


def rewrite_contract(path: Path, **changes: object) -> Contract:
    """Change fields of the contract in an ONNX file."""
    graph = onnx.load(path)
    contract = dataclasses.replace(contract_of(graph), **changes)  # type: ignore[arg-type]
    write_with_contract(graph, contract, path)
    return contract


def write_with_contract(graph: onnx.ModelProto, contract: Contract, path: Path) -> None:
    """Write a graph with its contract inside, whole or not at all.

    Raises:
        TrainingError: if it cannot be written.
    """
    set_contract(graph, contract)
    write_whole(path, graph.SerializeToString(), "the model")


@contextmanager
def working_copy(graph: onnx.ModelProto, out: Path) -> Iterator[Path]:
    """Yield an ONNX file of that name in a temporary folder, to be measured before `out` itself is written."""
    with tempfile.TemporaryDirectory(prefix="ser-train-") as folder:
        path = Path(folder) / out.name
        path.write_bytes(graph.SerializeToString())
        yield path
