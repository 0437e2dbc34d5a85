"""Train unattended: find, split, cut, make the model; or one for each fold, and pool all their predictions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import torch
from rich.console import Console

from ser_train.commands.request import FitRequest
from ser_train.commands.train_model import train_model
from ser_train.console import note_printer, progress_bars
from ser_train.corpora import Clip, find_clips
from ser_train.data.speech_cache import SpeechCache, build_cache
from ser_train.errors import TrainingError
from ser_train.evaluation.evaluate import SideResult, fold_predictions
from ser_train.evaluation.folds import pool
from ser_train.evaluation.inference import restriction
from ser_train.files import write_json, write_whole
from ser_train.fitting.own_data import fit_recipe
from ser_train.reporting.fold_table import fold_table
from ser_train.splits import SIDES, Side, Split, make_splits, pooled_protocol

__all__ = ["torch_device", "train"]


def torch_device(asked: str) -> torch.device:
    """Return the device to train on; `cuda` fails where it is not there, `auto` takes what there is.

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


def train(request: FitRequest) -> None:
    """Train, calibrate, export, measure through the live pipeline; card, page and curves go beside the model.

    A split of several folds makes a model of each, `<out>.<fold>.onnx`, and `<out>.folds.json` and `.md` of them all.

    Raises:
        TrainingError: see the parts.
    """
    console = request.console
    if request.recipe.start and request.start is None:
        raise TrainingError(
            f"the recipe {request.recipe.name} starts from weights of another run: give {request.recipe.start}.weights "
            "with --start (docs/training.md says how they are made)"
        )
    tell = note_printer(console)
    clips = find_clips(request.data, request.recipe.corpora, speaker_pattern=request.speaker_pattern, tell=tell)
    recipe, notes = fit_recipe(request.recipe, clips, request.asked)
    request = replace(request, recipe=recipe)
    for note in notes:
        tell(note)
    splits = make_splits(clips, recipe.label_map, recipe.split, recipe.seed)
    for split in splits:
        _print_split(split, console)
    used = {clip.place for split in splits for side in split.sides.values() for clip in side}
    cache = _cut_speech(request, [clip for clip in clips if clip.place in used])
    if len(splits) == 1:
        train_model(request, splits[0], cache, request.out)
    else:
        _train_folds(request, splits, cache)


def _cut_speech(request: FitRequest, clips: Sequence[Clip]) -> SpeechCache:
    """Cut the clips to their speech, or open the cache of it; damaged ones are named and counted, or refused."""
    with progress_bars(request.console) as bars:
        bar = bars.add_task("cutting speech", total=len(clips))
        cache = build_cache(clips, request.cache, lambda done, _: bars.update(bar, completed=done))
    _damaged(cache.faulty, len(clips), request.strict, request.console)
    return cache


def _train_folds(request: FitRequest, splits: Sequence[Split], cache: SpeechCache) -> None:
    """Train a model of each fold, and pool their predictions."""
    recipe, out = request.recipe, request.out
    side: Side = "test" if request.open_test else "validation"
    results: list[tuple[Split, SideResult]] = []
    for split in splits:
        request.console.rule(split.name)
        fold = out.with_name(f"{out.stem}.{_slug(split.name)}.onnx")
        results.append((split, train_model(request, split, cache, fold)[side]))
    all_labels, labels = recipe.label_map.labels, results[0][1].labels
    end = restriction(all_labels, labels)
    scores = pool(
        [fold_predictions(result, split.name, split.protocol + end) for split, result in results],
        labels,
        pooled_protocol(splits, recipe.split.kind, recipe.seed) + _restricted(results, all_labels, side),
        side=side,
        speakers_shared=splits[0].speakers_shared,
    )
    table = fold_table(scores)
    write_json(out.with_suffix(".folds.json"), scores.to_json())
    write_whole(out.with_suffix(".folds.md"), table)
    request.console.print(table, markup=False, highlight=False, soft_wrap=True)


def _restricted(results: Sequence[tuple[Split, SideResult]], labels: Sequence[str], side: Side) -> str:
    """Return the end of the protocol of all folds on scores of fewer labels; empty where every label is measured."""
    end = restriction(labels, results[0][1].labels)
    left_out = sum(len(split.sides[side]) - len(result.clips) for split, result in results)
    return f"{end}, {left_out:,} clips of other labels left out" if end else ""


def _print_split(split: Split, console: Console) -> None:
    if split.name:
        console.print(split.name, style="bold", markup=False)
    for side in SIDES:
        clips = split.sides[side]
        people = len({clip.speaker for clip in clips})
        console.print(f"{side}: {len(clips)} clips of {people} speaker{'s' if people != 1 else ''}", highlight=False)
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
            "them, or leave --strict out to train without them"
        )
    if faulty:
        console.print(f"left out: {len(faulty)} of {clips} clips", highlight=False)


def _slug(name: str) -> str:
    """Return the name of a fold as a part of a file's name.

    >>> _slug("fold 1 of 5")
    'fold-1-of-5'
    """
    return re.sub(r"[^\w]+", "-", name).strip("-")
