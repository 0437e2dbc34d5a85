"""`ser-train streams`: the score card on streams, or the search of the smoothing."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from ser_train.commands.options import Data, SpeakerPattern

__all__ = ["streams"]


class _StreamSide(str, Enum):
    validation = "validation"
    test = "test"


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
    speaker_pattern: SpeakerPattern = None,
) -> None:
    """Score the live path on streams whose truth is known: delay, flips, false alarms, abstention, calibration."""
    from rich.console import Console

    from ser_train.evaluation.model_split import own_split
    from ser_train.streams.measure import score_streams, search_streams

    if search and side is not _StreamSide.validation:
        raise typer.BadParameter("--search takes validation speakers: leave --side out")
    split = own_split(model, data, speaker_pattern)
    console = Console(stderr=True)
    if search:
        search_streams(model, split, data, console, out)
    else:
        score_streams(model, split, data, "test" if side is _StreamSide.test else "validation", console, out)
