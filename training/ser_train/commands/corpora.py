"""`ser-train corpora`: what is known of the corpora, and what lies in folders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ser_train.commands.options import SpeakerPattern

__all__ = ["corpora"]


def corpora(
    folders: Annotated[list[Path] | None, typer.Argument(help="Folders and manifests to count.")] = None,
    download: Annotated[str | None, typer.Option(help="Fetch a corpus that has an open direct download.")] = None,
    into: Annotated[Path | None, typer.Option(help="Folder to download into.")] = None,
    plots: Annotated[Path | None, typer.Option(help="Folder to draw pictures of the data into.")] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 where clips are missing, double or damaged.")
    ] = False,
    speaker_pattern: SpeakerPattern = None,
) -> None:
    """List the known corpora and their terms, fetch one, or say what lies in folders and draw it."""
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
