"""`ser-train fit`, the default command: train a model, measure it and export it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ser_train.commands.options import CacheFolder, Data, SpeakerPattern, cache_folder

__all__ = ["fit"]


def fit(
    data: Data,
    out: Annotated[Path, typer.Option("--out", help="The ONNX file to write; card, figures and curves go beside it.")],
    recipe: Annotated[str, typer.Option(help="Name of a shipped recipe, or path of a .toml file.")] = "default",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    epochs: Annotated[int | None, typer.Option(min=1, help="Instead of the recipe's.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the checkpoint beside --out.")] = False,
    seed: Annotated[int | None, typer.Option(min=0, help="Instead of the recipe's.")] = None,
    split: Annotated[
        str | None,
        typer.Option(
            help="Instead of the recipe's: speakers, public, stated, folds, leave-one-speaker-out, "
            "leave-one-corpus-out, across or random."
        ),
    ] = None,
    folds: Annotated[int | None, typer.Option(min=3, help="How many, for --split folds.")] = None,
    labels: Annotated[
        str | None,
        typer.Option(
            help="Instead of the recipe's: four, six, seven, seven-berlin, eight, or a list, angry,neutral,sad say. "
            "Without it, those of the recipe's that the data have."
        ),
    ] = None,
    no_test: Annotated[
        bool, typer.Option("--no-test", help="Leave the test speakers unopened: for trials to choose between.")
    ] = False,
    start: Annotated[
        Path | None,
        typer.Option("--start", help="Begin with the weights of an earlier run (its .weights) instead of random ones."),
    ] = None,
    teacher: Annotated[
        list[Path] | None,
        typer.Option("--teacher", help="A finished model of the same split to learn from; may be given several times."),
    ] = None,
    keep_weights: Annotated[
        bool, typer.Option("--keep-weights", help="Write OUT's .weights too, for other runs to --start from.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse damaged clips instead of leaving them out.")] = False,
    tensorboard: Annotated[bool, typer.Option("--tensorboard", help="Log for TensorBoard beside --out.")] = False,
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
