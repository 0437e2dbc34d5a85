"""The command `ser-train`."""

from __future__ import annotations

import os
import sys
from enum import Enum
from importlib.metadata import version
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

TORCH = ("torch==2.14.1", "torchaudio==2.11.1", "torchvision==0.29.1")
"""Releases that load together, as `[train]` of pyproject.toml pins them; another of one is another of all."""

Data = Annotated[
    list[Path],
    typer.Option("--data", help="Folder of corpora in any tree, or .csv manifest; may be given several times."),
]
Pattern = Annotated[
    str | None,
    typer.Option(
        "--speaker-pattern",
        help="For folders named by labels: a regular expression whose group is the speaker, searched in the path "
        "below the folder.",
    ),
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
    seed: Annotated[int | None, typer.Option(min=0, help="Instead of the recipe's.")] = None,
    split: Annotated[
        str | None,
        typer.Option(
            help="Instead of the recipe's: speakers, public, stated, folds, leave-one-speaker-out, "
            "leave-one-corpus-out, across or random."
        ),
    ] = None,
    folds: Annotated[int | None, typer.Option(min=3, help="How many, for --split folds.")] = None,
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
    speaker_pattern: Pattern = None,
    cache: Cache = None,
) -> None:
    """Train a model, measure it through the live pipeline and export it (the default command)."""
    from dataclasses import replace

    from rich.console import Console

    from training.measure import prepare_output
    from training.recipe import load_recipe
    from training.run import run, torch_device

    prepare_output(out)
    chosen = load_recipe(recipe)
    chosen = replace(
        chosen,
        seed=chosen.seed if seed is None else seed,
        tensorboard=chosen.tensorboard or tensorboard,
        split=replace(chosen.split, kind=split or chosen.split.kind, folds=folds or chosen.split.folds),
        optimisation=replace(chosen.optimisation, epochs=epochs or chosen.optimisation.epochs),
    )
    run(
        chosen,
        data,
        out,
        device=torch_device(device),
        resume=resume,
        open_test=not no_test,
        strict=strict,
        speaker_pattern=speaker_pattern,
        cache_folder=cache or _cache(),
        console=Console(stderr=True),
        start=start,
        teachers=teacher or [],
        keep_weights=keep_weights,
    )


class _Side(str, Enum):
    train = "train"
    validation = "validation"
    test = "test"
    all = "all"


@app.command()
def evaluate(
    model: Annotated[Path, typer.Argument(help="An ONNX file with a contract.")],
    data: Data,
    side: Annotated[
        _Side,
        typer.Option(
            help="train, validation or test of the split that the model was made with (opening the test speakers is "
            "written down), or all: every clip that is given, for recordings of your own."
        ),
    ] = _Side.validation,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Write OUT.json, .md, .html and .png, and leave the model's own figures alone."),
    ] = None,
    robustness: Annotated[
        bool, typer.Option("--robustness", help="Also under noise, telephone, rooms, gain and clipping: a pass each.")
    ] = False,
    labels: Annotated[
        str | None,
        typer.Option(
            help="Figures of these labels alone, angry,happy,neutral,sad say: clips of others are left out, the "
            "model's probabilities restricted. Needs --out."
        ),
    ] = None,
    speaker_pattern: Pattern = None,
) -> None:
    """Measure a model through the live pipeline, by clip, window, label, speaker and group, and make a page of it."""
    from rich.console import Console

    from training.conditions import conditions
    from training.measure import evaluate_again
    from training.origin import every_clip, own_split

    everything = side is _Side.all
    split = (every_clip if everything else own_split)(model, data, speaker_pattern)
    evaluate_again(
        model,
        next(clips for name, clips in split.sides.items() if name == ("test" if everything else side.value)),
        side.value,
        Console(stderr=True),
        protocol=split.protocol,
        out=out,
        speakers_shared=split.speakers_shared,
        notes=split.notes,
        conditions=conditions([path for path in data if path.is_dir()]) if robustness else None,
        measured=[label.strip() for label in labels.split(",")] if labels is not None else (),
    )


