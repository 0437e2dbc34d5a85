"""`ser-train fit`, the default command: train a model, measure it and export it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ser_train.commands.options import CacheFolder, Data, SpeakerPattern, cache_folder

__all__ = ["fit"]


def fit(
    data: Data,
    out: Annotated[
        Path, typer.Option("--out", help="The model file to write (.onnx); its card, scores and curves go beside it.")
    ],
    recipe: Annotated[
        str, typer.Option(help="Name of a shipped recipe (`ser-train recipes` lists them), or path of a .toml file.")
    ] = "default",
    device: Annotated[
        str, typer.Option(help="Where to train: cpu, cuda, or auto, which takes CUDA if it is there.")
    ] = "auto",
    epochs: Annotated[
        int | None, typer.Option(min=1, help="How often to go through the clips, instead of the recipe's number.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted run, from the checkpoint beside --out.")
    ] = False,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of everything random, instead of the recipe's.")] = None,
    split: Annotated[
        str | None,
        typer.Option(
            help="How to divide the clips, instead of the recipe's way: speakers, public, stated, folds, "
            "leave-one-speaker-out, leave-one-corpus-out, across or random."
        ),
    ] = None,
    folds: Annotated[int | None, typer.Option(min=3, help="How many folds, for --split folds.")] = None,
    labels: Annotated[
        str | None,
        typer.Option(
            help="Labels to train: four, six, seven, seven-berlin, eight, or a list such as angry,neutral,sad. Without "
            "it, those of the recipe's labels that the data have."
        ),
    ] = None,
    no_test: Annotated[
        bool,
        typer.Option(
            "--no-test", help="Do not measure on the test speakers: for trials among which one is chosen later."
        ),
    ] = False,
    start: Annotated[
        Path | None,
        typer.Option("--start", help="Start from the .weights file of an earlier run instead of random weights."),
    ] = None,
    teacher: Annotated[
        list[Path] | None,
        typer.Option("--teacher", help="A finished model of the same split to learn from; may be given several times."),
    ] = None,
    keep_weights: Annotated[
        bool,
        typer.Option("--keep-weights", help="Also write a .weights file beside --out, for the --start of later runs."),
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop with an error at damaged clips instead of leaving them out.")
    ] = False,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Also write a log for TensorBoard beside --out.")
    ] = False,
    speaker_pattern: SpeakerPattern = None,
    cache: CacheFolder = None,
) -> None:
    """Train a model, measure it through the live pipeline and export it (the default command)."""
    from dataclasses import replace

    from rich.console import Console

    from ser_train.commands.request import FitRequest
    from ser_train.commands.train import torch_device, train
    from ser_train.corpora.labels import asked_labels
    from ser_train.files import check_model_path
    from ser_train.fitting.recipe import load_recipe, with_labels
    from ser_train.networks.warm_start import load_start

    check_model_path(out)
    chosen = load_recipe(recipe)
    if labels is not None:
        chosen = with_labels(chosen, asked_labels(labels))
    chosen = replace(
        chosen,
        seed=chosen.seed if seed is None else seed,
        tensorboard=chosen.tensorboard or tensorboard,
        split=replace(chosen.split, kind=split or chosen.split.kind, folds=folds or chosen.split.folds),
        optimisation=replace(chosen.optimisation, epochs=epochs or chosen.optimisation.epochs),
    )
    train(
        FitRequest(
            recipe=chosen,
            data=data,
            out=out,
            cache=cache_folder(cache),
            device=torch_device(device),
            console=Console(stderr=True),
            resume=resume,
            open_test=not no_test,
            strict=strict,
            speaker_pattern=speaker_pattern,
            start=None if start is None else load_start(start),
            teachers=teacher or [],
            keep_weights=keep_weights,
            asked=[name for name, value in (("labels", labels), ("split", split)) if value is not None],
        )
    )
