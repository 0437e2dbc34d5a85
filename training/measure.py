"""What the trainer's commands measure, and where they keep it: beside the model and inside it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from ser_live.classifier import Classifier
from training.card import write_card
from training.console import progress_bars
from training.corpora import Clip, find_clips
from training.errors import TrainingError
from training.evaluate import figures, listen, log_opening
from training.export import rewrite_contract
from training.provenance import commit
from training.smoothing import search_smoothing
from training.splits import Side, split_clips

__all__ = ["choose_smoothing", "evaluate_again", "evaluate_model", "prepare_output", "store_results"]

_COVERAGE = 0.7  # share of validation predictions that the abstention threshold leaves a label


def prepare_output(path: Path) -> None:
    """Refuse, before any long work, a model path that cannot be written.

    Raises:
        TrainingError: if it does not end in `.onnx`, or its folder is missing or read-only.
    """
    if path.suffix != ".onnx":
        raise TrainingError(f"--out must name an .onnx file, not {path}")
    check_folder(path)


def check_folder(path: Path) -> None:
    """Refuse a path whose folder is missing or read-only.

    Raises:
        TrainingError: saying which.
    """
    if not path.parent.is_dir():
        raise TrainingError(f"the folder {path.parent} does not exist: make it, or choose another --out")
    if not os.access(path.parent, os.W_OK):
        raise TrainingError(f"the folder {path.parent} cannot be written: choose another --out")


def evaluate_again(model: Path, data: Sequence[Path], side: Side, console: Console) -> None:
    """Measure a model that is already there on one side of the public split; its contract and card take the figures.

    Raises:
        TrainingError: if the corpora the model was trained on are not there, or it cannot be written.
    """
    prepare_output(model)
    clips = _own_clips(model, data, side)
    store_results(model, side, evaluate_model(model, clips, side, console))
    write_card(model)


def evaluate_model(model: Path, clips: Sequence[Clip], side: str, console: Console) -> dict[str, dict[str, Any]]:
    """Figures of `model` on `clips` through the live pipeline: for each corpus, and over all of them (`pooled`)."""
    classifier = Classifier(model, "cpu")
    labels = classifier.labels
    if side == "test":
        opened = log_opening(model, classifier.sha256, sorted({clip.corpus for clip in clips}), commit())
        if opened:
            console.print(f"the test speakers were opened {opened} times before for this model", style="yellow")
    with progress_bars(console) as bars:
        task = bars.add_task(f"listening to {side} clips", total=len(clips))
        heard = listen(model, clips, lambda done, _: bars.update(task, completed=done))
    if all(one.verdict is None for one in heard):
        raise TrainingError(f"no speech was found in any {side} clip: look at the recordings")
    protocol = f"{side} speakers of the public split, none of them heard in training; one stream a clip, ONNX, CPU"
    groups = {name: [i for i, c in enumerate(clips) if c.corpus == name] for name in sorted({c.corpus for c in clips})}
    groups["pooled"] = list(range(len(clips)))
    results = {
        name: figures([clips[i] for i in own], [heard[i] for i in own], labels, protocol)
        for name, own in groups.items()
    }
    confidence = [p for one in heard for p in one.smoothed] or [0.0]  # none past the warm-up
    results["pooled"]["abstention_at_coverage"] = round(float(np.quantile(confidence, 1 - _COVERAGE)), 4)
    for name, row in results.items():
        low, high = row["uar_interval"]
        console.print(
            f"{side} {name}: UAR {row['uar']:.3f} [{low:.3f}, {high:.3f}] over {row['speakers']} speakers, "
            f"{row['clips']} clips; ECE {row['ece']:.3f}"
        )
    return results


def store_results(model: Path, side: str, results: dict[str, dict[str, Any]]) -> None:
    """Keep one side's figures beside the model (`.json`) and inside it (`scores` of its contract)."""
    path = model.with_suffix(".json")
    everything = json.loads(path.read_text()) if path.exists() else {}
    everything[side] = results
    scores = tuple(
        {"side": side, "corpus": name}
        | {key: row[key] for key in ("protocol", "clips", "speakers", "uar", "uar_interval", "accuracy", "ece")}
        for side, rows in everything.items()
        for name, row in rows.items()
    )
    rewrite_contract(model, scores=scores)
    path.write_text(json.dumps(everything, indent=1) + "\n")


def choose_smoothing(model: Path, data: Sequence[Path], out: Path, seed: int, console: Console) -> None:
    """Search the smoothing on the validation speakers and write what was found as JSON."""
    check_folder(out)
    clips = _own_clips(model, data, "validation")
    with progress_bars(console) as bars:
        task = bars.add_task("listening to streams", total=None)
        found = search_smoothing(
            model, clips, seed=seed, progress=lambda done, of: bars.update(task, completed=done, total=of)
        )
    out.write_text(json.dumps(found, indent=1) + "\n")
    console.print(json.dumps(found, indent=1), markup=False)


def _own_clips(model: Path, data: Sequence[Path], side: Side) -> list[Clip]:
    """Clips of one side, of the corpora that a model was trained on."""
    corpora = [corpus["name"] for corpus in Classifier(model, "cpu").contract.training.get("corpora", [])]
    return split_clips(find_clips(data, corpora or ["cremad"]))[side]
