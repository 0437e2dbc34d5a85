"""A row's network as an ONNX file with its contract, for `ser-live --model`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ser_live.contract import Contract, InputSettings
from ser_train.corpora.licences import corpus_licences
from ser_train.export.to_onnx import export, fit_temperature
from ser_train.papers.experiment import Bench
from ser_train.papers.features import KINDS
from ser_train.papers.fit import Fitted, logits_of
from ser_train.papers.metrics import figures
from ser_train.papers.splits import RANDOM, Fold
from ser_train.provenance import commit
from ser_train.splits import SHARED

__all__ = ["export_fold"]


def export_fold(bench: Bench, fold: Fold, fitted: Fitted, finished: Mapping[str, Any], path: Path) -> None:
    """Write the network of a fold, its temperature fitted on the validation rows where there are any.

    Args:
        bench: that it was made with.
        fold: that it was fitted on.
        fitted: the network, its standardisation inside.
        finished: what it said of the test.
        path: of the ONNX file.

    Raises:
        TrainingError: if the exported network differs from this one, or the file cannot be written.
    """
    row, arrays = bench.row, bench.material.arrays
    rows = fold.validation if len(fold.validation) else fold.train[:64]
    network = fitted.network.cpu().eval()
    real = torch.from_numpy(arrays.take(rows[:64]))
    with torch.no_grad():
        attends = network(real[:1])[1] is not None
    trained = [arrays.clips[i] for i in sorted(set(fold.train[:, 0].tolist()))]
    contract = Contract(
        **_fields(KINDS[row.features].inputs(row.front)),
        labels=bench.labels,
        input_name="features",
        logits="logits",
        attention="attention" if attends else None,
        temperature=round(_temperature(bench, fold, fitted), 4) if len(fold.validation) else 1.0,
        training={
            "recipe": json.loads(json.dumps(asdict(row), default=dict)),
            "labels": dict(row.label_map.words),
            **({} if bench.start is None else {"start": dict(bench.start.origin)}),
            "corpora": [corpus.to_json() for corpus in corpus_licences(trained)],
            "split": row.protocols[bench.protocol].text,
            "fold": fold.name,
            "seed": finished["seed"],
            "epoch": fitted.epoch,
            "commit": commit(),
        },
        scores=(_score(bench, fold, finished),),
    )
    export(network, contract, real, path)


def _fields(settings: InputSettings) -> dict[str, Any]:
    return {field.name: getattr(settings, field.name) for field in fields(settings)}


def _temperature(bench: Bench, fold: Fold, fitted: Fitted) -> float:
    logits = logits_of(fitted.network, bench.material.arrays, fold.validation, torch.device("cpu"))
    truth = torch.from_numpy(bench.material.truth[fold.validation[:, 0]])
    return fit_temperature(logits, truth, torch.arange(len(truth)), torch.ones(len(truth)))


def _score(bench: Bench, fold: Fold, finished: Mapping[str, Any]) -> dict[str, Any]:
    """Figures of the test as arrays: not through the live path, and the protocol says so."""
    found = figures(np.array(finished["truth"]), np.array(finished["said"]), bench.labels)
    rules = bench.row.protocols[bench.protocol]
    return {
        "side": "test",
        "corpus": "pooled",
        "protocol": f"{rules.text}; whole clips, not through the live path",
        "clips": len(set(finished["clips"])),
        "speakers": len(set(finished["speakers"])),
        "uar": found["uar"],
        "accuracy": found["accuracy"],
        **({"mark": SHARED} if rules.kind in RANDOM else {}),
    }
