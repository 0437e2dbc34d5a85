"""Run a system of the papers under its protocols, and write and print its results: `ser-train paper`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from rich.console import Console

from ser_train.errors import TrainingError
from ser_train.networks.warm_start import Start, load_start
from ser_train.papers.experiment import Experiment
from ser_train.papers.metrics import METRICS
from ser_train.papers.protocols import PROTOCOLS
from ser_train.papers.recordings import load_recordings
from ser_train.papers.report import score_text, speakers_text
from ser_train.papers.result_files import read_result, write_result, write_time
from ser_train.papers.run import experiment_folds, fit_fold, run_fold
from ser_train.papers.summary import run_cost, summarise
from ser_train.papers.system import System, load_system, system_names

__all__ = ["PaperRequest", "list_systems", "run_paper"]


@dataclass(frozen=True, kw_only=True)
class PaperRequest:
    """What `ser-train paper` is asked for.

    Attributes:
        system: its name, or path of its recipe.
        data: folders and manifests of the corpora.
        protocols: of `ser_train.papers.protocols.PROTOCOLS`; empty is all that the system has.
        seeds: a run for each; they draw the order, the first weights and the random splits.
        folds: how many of a protocol's folds are run, None all; the results say so.
        epochs: instead of the recipe's.
        out: folder of the results.
        cache: folder for arrays and finished folds.
        export: ONNX file for the network of the last protocol's first fold.
        start: weights to begin with, for a system that asks for them.
        resume: take finished folds from the cache.
        time: only fit one epoch of one fold and write how long it took into `<out>/<system>/time.json`.
        device: to train on.
    """

    system: str
    data: tuple[Path, ...]
    protocols: tuple[str, ...] = ()
    seeds: tuple[int, ...] = (0,)
    folds: int | None = None
    epochs: int | None = None
    out: Path
    cache: Path
    export: Path | None = None
    start: Path | None = None
    resume: bool = False
    time: bool = False
    device: torch.device


def run_paper(request: PaperRequest, console: Console) -> None:
    """Run a system and write `<out>/<system>/<protocol>.json`, `.md` and `.png`.

    Raises:
        TrainingError: for a system or protocol that is not there, weights that are missing or not asked for, or see
            the parts.
    """
    system = load_system(request.system)
    start = _start(system, request.start)
    for protocol in request.protocols:
        if protocol not in system.protocols:
            raise TrainingError(
                f"the system {system.name} has no protocol {protocol!r}: it has {', '.join(system.protocols)}"
            )
    protocols = list(request.protocols or system.protocols)
    for protocol in protocols:
        settings = system.fit_for(protocol)
        experiment = Experiment(
            system=system,
            protocol=protocol,
            settings=replace(settings, epochs=1 if request.time else request.epochs or settings.epochs),
            recordings=load_recordings(system, protocol, request.data, request.cache, console),
            device=request.device,
            cache=request.cache,
            resume=request.resume,
            console=console,
            start=start,
        )
        if request.time:
            _time(experiment, request.out)
        else:
            _run(experiment, request, request.export if protocol == protocols[-1] else None)


def _start(system: System, path: Path | None) -> Start | None:
    """Weights that the network begins with.

    Raises:
        TrainingError: if they are missing, or the system asks for none.
    """
    if system.start and path is None:
        raise TrainingError(
            f"the system {system.name} begins as a pretrained encoder: give its weights by --start "
            "(see docs/training.md)"
        )
    if path is not None and not system.start:
        raise TrainingError(f"the system {system.name} begins with random weights: leave --start away")
    return load_start(path) if path else None


def _run(experiment: Experiment, request: PaperRequest, export: Path | None) -> None:
    """Run every seed and fold of a protocol; the first one's network is exported."""
    seeds, folds = [], 0
    for seed in request.seeds:
        divisions = experiment_folds(experiment, seed)
        folds = len(divisions)
        first = seed == request.seeds[0]
        seeds.append(
            [
                run_fold(experiment, fold, seed, export if first and n == 0 else None)
                for n, fold in enumerate(divisions[: request.folds])
            ]
        )
    result = summarise(experiment, seeds, folds)
    written = write_result(result, request.out)
    scores = ", ".join(f"{title} {score_text(result.spread(metric))}" for metric, title in METRICS.items())
    counts = f"{result.clips:,} clips, {speakers_text(result.speakers)}"
    experiment.console.print(f"{result.system} {result.protocol}: {scores}; {counts}")
    experiment.console.print(f"wrote {', '.join(map(str, written))}", markup=False, soft_wrap=True)


def _time(experiment: Experiment, out: Path) -> None:
    """Fit one epoch of one fold, and write how long it took."""
    folds = experiment_folds(experiment, 0)
    cost = run_cost(experiment, fit_fold(experiment, folds[0], 0).history, len(folds))
    path = write_time(out, experiment.system.name, experiment.protocol, cost)
    experiment.console.print(f"wrote {path}: {cost.seconds_per_epoch:.1f} s an epoch", markup=False)


def list_systems(folder: Path) -> list[str]:
    """Return a line for each system: paper, title, published score, and those that are measured here.

    Args:
        folder: of the results; where there is none, as in an installed wheel, no measured scores are given.
    """
    lines = []
    for name in system_names():
        system = load_system(name)
        published = f"published {system.published:.4g}" if system.published else "nothing published"
        goal = f", goal {system.goal:.4g}" if system.goal else ""
        measured = [_measured(folder, system, protocol) for protocol in PROTOCOLS if protocol in system.protocols]
        lines.append(
            f"{name}: paper {system.paper}, {system.title}; {METRICS[system.metric]} {published}{goal}; "
            f"{'; '.join(measured)}"
        )
    return lines


def _measured(folder: Path, system: System, protocol: str) -> str:
    if not folder.is_dir():
        return f"{protocol} protocol"
    result = read_result(folder, system.name, protocol)
    return f"{protocol} protocol {score_text(result.score) if result else 'not run'}"
