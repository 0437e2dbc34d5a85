"""`ser-train evaluate`: measure a model through the live pipeline."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from ser_train.commands.options import Data, SpeakerPattern

__all__ = ["evaluate"]


class _Side(str, Enum):
    train = "train"
    validation = "validation"
    test = "test"
    all = "all"


def evaluate(
    model: Annotated[Path, typer.Argument(help="Model file (.onnx) that ser-train wrote.")],
    data: Data,
    side: Annotated[
        _Side,
        typer.Option(
            help="Clips to measure: train, validation or test of the split that the model was made with (measuring on "
            "test is recorded), or all: every clip in --data, for your own recordings."
        ),
    ] = _Side.validation,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Write the scores to OUT.json, .md, .html and .png instead of into the model."),
    ] = None,
    robustness: Annotated[
        bool,
        typer.Option(
            "--robustness",
            help="Also measure with noise, telephone, rooms, gain and clipping added: one pass over the clips each.",
        ),
    ] = False,
    labels: Annotated[
        str | None,
        typer.Option(
            help="Measure these labels only, such as angry,sad: clips with other labels are left out, "
            "and the model chooses among these. Needs --out."
        ),
    ] = None,
    speaker_pattern: SpeakerPattern = None,
) -> None:
    """Measure a model through the live pipeline, by clip, window, label, speaker and group, and make a page of it."""
    from rich.console import Console

    from ser_train.commands.evaluate_model import evaluate_model
    from ser_train.console import note_printer
    from ser_train.evaluation.conditions import conditions
    from ser_train.evaluation.model_split import every_clip, own_split

    all_clips = side is _Side.all
    console = Console(stderr=True)
    split = (every_clip if all_clips else own_split)(model, data, speaker_pattern, note_printer(console))
    evaluate_model(
        model,
        next(clips for name, clips in split.sides.items() if name == ("test" if all_clips else side.value)),
        side.value,
        console,
        protocol=split.protocol,
        out=out,
        speakers_shared=split.speakers_shared,
        notes=split.notes,
        conditions=conditions([path for path in data if path.is_dir()]) if robustness else None,
        measured=[label.strip() for label in labels.split(",")] if labels is not None else (),
    )
