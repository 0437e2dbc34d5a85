"""The files that the page of the models is made of, and the command that makes each."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from ser_train.errors import TrainingError
from ser_train.evaluation.folds import PooledScores
from ser_train.evaluation.scores import ClipScores
from ser_train.reporting.results import Results, read_results

__all__ = [
    "BENCHMARK",
    "COMMANDS",
    "CREMAD",
    "EMODB",
    "LOCO",
    "RAVDESS",
    "RESEARCH",
    "SHIPPED",
    "VAD",
    "Files",
    "fenced",
    "missing",
]

SHIPPED, CREMAD = "models/ser-live", "models/ser-live-crema"
RAVDESS, EMODB = "docs/results/ravdess.folds.json", "docs/results/emodb.folds.json"
LOCO = "docs/results/leave-one-corpus-out.folds.json"
VAD, BENCHMARK, RESEARCH = "models/vad.json", "benchmarks/live.md", "docs/research.toml"


def _fit(recipe: str, out: str, start: str = "encoder") -> str:
    return f"ser-train --data DATA --recipe {recipe} --start {start}.weights --out {out}"


def _int8(model: str, out: str) -> str:
    return f"ser-train export {model} --data DATA --int8 --out {out}.onnx"


COMMANDS = {
    f"{SHIPPED}.json": f"ser-train evaluate {SHIPPED}.onnx --data DATA --side test --robustness",
    f"{SHIPPED}.onnx": f"{_fit('shipped-first', 'shipped-first.onnx')} --no-test --keep-weights && "
    f"{_fit('shipped', 'shipped.onnx', 'shipped-first')} --no-test --keep-weights && "
    f"{_fit('shipped-last', 'shipped-last.onnx', 'shipped')} --no-test && {_int8('shipped-last.onnx', SHIPPED)}",
    f"{SHIPPED}.streams.json": f"ser-train streams {SHIPPED}.onnx --data DATA --side test",
    f"{CREMAD}.json": f"ser-train evaluate {CREMAD}.onnx --data DATA --side test --robustness",
    f"{CREMAD}.onnx": f"{_fit('crema', 'crema.onnx')} --no-test && {_int8('crema.onnx', CREMAD)}",
    RAVDESS: _fit("ravdess", "docs/results/ravdess.onnx"),
    EMODB: _fit("emodb", "docs/results/emodb.onnx"),
    LOCO: _fit("leave-one-corpus-out", "docs/results/leave-one-corpus-out.onnx"),
    VAD: f"ser-train vad --data DATA --out {VAD}",
    BENCHMARK: "python benchmarks/live.py --write",
}
"""`DATA` is the folder of the corpora."""

_NUMBERS = (onnx.TensorProto.FLOAT, onnx.TensorProto.INT8, onnx.TensorProto.UINT8)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


class Files:
    """The files that are there below a folder.

    Args:
        root: of the project.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._results: dict[Path, Results] = {}

    def scores(self, model: str, side: str, corpus: str) -> ClipScores | None:
        """Return the scores of one corpus on one side, of a model such as `models/ser-live`; None where there are none.

        Raises:
            TrainingError: if the file beside the model holds something else.
        """
        path = self.root / f"{model}.json"
        if path not in self._results:
            self._results[path] = read_results(path) if path.exists() else {}
        return self._results[path].get(side, {}).get(corpus)

    def json(self, name: str) -> dict[str, Any] | None:
        """Return what a JSON file holds; None where it is not there.

        Raises:
            TrainingError: if it holds no JSON object.
        """
        path = self.root / name
        if not path.exists():
            return None
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise TrainingError(f"{path} cannot be read as JSON ({error}): make it again, {command(name)}") from None
        if not isinstance(values, dict):
            raise TrainingError(f"{path} holds no JSON object: make it again, {command(name)}")
        return values

    def folds(self, name: str) -> PooledScores | None:
        """Return the scores of all folds; None where the file is not there.

        Raises:
            TrainingError: if the file holds something else.
        """
        values = self.json(name)
        if values is None:
            return None
        try:
            return PooledScores.from_json(values, name)
        except TrainingError as error:
            path = self.root / name
            raise TrainingError(f"{path} holds no figures of folds ({error}): make it again, {command(name)}") from None

    def speed(self, what: str) -> list[float]:
        """Return the numbers of the benchmark's row that begins so; none where it is not there."""
        path = self.root / BENCHMARK
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if cells[0].startswith(what):
                return [float(number) for number in _NUMBER.findall(cells[1])]
        return []

    def parameters(self, model: str) -> int | None:
        """Return how many numbers the network holds, the ONNX graph's constants but scales; None without the file."""
        path = self.root / f"{model}.onnx"
        if not path.exists():
            return None
        weights = onnx.load(path).graph.initializer
        return sum(
            int(np.prod(weight.dims))
            for weight in weights
            if weight.data_type in _NUMBERS and not weight.name.endswith(("_scale", "_zero_point"))
        )


def command(name: str) -> str:
    """Return the command that makes a file, as Markdown."""
    return f"`{COMMANDS[name]}`"


def fenced(text: str) -> str:
    """Return a command as a block of its own, a line for each of its steps."""
    steps = text.replace(" && ", " &&\n")
    return f"```sh\n{steps}\n```\n"


def missing(name: str) -> str:
    """Return the sentence that stands in a file's place where it is not there."""
    return f"Not measured yet: {command(name)}.\n"
