"""Run a system under one of its protocols, fold by fold; finished folds are kept in the cache."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch

from ser_train.console import progress_bars
from ser_train.errors import TrainingError
from ser_train.networks.warm_start import begin_with
from ser_train.papers.experiment import Experiment
from ser_train.papers.export import export_fold
from ser_train.papers.features import KINDS
from ser_train.papers.fit import Fitted, fit_network, logits_of
from ser_train.papers.networks import NETWORKS
from ser_train.papers.predictions import FoldPredictions, read_predictions, write_predictions
from ser_train.papers.splits import Fold, make_folds
from ser_train.papers.standardised import Standardised, moments
from ser_train.provenance import commit

__all__ = ["experiment_folds", "fit_fold", "run_fold"]

CURVE_EXAMPLES = 4096
"""Examples of a test that are measured after every epoch for its curve, at most: d-film has 41,000."""


def experiment_folds(experiment: Experiment, seed: int) -> list[Fold]:
    """Return the folds of a seed."""
    system = experiment.system
    return make_folds(
        experiment.recordings.arrays.clips,
        system.label_map,
        len(system.copies),
        system.protocols[experiment.protocol],
        seed,
    )


def run_fold(experiment: Experiment, fold: Fold, seed: int, model: Path | None = None) -> FoldPredictions:
    """Fit on a fold and predict its test, or take both from the cache.

    Args:
        experiment: that the fold belongs to.
        fold: who trains, chooses and is measured.
        seed: of the first weights and the order.
        model: ONNX file to write the network to; it is fitted again then.
    """
    path = experiment.cache / f"papers-run-{experiment.system.name}-{_digest(experiment, fold, seed)}.json"
    if experiment.resume and path.exists() and model is None:
        return read_predictions(path)
    code = commit()
    fitted = fit_fold(experiment, fold, seed)
    predictions = _predict(experiment, fold, seed, fitted, code)
    write_predictions(predictions, path)
    if model is not None:
        export_fold(experiment, fold, fitted, predictions, model)
    return predictions


def fit_fold(experiment: Experiment, fold: Fold, seed: int) -> Fitted:
    """Fit a fresh network on the training examples of a fold.

    Raises:
        TrainingError: if the settings ask for a validation and the protocol has none.
    """
    system, recordings, settings = experiment.system, experiment.recordings, experiment.settings
    if not len(fold.validation) and (settings.keep == "best" or settings.watch == "validation" or settings.stop_after):
        raise TrainingError(
            f"the system {system.name} would choose by its test: give [protocols.{experiment.protocol}] validation"
        )
    torch.manual_seed(seed)
    network = NETWORKS[system.network].build(len(experiment.labels), recordings.arrays.shape, system.model)
    given = begin_with(network, experiment.start) if experiment.start else set()
    mean = deviation = torch.zeros(0)
    if KINDS[system.features].standardised:
        mean, deviation = moments(recordings.arrays, fold.train)
    with progress_bars(experiment.console) as bars:
        name = " ".join(filter(None, (f"{system.name} {experiment.protocol}, seed {seed}", fold.name)))
        bar = bars.add_task(name, total=settings.epochs)
        return fit_network(
            Standardised(network, mean, deviation),
            recordings,
            fold.train,
            # Without a validation the curve is that of the test, as papers plot it; `settings` lets it choose nothing.
            fold.validation if len(fold.validation) else fold.test[:: -(-len(fold.test) // CURVE_EXAMPLES)],
            settings,
            draw=system.draw,
            seed=seed,
            device=experiment.device,
            progress=lambda epoch: bars.update(bar, completed=epoch.epoch),
            given=given,
        )


def _predict(experiment: Experiment, fold: Fold, seed: int, fitted: Fitted, code: str) -> FoldPredictions:
    """Predictions for the test of a fold."""
    arrays, network = experiment.recordings.arrays, fitted.network
    if experiment.system.protocols[experiment.protocol].own_scale:
        scale = (part.to(experiment.device) for part in moments(arrays, fold.test))
        network = Standardised(network.network, *scale)
    predicted = logits_of(network, arrays, fold.test, experiment.device).argmax(1)
    train = fold.train[:, 0].tolist()
    test = [arrays.clips[i] for i in fold.test[:, 0].tolist()]
    return FoldPredictions(
        seed=seed,
        fold=fold.name,
        notes=fold.notes,
        truth=tuple(experiment.recordings.truth[fold.test[:, 0]].tolist()),
        predicted=tuple(predicted.tolist()),
        corpora=tuple(clip.corpus for clip in test),
        clips=tuple(clip.name for clip in test),
        speakers=tuple(clip.speaker for clip in test),
        train_examples=len(train),
        train_clips=len(set(train)),
        train_speakers=len({arrays.clips[i].speaker for i in train}),
        validation_examples=len(fold.validation),
        history=fitted.history,
        kept=fitted.kept,
        device=experiment.device.type,
        commit=code,
    )


def _digest(experiment: Experiment, fold: Fold, seed: int) -> str:
    """Digest of everything that a finished fold depends on but the code of the fit."""
    system = replace(experiment.system, title="", where="", choices=(), notes=(), published=0.0, goal=0.0)
    recipe = json.loads(json.dumps(asdict(system), default=dict))
    for part in ("take", "fit", "independent", "start"):  # the digest has them by the arrays, `settings` and `origin`
        del recipe[part]
    recipe["protocols"] = recipe["protocols"][experiment.protocol]
    settings = asdict(experiment.settings)
    origin = [dict(experiment.start.origin)] if experiment.start else []
    if not origin:
        del settings["start_rate"]
    plain = [recipe, settings, seed, *origin]
    digest = hashlib.sha256(json.dumps([plain, experiment.recordings.arrays.digests], sort_keys=True).encode())
    for examples in (fold.train, fold.validation, fold.test):
        digest.update(np.ascontiguousarray(examples).tobytes() + b"|")
    return digest.hexdigest()[:16]
