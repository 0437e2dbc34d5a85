"""One unattended run: find, split, cut, fit, calibrate, export, measure, write the card."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from ser_live.classifier import Classifier
from ser_live.contract import Contract
from ser_live.features import FrontEnd, LogMel, Normalisation
from ser_live.types import SAMPLE_RATE
from training.batches import WindowSet, validation_batches
from training.cache import SpeechCache, build_cache
from training.card import write_card
from training.corpora import CORPORA, Clip, find_clips, six_classes
from training.errors import TrainingError
from training.evaluate import figures, listen, log_opening
from training.export import export, fit_temperature, read_contract, rewrite_contract
from training.features import TorchFrontEnd
from training.fit import Fit, fit, window_logits
from training.noises import load_noises
from training.plots import plot_history
from training.recipe import Recipe
from training.smoothing import search_smoothing
from training.splits import SIDES, Side, check_disjoint, public_split

__all__ = ["LABELS", "choose_smoothing", "evaluate_again", "prepare_output", "run", "split_clips", "torch_device"]

LABELS = ("angry", "disgust", "fear", "happy", "neutral", "sad")
_COVERAGE = 0.7  # share of validation predictions that the abstention threshold leaves a label


def torch_device(asked: str) -> torch.device:
    """Device to train on; `cuda` fails where it is not there, `auto` takes what there is.

    Raises:
        TrainingError: if CUDA is asked for and not there.
    """
    if asked == "cuda" and not torch.cuda.is_available():
        raise TrainingError(
            "CUDA was asked for, but torch finds no such device: check `nvidia-smi`, or use --device cpu"
        )
    return torch.device("cuda" if asked != "cpu" and torch.cuda.is_available() else "cpu")


def prepare_output(path: Path) -> None:
    """Refuse, before any long work, a model path that cannot be written.

    Raises:
        TrainingError: if it does not end in `.onnx`, or its folder is missing or read-only.
    """
    if path.suffix != ".onnx":
        raise TrainingError(f"--out must name an .onnx file, not {path}")
    if not path.parent.is_dir():
        raise TrainingError(f"the folder {path.parent} does not exist: make it, or choose another --out")
    if not os.access(path.parent, os.W_OK):
        raise TrainingError(f"the folder {path.parent} cannot be written: choose another --out")


def split_clips(clips: Sequence[Clip]) -> dict[Side, list[Clip]]:
    """The six-class clips of each side of the public split, speakers apart.

    Raises:
        TrainingError: if a side that is needed is empty, or a speaker stands on two.
    """
    sides: dict[Side, list[Clip]] = {side: [] for side in SIDES}
    for clip in clips:
        if six_classes(clip.label) is not None:
            sides[public_split(clip)].append(clip)
    check_disjoint(sides.values())
    for side in ("train", "validation"):
        missing = set(LABELS) - {six_classes(clip.label) for clip in sides[side]}
        if missing:
            raise TrainingError(f"no {side} clip is labelled {', '.join(sorted(missing))}: more corpora are needed")
    return sides


def run(
    recipe: Recipe,
    data: Sequence[Path],
    out: Path,
    *,
    device: torch.device,
    resume: bool,
    open_test: bool,
    cache_folder: Path,
    console: Console,
) -> None:
    """Train, calibrate, export to `out`, measure through the live pipeline; card, history and curves go beside it.

    Raises:
        TrainingError: see the parts.
    """
    clips = find_clips(data, recipe.corpora)
    sides = split_clips(clips)
    for side, own in sides.items():
        console.print(f"{side}: {len(own)} clips of {len({clip.speaker for clip in own})} speakers")
    needed = [*sides["train"], *sides["validation"]]
    with _progress(console) as bars:
        task = bars.add_task("cutting speech", total=len(needed))
        cache = build_cache(needed, cache_folder, lambda done, _: bars.update(task, completed=done))
    for name, reason in cache.faulty.items():
        console.print(f"left out: {name} {reason}", style="dim", markup=False)
    noises, recorded = load_noises(data, recipe.seed)
    console.print(f"noise: {recorded} recorded pieces, {len(noises) - recorded} coloured ones")
    front_end = make_front_end(recipe)
    train, validation = (_window_set(cache, sides[side], front_end) for side in ("train", "validation"))
    checkpoint = out.with_suffix(".ckpt")
    with _progress(console) as bars:
        task = bars.add_task("training", total=None)

        def show(at: dict[str, float]) -> None:
            bars.update(
                task,
                completed=(at["epoch"] - 1) * at["steps"] + at["step"],
                total=at["epochs"] * at["steps"],
                description=f"epoch {at['epoch']:.0f}/{at['epochs']:.0f}  loss {at['loss']:.3f}  "
                f"{at['clips_per_second']:.0f} clips/s",
            )

        def tell(row: dict[str, float]) -> None:
            bars.console.print(
                f"epoch {row['epoch']:3.0f}  loss {row['loss']:.3f}  validation loss {row['validation_loss']:.3f}  "
                f"UAR {row['validation_uar']:.3f}  {row['seconds']:.0f} s"
            )

        fitted = fit(
            recipe,
            train,
            validation,
            noises,
            TorchFrontEnd(front_end),
            checkpoint=checkpoint,
            resume=resume,
            device=device,
            progress=show,
            told=tell,
        )
    _write_history(fitted, out)
    contract = _contract(recipe, cache, fitted, train, validation, TorchFrontEnd(front_end))
    real = next(iter(validation_batches(validation, TorchFrontEnd(front_end), 64))).features
    export(fitted.model, contract, real, out)
    out.with_suffix(".json").unlink(missing_ok=True)
    results = evaluate_model(out, sides["validation"], "validation", console)
    rewrite_contract(out, abstention=results["pooled"]["abstention_at_coverage"])
    store_results(out, "validation", results)
    if open_test and sides["test"]:
        store_results(out, "test", evaluate_model(out, sides["test"], "test", console))
    write_card(out)
    checkpoint.unlink(missing_ok=True)
    console.print(f"wrote {out}, {out.with_suffix('.md').name}, {out.with_suffix('.json').name}", markup=False)


def evaluate_again(model: Path, data: Sequence[Path], side: Side, console: Console) -> None:
    """Measure a model that is already there on one side of the public split; its contract and card take the figures.

    Raises:
        TrainingError: if the corpora the model was trained on are not there, or it cannot be written.
    """
    prepare_output(model)
    corpora = [corpus["name"] for corpus in read_contract(model).training.get("corpora", [])]
    clips = split_clips(find_clips(data, corpora or ["cremad"]))[side]
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
    with _progress(console) as bars:
        task = bars.add_task(f"listening to {side} clips", total=len(clips))
        heard = listen(model, clips, lambda done, _: bars.update(task, completed=done))
    protocol = f"{side} speakers of the public split, none of them heard in training; one stream a clip, ONNX, CPU"
    groups = {name: [i for i, c in enumerate(clips) if c.corpus == name] for name in sorted({c.corpus for c in clips})}
    groups["pooled"] = list(range(len(clips)))
    results = {
        name: figures([clips[i] for i in own], [heard[i] for i in own], labels, protocol)
        for name, own in groups.items()
    }
    confidence = [p for one in heard for p in one.smoothed]
    results["pooled"]["abstention_at_coverage"] = round(float(np.quantile(confidence, 1 - _COVERAGE)), 4)
    for name, row in results.items():
        low, high = row["uar_interval"]
        console.print(
            f"{side} {name}: UAR {row['uar']:.3f} [{low:.3f}, {high:.3f}] over {row['speakers']} speakers, "
            f"{row['clips']} clips; ECE {row['ece']:.3f}"
        )
    return results


def make_front_end(recipe: Recipe) -> FrontEnd:
    """The live path's front end with the recipe's settings."""
    return FrontEnd(
        log_mel=LogMel(sample_rate=SAMPLE_RATE, **dataclasses.asdict(recipe.features)),
        normalisation=Normalisation(range_db=recipe.range_db),
        window_samples=round(recipe.window_seconds * SAMPLE_RATE),
    )


@contextmanager
def _progress(console: Console) -> Iterator[Progress]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bars:
        yield bars


def _window_set(cache: SpeechCache, clips: Sequence[Clip], front_end: FrontEnd) -> WindowSet:
    """The cached clips among `clips`, with their labels."""
    wanted = {clip.path for clip in clips}
    own = [i for i, clip in enumerate(cache.clips) if clip.path in wanted]
    return WindowSet(
        cache=cache,
        clips=own,
        labels=[LABELS.index(str(six_classes(cache.clips[i].label))) for i in own],
        label_count=len(LABELS),
        window=front_end.window_samples,
    )


def _contract(
    recipe: Recipe,
    cache: SpeechCache,
    fitted: Fit,
    train: WindowSet,
    validation: WindowSet,
    front_end: TorchFrontEnd,
) -> Contract:
    """Everything the file says of itself, the temperature fitted on the validation windows."""
    logits, clips, _ = window_logits(fitted.model, validation_batches(validation, front_end), torch.device("cpu"))
    heard = [cache.clips[i] for i in train.clips]
    return Contract(
        labels=LABELS,
        input_name="features",
        sample_rate=SAMPLE_RATE,
        window_seconds=recipe.window_seconds,
        features=recipe.features,
        range_db=recipe.range_db,
        logits="logits",
        attention="attention",
        temperature=round(fit_temperature(logits, torch.tensor(validation.labels)[clips]), 4),
        training={
            "recipe": dataclasses.asdict(recipe),
            "corpora": [
                {
                    "name": name,
                    "title": CORPORA[name].title,
                    "licence": CORPORA[name].licence,
                    "url": CORPORA[name].url,
                    "clips": sum(clip.corpus == name for clip in heard),
                    "speakers": len({clip.speaker for clip in heard if clip.corpus == name}),
                }
                for name in recipe.corpora
            ],
            "split": "speaker-disjoint, see training/splits.py; calm counts as neutral, bored and surprise are out",
            "seed": recipe.seed,
            "epoch": fitted.best_epoch,
            "commit": commit(),
        },
    )


def commit() -> str:
    """Commit of the checkout the trainer runs from, with `+` if files are changed; empty outside of one."""
    head = _git("rev-parse", "--short=12", "HEAD")
    return head + ("+" if head and _git("status", "--porcelain", "--untracked-files=no", ".") else "")


def _git(*words: str) -> str:
    try:
        done = subprocess.run(["git", *words], cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


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


def _write_history(fitted: Fit, out: Path) -> None:
    with out.with_suffix(".history.csv").open("w", newline="") as file:
        rows = csv.DictWriter(file, fieldnames=list(fitted.history[0]))
        rows.writeheader()
        rows.writerows(fitted.history)
    plot_history(fitted.history, fitted.best_epoch, out.with_suffix(".png"))


def choose_smoothing(model: Path, data: Sequence[Path], out: Path, seed: int, console: Console) -> None:
    """Search the smoothing on the validation speakers and write what was found as JSON."""
    corpora = [corpus["name"] for corpus in Classifier(model, "cpu").contract.training.get("corpora", [])]
    clips = split_clips(find_clips(data, corpora or ["cremad"]))["validation"]
    with _progress(console) as bars:
        task = bars.add_task("listening to streams", total=None)
        found = search_smoothing(
            model, clips, seed=seed, progress=lambda done, of: bars.update(task, completed=done, total=of)
        )
    out.write_text(json.dumps(found, indent=1) + "\n")
    console.print(json.dumps(found, indent=1), markup=False)
