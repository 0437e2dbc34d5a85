"""`ser-live convert`: records that exist, in every other format."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ser_live.commands.stated import stated
from ser_live.errors import SettingsError

__all__ = ["convert"]


def convert(
    records: Annotated[
        str, typer.Argument(metavar="RECORDS.jsonl", help="JSON lines of a session, or - for standard input.")
    ],
    out: Annotated[
        list[Path] | None,
        typer.Option("--out", metavar="FILE", help="File to write; its ending chooses the format. May be repeated."),
    ] = None,
    csv_predictions: Annotated[
        bool, typer.Option("--csv-predictions", help="Let .csv files have a line a prediction.")
    ] = False,
    embed_audio: Annotated[
        str | None,
        typer.Option("--embed-audio", metavar="RECORDING", help="The recording, to put into an .html report."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Let --out replace files that are not empty.")] = False,
) -> None:
    """Write the records of a session in other formats.

    What is written equals, byte for byte, what the session itself would have written with the same --out.
    """
    with stated():
        if not out:
            raise SettingsError("convert needs --out FILE, whose ending chooses the format: for example --out call.srt")
        from ser_live.app.convert import convert as write
        from ser_live.outputs.by_ending import Contents

        contents = Contents(csv_predictions=csv_predictions, embed_audio=embed_audio is not None)
        code = write(records, out, overwrite=overwrite, contents=contents, recording=embed_audio)
    raise typer.Exit(code)
