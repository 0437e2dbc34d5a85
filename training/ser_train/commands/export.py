"""`ser-train export`: a variant of a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ser_train.commands.options import Data, SpeakerPattern

__all__ = ["export"]


def export(
    model: Annotated[Path, typer.Argument(help="Model file (.onnx) that ser-train wrote.")],
    data: Data,
    int8: Annotated[
        bool,
        typer.Option(
            "--int8", help="Quantise the model to int8: smaller, often faster. It is measured on validation speakers."
        ),
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="The model file to write; without it, MODEL.int8.onnx.")
    ] = None,
    speaker_pattern: SpeakerPattern = None,
) -> None:
    """Write a variant of a model: int8, calibrated on training clips, with its own scores."""
    from rich.console import Console

    from ser_train.commands.export_int8 import export_int8
    from ser_train.console import note_printer
    from ser_train.errors import TrainingError
    from ser_train.evaluation.model_split import own_split
    from ser_train.export.int8 import int8_path

    if not int8:
        raise TrainingError("ser-train export makes the int8 variant of a model: give --int8")
    console = Console(stderr=True)
    split = own_split(model, data, speaker_pattern, note_printer(console))
    export_int8(model, out or int8_path(model), split, console)
