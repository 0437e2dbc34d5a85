"""`ser-train vad`: the speech detectors, and the search of their thresholds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ser_train.commands.options import Data

__all__ = ["vad"]


def vad(
    data: Data,
    out: Annotated[Path, typer.Option("--out", help="The JSON file to write.")],
) -> None:
    """Measure the speech detectors on meetings, clips under conditions and noise, and search their thresholds."""
    from rich.console import Console

    from ser_train.vad.measure import measure_vad

    typer.echo(measure_vad(data, out, Console(stderr=True)), nl=False)
