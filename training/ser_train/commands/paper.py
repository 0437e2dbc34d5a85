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


Results = Annotated[
    Path, typer.Option("--out", help="Folder of the results; SYSTEM/PROTOCOL.json and others go there.")
]
RESULTS = Path("docs/results")


def paper(
    system: Annotated[str, typer.Argument(help="A system of the papers, d-gru say; `ser-train recipes` lists them.")],
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
    epochs: Annotated[int | None, typer.Option(min=1, help="Instead of the recipe's.")] = None,
    time: Annotated[
        bool, typer.Option("--time", help="Fit one epoch alone and write what it took, for estimates of whole runs.")
    ] = False,
    export: Annotated[
        Path | None,
        typer.Option("--export", help="Write the network of the last protocol's first fold there, as ONNX."),
    ] = None,
    start: Annotated[
        Path | None, typer.Option("--start", help="The .weights that the system begins with, if it asks for them.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Take seeds and folds that are finished.")] = False,
    cache: CacheFolder = None,
) -> None:
    """Run a system of the five papers under its own protocol and with unheard speakers."""
    from rich.console import Console

    from ser_train.commands.train import torch_device
    from ser_train.papers.measure import PaperRequest, run_paper

    drawn = [seed.strip() for seed in seeds.split(",")]
    if not all(seed.isdecimal() for seed in drawn) or len(set(drawn)) < len(drawn):
        raise typer.BadParameter(f"--seeds must be different whole numbers, 0,1,2 say, not {seeds!r}")
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