@app.command()
def export(
    model: Annotated[Path, typer.Argument(help="An ONNX file that ser-train wrote.")],
    data: Data,
    int8: Annotated[bool, typer.Option("--int8", help="In whole numbers, measured on validation speakers.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="The ONNX file to write; MODEL.int8.onnx without it.")
    ] = None,
    speaker_pattern: Pattern = None,
) -> None:
    """Write a variant of a model: int8, calibrated on training clips, with figures of its own."""
    from rich.console import Console

    from training.errors import TrainingError
    from training.origin import own_split
    from training.quantise import export_int8, int8_path

    if not int8:
        raise TrainingError("ser-train export makes the int8 variant of a model: give --int8")
    split = own_split(model, data, speaker_pattern)
    export_int8(
        model,
        out or int8_path(model),
        split.sides["train"],
        split.sides["validation"],
        Console(stderr=True),
        protocol=split.protocol,
        speakers_shared=split.speakers_shared,
        notes=split.notes,
    )


class _StreamSide(str, Enum):
    validation = "validation"
    test = "test"


@app.command()
def streams(
    model: Annotated[Path, typer.Argument(help="An ONNX file with a contract.")],
    data: Data,
    side: Annotated[
        _StreamSide,
        typer.Option(help="Of the split that the model was made with; opening the test speakers is written down."),
    ] = _StreamSide.validation,
    search: Annotated[
        bool, typer.Option("--search", help="Search smoothing, evidence and abstention; validation speakers only.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Write OUT.json and OUT.SIDE.png, and leave the model and its own figures alone."),
    ] = None,
    speaker_pattern: Pattern = None,
) -> None:
    """Score the live path on streams whose truth is known: delay, flips, false alarms, abstention, calibration."""
    from rich.console import Console

    from training.origin import own_split
    from training.streams.command import score_streams, search_streams

    if search and side is not _StreamSide.validation:
        raise typer.BadParameter("--search takes validation speakers: leave --side out")
    split = own_split(model, data, speaker_pattern)
    console = Console(stderr=True)
    if search:
        search_streams(model, split, data, console, out)
    else:
        score_streams(model, split, data, "test" if side is _StreamSide.test else "validation", console, out)


@app.command()
def vad(
    data: Data,
    out: Annotated[Path, typer.Option("--out", help="The JSON file to write.")],
) -> None:
    """Measure the speech detectors on meetings, clips under conditions and noise, and search their thresholds."""
    from rich.console import Console

    from training.vad.command import measure_vad

    typer.echo(measure_vad(data, out, Console(stderr=True)), nl=False)


@app.command()
def corpora(
    folders: Annotated[list[Path] | None, typer.Argument(help="Folders and manifests to count.")] = None,
    download: Annotated[str | None, typer.Option(help="Fetch a corpus that has an open direct download.")] = None,
    into: Annotated[Path | None, typer.Option(help="Folder to download into.")] = None,
    plots: Annotated[Path | None, typer.Option(help="Folder to draw pictures of the data into.")] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 where clips are missing, double or damaged.")
    ] = False,
    speaker_pattern: Pattern = None,
) -> None:
    """List the known corpora and their terms, fetch one, or say what lies in folders and draw it."""
    from rich.console import Console

    from training.corpora_command import count_corpora, download_corpus, list_corpora

    console = Console()
    if download is not None and into is None:
        raise typer.BadParameter("--download needs --into, the folder to unpack into")
    if download is not None and into is not None:
        folders = [*(folders or []), download_corpus(download, into, console)]
    if folders:
        count_corpora(folders, console, plots=plots, strict=strict, speaker_pattern=speaker_pattern)
    else:
        list_corpora(console)


class _Protocol(str, Enum):
    published = "published"
    independent = "speaker-independent"


Results = Annotated[Path, typer.Option("--out", help="Folder of the results; ROW/PROTOCOL.json and others go there.")]
RESULTS = Path("training/results")


@app.command()
def paper(
    row: Annotated[str, typer.Argument(help="A system of the papers, d-gru say; `ser-train recipes` lists them.")],
    data: Data,
    protocol: Annotated[
        _Protocol | None, typer.Option(help="The paper's own or the honest one; both without it.")
    ] = None,
    seeds: Annotated[str, typer.Option(help="A run for each: 0,1,2 say.")] = "0",
    folds: Annotated[
        int | None, typer.Option(min=1, help="Run so many of the protocol's folds; the results say so.")
    ] = None,
    out: Results = RESULTS,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    epochs: Annotated[int | None, typer.Option(min=1, help="Instead of the row's.")] = None,
    time: Annotated[
        bool, typer.Option("--time", help="Fit one epoch alone and write what it took, for estimates of whole runs.")
    ] = False,
    export: Annotated[
        Path | None,
        typer.Option("--export", help="Write the network of the last protocol's first fold there, as ONNX."),
    ] = None,
    start: Annotated[
        Path | None, typer.Option("--start", help="The .weights that the row begins with, if it asks for them.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Take seeds and folds that are finished.")] = False,
    cache: Cache = None,
) -> None:
    """Run a system of the five papers under its own protocol and with unheard speakers."""
    from rich.console import Console

    from training.papers.command import run_paper
    from training.run import torch_device

    drawn = [seed.strip() for seed in seeds.split(",")]
    if not all(seed.isdecimal() for seed in drawn) or len(set(drawn)) < len(drawn):
        raise typer.BadParameter(f"--seeds must be different whole numbers, 0,1,2 say, not {seeds!r}")
    run_paper(
        row,
        data,
        [protocol.value] if protocol else [],
        out,
        seeds=[int(seed) for seed in drawn],
        folds=folds,
        epochs=epochs,
        time=time,
        export=export,
        start=start,
        resume=resume,
        device=torch_device(device),
        cache=cache or _cache(),
        console=Console(stderr=True),
    )


