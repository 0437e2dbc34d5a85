"""`ser-train vad`: the speech detectors, and the search of their thresholds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ser_train.commands.options import Data

__all__ = ["vad"]


def vad(
    data: Data,
    out: Annotated[Path, typer.Option("--out", help="The JSON file to write the scores to.")],
) -> None:
    """Measure the speech detectors on meetings, on clean and disturbed clips and on noise, and search thresholds."""
    from rich.console import Console

    from ser_train.vad.measure import measure_vad

    typer.echo(measure_vad(data, out, Console(stderr=True)), nl=False)
