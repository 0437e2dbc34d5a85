"""The command `ser-train`."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from ser_live.errors import SerLiveError

__all__ = ["app", "main"]

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Train, evaluate and export speech emotion models for ser-live, without fooling yourself.",
)

Data = Annotated[
    list[Path], typer.Option("--data", help="Folder that holds corpora, in any tree; may be given several times.")
]
Cache = Annotated[Path | None, typer.Option("--cache", help="Folder for the cut speech; by default the user's cache.")]


@app.command()
def fit(
    data: Data,
    out: Annotated[Path, typer.Option("--out", help="The ONNX file to write; card, figures and curves go beside it.")],
    recipe: Annotated[str, typer.Option(help="Name of a shipped recipe, or path of a .toml file.")] = "default",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    epochs: Annotated[int | None, typer.Option(min=1, help="Instead of the recipe's.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the checkpoint beside --out.")] = False,
    seed: Annotated[int | None, typer.Option(help="Instead of the recipe's.")] = None,
    no_test: Annotated[
        bool, typer.Option("--no-test", help="Leave the test speakers unopened: for trials to choose between.")
    ] = False,
    cache: Cache = None,
) -> None:
    """Train a model, measure it through the live pipeline and export it (the default command)."""
    import dataclasses

    from rich.console import Console

    from training.measure import prepare_output
    from training.recipe import load_recipe
    from training.run import run, torch_device

    prepare_output(out)
    chosen = load_recipe(recipe)
    changes = {"epochs": epochs} if epochs else {}
    chosen = dataclasses.replace(
        chosen,
        seed=chosen.seed if seed is None else seed,
        optimisation=dataclasses.replace(chosen.optimisation, **changes),
    )
    run(
        chosen,
        data,
        out,
        device=torch_device(device),
        resume=resume,
        open_test=not no_test,
        cache_folder=cache or _cache(),
        console=Console(stderr=True),
    )


@app.command()
def evaluate(
    model: Annotated[Path, typer.Argument(help="An ONNX file with a contract.")],
    data: Data,
    test: Annotated[bool, typer.Option("--test", help="The test speakers; opening them is written down.")] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Write OUT.json, .md, .html and .png, and leave the model's own figures alone."),
    ] = None,
    robustness: Annotated[
        bool, typer.Option("--robustness", help="Also under noise, telephone, rooms, gain and clipping: a pass each.")
    ] = False,
) -> None:
    """Measure a model on the validation (or test) speakers of the public split, through the live pipeline."""
    from rich.console import Console

    from ser_live.classifier import Classifier
    from training.measure import evaluate_again, own_clips, public_protocol
    from training.splits import Side

    side: Side = "test" if test else "validation"
    wanted = None
    if robustness:
        from training.conditions import conditions

        wanted = conditions(data)
    evaluate_again(
        model,
        own_clips(model, data, side),
        side,
        Console(stderr=True),
        out=out,
        protocol=public_protocol(Classifier(model, "cpu"), side),
        conditions=wanted,
    )


@app.command()
def export(
    model: Annotated[Path, typer.Argument(help="An ONNX file that ser-train wrote.")],
    data: Data,
    int8: Annotated[
        bool, typer.Option("--int8", help="Write MODEL.int8.onnx, measured on validation speakers.")
    ] = False,
) -> None:
    """Write a variant of a model: int8, calibrated on training clips, with figures of its own."""
    from rich.console import Console

    from training.errors import TrainingError
    from training.measure import own_clips
    from training.quantise import export_int8

    if not int8:
        raise TrainingError("ser-train export makes the int8 variant of a model: give --int8")
    export_int8(model, own_clips(model, data, "train"), own_clips(model, data, "validation"), Console(stderr=True))


@app.command()
def smoothing(
    model: Annotated[Path, typer.Argument(help="An ONNX file with a contract.")],
    data: Data,
    out: Annotated[Path, typer.Option("--out", help="The JSON file to write.")],
    seed: Annotated[int, typer.Option(help="Of the order of the clips.")] = 0,
) -> None:
    """Search the live path's smoothing on streams of validation speakers."""
    from rich.console import Console

    from training.measure import choose_smoothing

    choose_smoothing(model, data, out, seed, Console(stderr=True))


@app.command()
def recipes() -> None:
    """List the shipped recipes."""
    from training.recipe import load_recipe, shipped_recipes

    for name in shipped_recipes():
        recipe = load_recipe(name)
        typer.echo(f"{name}: {', '.join(recipe.corpora)}; {recipe.optimisation.epochs} epochs, seed {recipe.seed}")


@app.command()
def report(
    models: Annotated[list[Path], typer.Argument(help="ONNX files with a contract, or results (.json).")],
    into: Annotated[Path | None, typer.Option(help="Page to put the tables into, between its marks.")] = None,
) -> None:
    """Print the figures of models as Markdown; those of several in one table, side by side."""
    from training.card import fill_figures, report_tables

    tables = report_tables(models)
    typer.echo(tables, nl=False)
    if into is not None:
        fill_figures(into, tables)


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ser-live"


def main() -> None:
    """Entry of the console script: `fit` is the default command, stated errors are one sentence and exit code 1."""
    if len(sys.argv) > 1 and sys.argv[1].startswith("--") and sys.argv[1] != "--help":
        sys.argv.insert(1, "fit")
    missing = [name for name in ("torch", "torchaudio", "onnx") if find_spec(name) is None]
    asks_help = "--help" in sys.argv or len(sys.argv) == 1
    if missing and not asks_help:
        typer.echo(f'ser-train needs {", ".join(missing)}: pip install "ser-live[train]"', err=True)
        raise SystemExit(1)
    try:
        app()
    except SerLiveError as error:
        typer.echo(f"ser-train: {error}", err=True)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        typer.echo("ser-train: stopped; the same command with --resume goes on after the last whole epoch", err=True)
        raise SystemExit(130) from None
