"""`ser-train corpora`: the known corpora, and the clips in folders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ser_train.commands.options import SpeakerPattern

__all__ = ["corpora"]


def corpora(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(help="Folders and .csv manifests to count; without any, the known corpora are listed."),
    ] = None,
    download: Annotated[
        str | None,
        typer.Option(
            help="Name of a corpus to download; needs --into. Without arguments, the command shows which can be."
        ),
    ] = None,
    into: Annotated[Path | None, typer.Option(help="Folder to download and unpack into.")] = None,
    plots: Annotated[Path | None, typer.Option(help="Folder to write pictures of the data into.")] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with code 1 if clips are missing, present twice or damaged.")
    ] = False,
    speaker_pattern: SpeakerPattern = None,
) -> None:
    """List the known corpora and their licences, download one, or count the clips in folders and draw them."""
    from rich.console import Console

    from ser_train.commands.count_corpora import count_corpora, download_corpus, list_corpora

    console = Console()
    if download is not None and into is None:
        raise typer.BadParameter("--download needs --into, the folder to unpack into")
    if download is not None and into is not None:
        folders = [*(folders or []), download_corpus(download, into, console)]
    if folders:
        count_corpora(folders, console, plots=plots, strict=strict, speaker_pattern=speaker_pattern)
    else:
        list_corpora(console)
