"""`ser-train paper`: a system of the five papers."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from ser_train.commands.options import CacheFolder, Data, cache_folder

__all__ = ["paper"]


class _Protocol(str, Enum):
    published = "published"
    independent = "speaker-independent"


Results = Annotated[Path, typer.Option("--out", help="Folder for the results, such as SYSTEM/PROTOCOL.json.")]
RESULTS = Path("docs/results")


def paper(
    system: Annotated[
        str, typer.Argument(help="A system of the papers, such as d-gru; `ser-train recipes` lists them.")
    ],
    data: Data,
    protocol: Annotated[
        _Protocol | None,
        typer.Option(
            help="How clips are divided: as in the paper (published), or with test speakers that training never hears "
            "(speaker-independent); without it, both."
        ),
    ] = None,
    seeds: Annotated[str, typer.Option(help="Seeds with commas between, such as 0,1,2; one run for each.")] = "0",
    folds: Annotated[
        int | None,
        typer.Option(min=1, help="How many of the protocol's folds to run; without it, all. The results state it."),
    ] = None,
    out: Results = RESULTS,
    device: Annotated[
        str, typer.Option(help="Where to train: cpu, cuda, or auto, which takes CUDA if it is there.")
    ] = "auto",
    epochs: Annotated[
        int | None, typer.Option(min=1, help="How often to go through the clips, instead of the system's number.")
    ] = None,
    time: Annotated[
        bool, typer.Option("--time", help="Train one epoch only and write how long it took, to estimate whole runs.")
    ] = False,
    export: Annotated[
        Path | None,
        typer.Option("--export", help="Also write the network of the last protocol's first fold to this ONNX file."),
    ] = None,
    start: Annotated[
        Path | None,
        typer.Option("--start", help="The .weights file that the system starts from, for the systems that need one."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Keep seeds and folds that are finished, and run the others.")
    ] = False,
    cache: CacheFolder = None,
) -> None:
    """Train and measure a system of the five papers, as in its paper and on speakers that training never hears."""
    from rich.console import Console

    from ser_train.commands.train import torch_device
    from ser_train.papers.measure import PaperRequest, run_paper

    drawn = [seed.strip() for seed in seeds.split(",")]
    if not all(seed.isdecimal() for seed in drawn) or len(set(drawn)) < len(drawn):
        raise typer.BadParameter(f"--seeds must be different whole numbers such as 0,1,2, not {seeds!r}")
    request = PaperRequest(
        system=system,
        data=tuple(data),
        protocols=(protocol.value,) if protocol else (),
        seeds=tuple(int(seed) for seed in drawn),
        folds=folds,
        epochs=epochs,
        out=out,
        cache=cache_folder(cache),
        export=export,
        start=start,
        resume=resume,
        time=time,
        device=torch_device(device),
    )
    run_paper(request, Console(stderr=True))