@app.command()
def encoder(
    file: Annotated[
        Path, typer.Argument(help="Wheel of pipecat-ai 1.14.0, or the smart-turn-v3.2-cpu.onnx that it holds.")
    ],
    out: Annotated[Path, typer.Option("--out", help="The .weights to write, for runs to --start from.")],
) -> None:
    """Take the speech encoder out of Smart Turn v3, for the recipes whose network begins as it."""
    from training.pretrained import read_encoder
    from training.start import save_start

    save_start(out, read_encoder(file))
    typer.echo(f"wrote {out}", err=True)


@app.command(name="papers-page")
def papers_page(
    out: Annotated[Path, typer.Option("--out", help="The page to write.")],
    root: Annotated[Path, typer.Option("--root", help="The project's folder, with training/ and docs/.")] = Path(),
) -> None:
    """Write the page of the papers' systems anew from the results that lie there."""
    from training.papers.page import write_papers_page

    typer.echo(str(write_papers_page(root, out)))


@app.command()
def recipes() -> None:
    """List the shipped recipes, and the systems of the papers with their figures."""
    from training.papers.command import list_rows
    from training.recipe import load_recipe, shipped_recipes

    for name in shipped_recipes():
        recipe = load_recipe(name)
        typer.echo(
            f"{name}: {', '.join(recipe.corpora) or 'every corpus'}; labels {recipe.label_map.name}; split "
            f"{recipe.split.kind}; {recipe.architecture}; {recipe.optimisation.epochs} epochs, seed {recipe.seed}"
        )
    for line in list_rows(Path(__file__).parent / "results"):
        typer.echo(line)


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


@app.command(name="model-page")
def model_page(
    out: Annotated[Path, typer.Option("--out", help="The page to write; its pictures go into figures/ beside it.")],
    root: Annotated[Path, typer.Option("--root", help="The project's folder, with models/ and docs/.")] = Path(),
) -> None:
    """Write the page of the models, its pictures and their cards anew from the figures that lie there."""
    from training.model_page import write_cards, write_model_page

    for path in [*write_cards(root), *write_model_page(root, out)]:
        typer.echo(str(path))


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ser-live"


def _torch_fault() -> str | None:
    """Import torchaudio, and torch with it; return one sentence on what is wrong, or None where both load."""
    try:
        import torchaudio  # noqa: F401
    except (ImportError, OSError, RuntimeError) as error:  # a missing symbol, or CUDA of another version
        found = f"torch {version('torch')} and torchaudio {version('torchaudio')}"
        reason = str(error).partition("\n")[0]
        return f"{found} do not load together ({reason}): take the set that does, pip install {' '.join(TORCH)}"
    return None


def main() -> None:
    """Entry of the console script: `fit` is the default command, stated errors are one sentence and exit code 1."""
    if len(sys.argv) > 1 and sys.argv[1].startswith("--") and sys.argv[1] != "--help":
        sys.argv.insert(1, "fit")
    needed = ("torch", "torchaudio", "onnx", "matplotlib", "pyroomacoustics")
    missing = [name for name in needed if find_spec(name) is None]
    asks_help = "--help" in sys.argv or len(sys.argv) == 1
    if not asks_help and "corpora" not in sys.argv[1:2]:
        if missing:
            typer.echo(f'ser-train needs {", ".join(missing)}: pip install "ser-live[train]"', err=True)
            raise SystemExit(1)
        if fault := _torch_fault():
            typer.echo(f"ser-train: {fault}", err=True)
            raise SystemExit(1)
    try:
        app()
    except SerLiveError as error:
        typer.echo(f"ser-train: {error}", err=True)
        raise SystemExit(1) from None
    except SystemExit as end:
        if end.code == 130:  # typer's answer to Ctrl-C
            typer.echo("ser-train: stopped", err=True)
        raise
