"""`ser-train encoder`: the pretrained speech encoder, out of its wheel."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["encoder"]


def encoder(
    file: Annotated[
        Path, typer.Argument(help="Wheel of pipecat-ai 1.14.0, or the smart-turn-v3.2-cpu.onnx that it holds.")
    ],
    out: Annotated[Path, typer.Option("--out", help="The .weights to write, for runs to --start from.")],
) -> None:
    """Take the speech encoder out of Smart Turn v3, for the recipes whose network begins as it."""
    from ser_train.networks.smart_turn import read_encoder
    from ser_train.networks.warm_start import save_start

    save_start(out, read_encoder(file))
    typer.echo(f"wrote {out}", err=True)
