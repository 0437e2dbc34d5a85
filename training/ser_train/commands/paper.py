"""What `ser-train paper` does: a row under its protocols, results written and told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from rich.console import Console

from ser_train.errors import TrainingError
from ser_train.networks.warm_start import load_start
from ser_train.papers.experiment import Bench
from ser_train.papers.metrics import METRICS
from ser_train.papers.protocols import PROTOCOLS
from ser_train.papers.report import figure_text, people, write_result
from ser_train.papers.results import cost, read_result, results
from ser_train.papers.run import fit_fold, folds_of, gather, run_fold
from ser_train.papers.system import Row, load_row, row_names

__all__ = ["list_rows", "run_paper"]


def run_paper(
    name: str,
    data: Sequence[Path],
    protocols: Sequence[str],
    out: Path,
    *,
    seeds: Sequence[int],
    folds: int | None,
    epochs: int | None,
    time: bool,
    resume: bool,
    export: Path | None,
    device: torch.device,
    cache: Path,
    console: Console,
    start: Path | None = None,
) -> None:
    """Run a row and write `<out>/<row>/<protocol>.json`, `.md` and `.png`.

    Args:
        name: of the row, or path of its file.
        data: folders of the corpora.
        protocols: of `ser_train.papers.protocols.PROTOCOLS`; none given is all that the row has.
        out: folder of the results.
        seeds: a run for each; of the order, the first weights, and what a random split draws.
        folds: run so many of a protocol's folds, None all; the results say so.
        epochs: instead of the row's.
        time: fit one epoch of one fold, and write what it took into `<out>/<row>/time.json`; nothing is measured else.
        resume: take folds that are finished from the cache.
        export: write the network of the last protocol's first fold there, as ONNX with its contract.
        device: to train on.
        cache: folder for arrays and finished folds.
        console: for progress.
        start: weights to begin with, of a row that asks for them.

    Raises:
        TrainingError: see the parts.
    """
    row = load_row(name)
    if bool(row.start) != (start is not None):
        raise TrainingError(
            f"the row {row.name} begins as a pretrained encoder: give its weights by --start (see docs/training.md)"
            if row.start
            else f"the row {row.name} begins with random weights: leave --start away"
        )
    begin = load_start(start) if start else None
    for protocol in protocols:
        if protocol not in row.protocols:
            raise TrainingError(f"the row {row.name} has no protocol {protocol!r}: it has {', '.join(row.protocols)}")
    chosen = list(protocols or row.protocols)
    for protocol in chosen:
        settings = row.fit_for(protocol)
        bench = Bench(
            row=row,
            protocol=protocol,
            settings=replace(settings, epochs=1 if time else epochs or settings.epochs),
            material=gather(row, protocol, data, cache, console),
            device=device,
            folder=cache,
            resume=resume,
            console=console,
            start=begin,
        )
        if time:
            _time(bench, out)
            continue
        finished = [
            [
                run_fold(bench, fold, seed, export if (n, seed, protocol) == (0, seeds[0], chosen[-1]) else None)
                for n, fold in enumerate(folds_of(bench, seed)[:folds])
            ]
            for seed in seeds
        ]
        found = results(bench, finished, len(folds_of(bench, seeds[0])))
        written = write_result(found, out)
        told = ", ".join(f"{METRICS[key]} {figure_text(found[key])}" for key in METRICS)
        console.print(f"{row.name} {protocol}: {told}; {found['clips']:,} clips, {people(found)}")
        console.print(f"wrote {', '.join(map(str, written))}", markup=False, soft_wrap=True)


def _time(bench: Bench, out: Path) -> None:
    """Fit one epoch, and write what it took beside what is known of the other protocol."""
    folds = folds_of(bench, 0)
    fitted = fit_fold(bench, folds[0], 0)
    path = out / bench.row.name / "time.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    known[bench.protocol] = cost(bench, [{"history": fitted.history, "device": bench.device.type}], len(folds))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(known, indent=1) + "\n")
    except OSError as error:
        raise TrainingError(f"{path} cannot be written: {error.strerror or error}: choose another --out") from None
    bench.console.print(f"wrote {path}: {known[bench.protocol]['seconds_per_epoch']:.1f} s an epoch", markup=False)


def list_rows(folder: Path) -> list[str]:
    """A line for each row: paper, system, protocols, published figure and those that are measured here.

    Args:
        folder: of the results; where there is none, as in an installed wheel, no measured figures are told.
    """
    lines = []
    for name in row_names():
        row = load_row(name)
        figure = f"published {row.published:.4g}" if row.published else "nothing published"
        goal = f", goal {row.goal:.4g}" if row.goal else ""
        told = [_told(folder, row, protocol) for protocol in PROTOCOLS if protocol in row.protocols]
        lines.append(f"{name}: paper {row.paper}, {row.title}; {METRICS[row.metric]} {figure}{goal}; {'; '.join(told)}")
    return lines


def _told(folder: Path, row: Row, protocol: str) -> str:
    if not folder.is_dir():
        return f"{protocol} protocol"
    found = read_result(folder, row, protocol)
    return f"{protocol} protocol {figure_text(found[row.metric]) if found else 'not run'}"
