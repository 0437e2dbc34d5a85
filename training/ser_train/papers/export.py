"""A system's network as an ONNX file with its contract, for `ser-live --model`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from ser_live.contract import Contract
from ser_train.corpora.licences import corpus_licences
from ser_train.export.calibration import fit_temperature
from ser_train.export.contract import write_with_contract
from ser_train.export.to_onnx import export
from ser_train.papers.experiment import Experiment
from ser_train.papers.features import KINDS
from ser_train.papers.fit import Fitted, logits_of
from ser_train.papers.metrics import part_score
from ser_train.papers.predictions import FoldPredictions
from ser_train.papers.splits import RANDOM, Fold
from ser_train.splits import SHARED

__all__ = ["export_fold"]


def export_fold(experiment: Experiment, fold: Fold, fitted: Fitted, predictions: FoldPredictions, path: Path) -> None:
    """Write the network of a fold, its temperature fitted on the validation examples where there are any.

    Args:
        experiment: that it was made in.
        fold: that it was fitted on.
        fitted: the network, its standardisation inside.
        predictions: of its test.
        path: of the ONNX file.

    Raises:
        TrainingError: if the exported network differs from this one, or the file cannot be written.
    """
    system, arrays = experiment.system, experiment.recordings.arrays
    validated = len(fold.validation) > 0
    network = fitted.network.cpu().eval()
    windows = torch.from_numpy(arrays.take((fold.validation if validated else fold.train)[:64]))
    with torch.no_grad():
        attends = network(windows[:1])[1] is not None
    trained = [arrays.clips[i] for i in sorted(set(fold.train[:, 0].tolist()))]
    contract = Contract(
        input=KINDS[system.features].inputs(system.front),
        labels=experiment.labels,
        logits="logits",
        attention="attention" if attends else None,
        temperature=round(_temperature(experiment, fold, fitted), 4) if validated else 1.0,
        training={
            "recipe": json.loads(json.dumps(asdict(system), default=dict)),
            "labels": dict(system.label_map.words),
            **({} if experiment.start is None else {"start": dict(experiment.start.origin)}),
            "corpora": [corpus.to_json() for corpus in corpus_licences(trained)],
            "split": system.protocols[experiment.protocol].text,
            "fold": fold.name,
            "seed": predictions.seed,
            "epoch": fitted.kept,
            "commit": predictions.commit,
        },
        scores=(_score(experiment, predictions),),
    )
    write_with_contract(export(network, contract, windows), contract, path)


def _temperature(experiment: Experiment, fold: Fold, fitted: Fitted) -> float:
    recordings = experiment.recordings
    logits = logits_of(fitted.network, recordings.arrays, fold.validation, torch.device("cpu"))
    truth = torch.from_numpy(recordings.truth[fold.validation[:, 0]])
    return fit_temperature(logits, truth, torch.arange(len(truth)), torch.ones(len(truth)))


def _score(experiment: Experiment, predictions: FoldPredictions) -> dict[str, Any]:
    """Scores of the test on whole clips: not through the live path, and the protocol says so."""
    score = part_score(*predictions.indices, len(experiment.labels))
    protocol = experiment.system.protocols[experiment.protocol]
    return {
        "side": "test",
        "corpus": "pooled",
        "protocol": f"{protocol.text}; whole clips, not through the live path",
        "clips": len(set(predictions.clips)),
        "speakers": len(set(predictions.speakers)),
        "uar": score.uar,
        "accuracy": score.accuracy,
        **({"mark": SHARED} if protocol.kind in RANDOM else {}),
    }
