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
    model: Annotated[Path, typer.Argument(help="Model file (.onnx) that ser-train wrote.")],
    data: Data,
    side: Annotated[
        _StreamSide,
        typer.Option(
            help="Speakers to measure, of the split that the model was made with; measuring on test is recorded."
        ),
    ] = _StreamSide.validation,
    search: Annotated[
        bool,
        typer.Option(
            "--search",
            help="Instead of scores, search the best smoothing, evidence and abstention; on validation speakers only.",
        ),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Write the scores to OUT.json and OUT.SIDE.png instead of into the model."),
    ] = None,
    speaker_pattern: SpeakerPattern = None,
) -> None:
    """Measure the live path on streams with known emotions: delay, flips, false alarms, abstention, calibration."""
    from rich.console import Console

    from ser_train.console import note_printer
    from ser_train.evaluation.model_split import own_split
    from ser_train.streams.measure import score_streams, search_streams

    if search and side is not _StreamSide.validation:
        raise typer.BadParameter("--search works on validation speakers only, not on test: leave --side out")
    console = Console(stderr=True)
    split = own_split(model, data, speaker_pattern, note_printer(console))
    if search:
        search_streams(model, split, data, console, out)
    else:
        score_streams(model, split, data, "test" if side is _StreamSide.test else "validation", console, out)
