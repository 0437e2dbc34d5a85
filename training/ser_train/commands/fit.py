"""One unattended run: find, split, cut, make the model; or one for each fold, and pool all their verdicts."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path

import torch
from rich.console import Console

from ser_train.commands.train_model import Workshop, produce_model
from ser_train.console import progress_bars
from ser_train.corpora import Clip, find_clips
from ser_train.data.speech_cache import build_cache
from ser_train.errors import TrainingError
from ser_train.evaluation.evaluate import SideResult, fold_predictions
from ser_train.evaluation.folds import pool
from ser_train.evaluation.inference import restriction
from ser_train.files import write_json, write_whole
from ser_train.fitting.own_data import fit_recipe
from ser_train.fitting.recipe import Recipe
from ser_train.networks.warm_start import load_start
from ser_train.reporting.fold_table import fold_table
from ser_train.splits import SIDES, Side, Split, make_splits, pooled_protocol

__all__ = ["run", "torch_device"]


def torch_device(asked: str) -> torch.device:
    """Device to train on; `cuda` fails where it is not there, `auto` takes what there is.

    Raises:
        TrainingError: if CUDA is asked for and not there, or for another word.
    """
    if asked not in ("auto", "cpu", "cuda"):
        raise TrainingError(f"--device must be auto, cpu or cuda, not {asked!r}")
    if asked == "cuda" and not torch.cuda.is_available():
        raise TrainingError(
            "CUDA was asked for, but torch finds no such device: check `nvidia-smi`, or use --device cpu"
        )
    return torch.device("cuda" if asked != "cpu" and torch.cuda.is_available() else "cpu")


def run(
    recipe: Recipe,
    data: Sequence[Path],
    out: Path,
    *,
    device: torch.device,
    resume: bool,
    open_test: bool,
    strict: bool = False,
    speaker_pattern: str | None = None,
    cache_folder: Path,
    console: Console,
    start: Path | None = None,
    teachers: Sequence[Path] = (),
    keep_weights: bool = False,
    asked: Collection[str] = (),
) -> None:
    """Train, calibrate, export to `out`, measure through the live pipeline; card, page and curves go beside it.

    A split of several folds makes a model of each, `<out>.<fold>.onnx`, and `<out>.folds.json` and `.md` of them all.

    Args:
        recipe: everything that the run depends on but the data's place.
        data: folders and manifests.
        out: the ONNX file.
        device: to train on.
        resume: go on from the checkpoint beside `out`.
        open_test: measure on the test speakers too, and write down that they were opened.
        strict: refuse a run with damaged clips, instead of leaving them out.
        speaker_pattern: see `ser_train.corpora.find_clips`.
        cache_folder: for the cut speech.
        console: for progress.
        start: weights of an earlier run to begin with.
        teachers: finished models of the same split to learn from.
        keep_weights: write `<out>.weights`, for other runs to start from.
        asked: see `ser_train.fitting.own_data.fit_recipe`.

    Raises:
        TrainingError: see the parts.
    """
    if recipe.start and start is None:
        raise TrainingError(
            f"the recipe {recipe.name} goes on from other weights: give {recipe.start}.weights by --start "
            "(docs/training.md says how they are made)"
        )
    begin = None if start is None else load_start(start)
    clips = find_clips(data, recipe.corpora, speaker_pattern=speaker_pattern)
    recipe, notes = fit_recipe(recipe, clips, asked)
    for note in notes:
        console.print(note, style="yellow", markup=False, highlight=False, soft_wrap=True)
    task = recipe.label_map
    splits = make_splits(clips, task, recipe.split, recipe.seed)
    for split in splits:
        _tell(split, console)
    sided = {clip.path for split in splits for own in split.sides.values() for clip in own}
    used = [clip for clip in clips if clip.path in sided]
    with progress_bars(console) as bars:
        bar = bars.add_task("cutting speech", total=len(used))
        cache = build_cache(used, cache_folder, lambda done, _: bars.update(bar, completed=done))
    _damaged(cache.faulty, len(used), strict, console)
    workshop = Workshop(
        recipe=recipe,
        data=data,
        cache=cache,
        device=device,
        resume=resume,
        console=console,
        start=begin,
        teachers=teachers,
        keep_weights=keep_weights,
    )
    if len(splits) == 1:
        produce_model(workshop, splits[0], out, open_test=open_test)
        return
    side: Side = "test" if open_test else "validation"
    results: list[tuple[Split, SideResult]] = []
    for split in splits:
        fold = out.with_name(f"{out.stem}.{_slug(split.name)}.onnx")
        console.rule(split.name)
        results.append((split, produce_model(workshop, split, fold, open_test=open_test)[side]))
    labels = results[0][1].labels
    end = restriction(task.labels, labels)
    scores = pool(
        [fold_predictions(result, split.name, split.protocol + end) for split, result in results],
        labels,
        pooled_protocol(splits, recipe.split.kind, recipe.seed) + _restricted(results, task.labels, side),
        side=side,
        speakers_shared=splits[0].speakers_shared,
    )
    table = fold_table(scores)
    write_json(out.with_suffix(".folds.json"), scores.to_json())
    write_whole(out.with_suffix(".folds.md"), table)
    console.print(table, markup=False, highlight=False, soft_wrap=True)


def _restricted(results: Sequence[tuple[Split, SideResult]], labels: Sequence[str], side: Side) -> str:
    """Return the end of the protocol of all folds on scores of fewer labels; empty where every label is measured."""
    end = restriction(labels, results[0][1].labels)
    left_out = sum(len(split.sides[side]) - len(result.clips) for split, result in results)
    return f"{end}, {left_out:,} clips of other labels left out" if end else ""


def _tell(split: Split, console: Console) -> None:
    if split.name:
        console.print(split.name, style="bold", markup=False)
    for side in SIDES:
        own: Sequence[Clip] = split.sides[side]
        people = len({clip.speaker for clip in own})
        console.print(f"{side}: {len(own)} clips of {people} speaker{'s' if people != 1 else ''}", highlight=False)
    for note in split.notes:
        console.print(f"  {note}", style="dim", markup=False, highlight=False, soft_wrap=True)


def _damaged(faulty: dict[str, str], clips: int, strict: bool, console: Console) -> None:
    """Name and count the clips that are left out.

    Raises:
        TrainingError: if there are any and the run is strict.
    """
    for name, reason in faulty.items():
        console.print(f"left out: {name} {reason}", style="dim", markup=False, highlight=False, soft_wrap=True)
    if faulty and strict:
        raise TrainingError(
            f"damaged or without speech: {len(faulty)} of the clips ({', '.join(list(faulty)[:3])} …): replace "
            "them, or leave --strict away to train without them"
        )
    if faulty:
        console.print(f"left out: {len(faulty)} of {clips} clips", highlight=False)


def _slug(name: str) -> str:
    """Name of a fold as a part of a file's name.

    >>> _slug("fold 1 of 5")
    'fold-1-of-5'
    """
    return re.sub(r"[^\w]+", "-", name).strip("-")
