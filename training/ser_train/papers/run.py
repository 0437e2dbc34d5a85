"""Run a row under one of its protocols: every seed, every fold, one after the other; what is finished is kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console

from ser_train.console import progress_bars
from ser_train.corpora import CORPORA, Clip, find_clips
from ser_train.errors import TrainingError
from ser_train.networks.warm_start import begin_with
from ser_train.papers.arrays import build_arrays
from ser_train.papers.augmentation import Copy
from ser_train.papers.experiment import Bench, Material
from ser_train.papers.export import export_fold
from ser_train.papers.features import KINDS
from ser_train.papers.fit import Fitted, Standardised, fit_network, logits_of, moments
from ser_train.papers.networks import NETWORKS
from ser_train.papers.splits import Fold, make_folds
from ser_train.papers.system import Row
from ser_train.provenance import commit

__all__ = ["fit_fold", "folds_of", "gather", "run_fold", "taken"]

CURVE_ROWS = 4096
"""Rows of a test that are measured after every epoch for its curve, at most: D-film has 41,000."""


def gather(row: Row, protocol: str, data: Sequence[Path], folder: Path, console: Console) -> Material:
    """Find a row's clips and open their arrays; copies are made of those corpora alone that need them.

    Raises:
        TrainingError: for a corpus that is not there, or clips that cannot be used.
    """
    task = row.label_map
    clips = [
        clip
        for clip in find_clips(data, row.corpora)
        if task.of(clip.label) is not None and (not row.sexes or clip.sex in row.sexes)
    ]
    clips = taken(clips, row)
    there = {clip.corpus for clip in clips}
    absent = [name for name in row.corpora if name not in there]
    if missing := [name for name in absent if name not in row.optional]:
        titles = ", ".join(CORPORA[name].title for name in missing)
        raise TrainingError(f"the row {row.name} needs {titles}, of which --data holds no clip: give its folder too")
    rules = row.protocols[protocol]
    bare = set() if rules.test_copies or rules.back else set(rules.to)
    copies: dict[str, Sequence[Copy]] = {name: () if name in bare else row.copies for name in there}
    with progress_bars(console) as bars:
        task_id = bars.add_task("features", total=None)
        arrays = build_arrays(
            clips,
            row.features,
            row.front,
            copies,
            folder,
            lambda done, total: bars.update(task_id, completed=done, total=total),
        )
    for name, fault in arrays.faulty.items():
        console.print(f"left out: {name}, {fault}", markup=False)
    truth = np.array([task.index(clip.label) for clip in arrays.clips], np.int64)
    return Material(arrays=arrays, truth=truth, absent=tuple(absent))


def taken(clips: Sequence[Clip], row: Row) -> list[Clip]:
    """The clips that take part in a row; their names alone draw them, so that they are equal wherever it is done."""
    labels = row.label_map
    groups: dict[tuple[str, str | None], list[Clip]] = {}
    for clip in sorted(clips, key=lambda clip: hashlib.sha256(clip.name.encode()).digest()):
        groups.setdefault((clip.corpus, labels.of(clip.label)), []).append(clip)
    kept = {
        id(clip)
        for (corpus, label), own in groups.items()
        for clip in (own[: row.take[corpus].get(str(label), 0)] if corpus in row.take else own)
    }
    return [clip for clip in clips if id(clip) in kept]


def folds_of(bench: Bench, seed: int) -> list[Fold]:
    """The folds of a seed."""
    row = bench.row
    return make_folds(bench.material.arrays.clips, row.label_map, len(row.copies), row.protocols[bench.protocol], seed)


def run_fold(bench: Bench, fold: Fold, seed: int, model: Path | None = None) -> dict[str, Any]:
    """Fit on a fold, or take what is finished; what is said of its test rows, and how the fit went.

    Args:
        bench: what it is made with.
        fold: who trains, chooses and is measured.
        seed: of the first weights and the order.
        model: write the network there too, as ONNX; it is fitted again then.
    """
    path = bench.folder / f"papers-run-{bench.row.name}-{_digest(bench, fold, seed)}.json"
    if bench.resume and path.exists() and model is None:
        found: dict[str, Any] = json.loads(path.read_text())
        return found
    code = commit()
    fitted = fit_fold(bench, fold, seed)
    finished = _finished(bench, fold, seed, fitted) | {"commit": code}
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(finished))
    temporary.rename(path)
    if model is not None:
        export_fold(bench, fold, fitted, finished, model)
    return finished


def fit_fold(bench: Bench, fold: Fold, seed: int) -> Fitted:
    """Fit a fresh network on a fold's training rows.

    Raises:
        TrainingError: if nobody validates and the row's settings ask for it.
    """
    row, arrays, settings = bench.row, bench.material.arrays, bench.settings
    if not len(fold.validation) and (settings.keep == "best" or settings.watch == "validation" or settings.stop_after):
        raise TrainingError(
            f"the row {row.name} would choose by its test: give [protocols.{bench.protocol}] validation"
        )
    torch.manual_seed(seed)
    network = NETWORKS[row.network].build(len(bench.labels), arrays.shape, row.model)
    given = begin_with(network, bench.start) if bench.start else set()
    mean = deviation = torch.zeros(0)
    if KINDS[row.features].standardised:
        mean, deviation = moments(arrays, fold.train)
    with progress_bars(bench.console) as bars:
        name = " ".join(filter(None, (f"{row.name} {bench.protocol}, seed {seed}", fold.name)))
        shown = bars.add_task(name, total=bench.settings.epochs)
        return fit_network(
            Standardised(network, mean, deviation),
            arrays,
            bench.material.truth,
            fold.train,
            # Without a validation the loss of the test is told, as papers plot it; `settings` lets it choose nothing.
            fold.validation if len(fold.validation) else fold.test[:: -(-len(fold.test) // CURVE_ROWS)],
            bench.settings,
            draw=row.draw,
            seed=seed,
            device=bench.device,
            progress=lambda epoch: bars.update(shown, completed=epoch["epoch"]),
            given=given,
        )


def _finished(bench: Bench, fold: Fold, seed: int, fitted: Fitted) -> dict[str, Any]:
    arrays, truth = bench.material.arrays, bench.material.truth
    network = fitted.network
    if bench.row.protocols[bench.protocol].own_scale:
        network = Standardised(network.network, *(part.to(bench.device) for part in moments(arrays, fold.test)))
    said = logits_of(network, arrays, fold.test, bench.device).argmax(1)
    heard = [arrays.clips[i] for i in fold.test[:, 0].tolist()]
    return {
        "seed": seed,
        "fold": fold.name,
        "notes": list(fold.notes),
        "truth": truth[fold.test[:, 0]].tolist(),
        "said": said.tolist(),
        "corpora": [clip.corpus for clip in heard],
        "clips": [clip.name for clip in heard],
        "speakers": [clip.speaker for clip in heard],
        "train_rows": len(fold.train),
        "train_clips": len(set(fold.train[:, 0].tolist())),
        "train_speakers": len({arrays.clips[i].speaker for i in fold.train[:, 0].tolist()}),
        "validation_rows": len(fold.validation),
        "history": fitted.history,
        "epoch": fitted.epoch,
        "device": bench.device.type,
    }


def _digest(bench: Bench, fold: Fold, seed: int) -> str:
    """Digest of everything that a finished fold depends on but the code of the fit."""
    row = replace(bench.row, title="", where="", choices=(), notes=(), published=0.0, goal=0.0)
    described = json.loads(json.dumps(asdict(row), default=dict))
    for known in (
        "take",
        "fit",
        "independent",
        "start",
    ):  # in the arrays' digests, this protocol's settings, its origin
        del described[known]
    described["protocols"] = described["protocols"][bench.protocol]
    settings = asdict(bench.settings)
    if bench.start is None:
        del settings["start_rate"]
    plain = [described, settings, seed, *([dict(bench.start.origin)] if bench.start else [])]
    digest = hashlib.sha256(json.dumps([plain, bench.material.arrays.digests], sort_keys=True).encode())
    for rows in (fold.train, fold.validation, fold.test):
        digest.update(np.ascontiguousarray(rows).tobytes() + b"|")
    return digest.hexdigest()[:16]
