"""Options that several commands of `ser-train` share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["CacheFolder", "Data", "SpeakerPattern", "cache_folder"]

Data = Annotated[
    list[Path],
    typer.Option("--data", help="Folder of corpora in any tree, or .csv manifest; may be given several times."),
]
SpeakerPattern = Annotated[
    str | None,
    typer.Option(
        "--speaker-pattern",
        help="For folders named by labels: a regular expression whose group is the speaker, searched in the path "
        "below the folder.",
    ),
]
CacheFolder = Annotated[
    Path | None, typer.Option("--cache", help="Folder for the cut speech; by default the user's cache.")
]


def cache_folder(asked: Path | None) -> Path:
    """Return the folder for what can be made again: the one that was asked for, or the user's cache."""
    return asked or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ser-live"
