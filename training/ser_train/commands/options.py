"""Options that several commands of `ser-train` share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["CacheFolder", "Data", "SpeakerPattern", "cache_folder"]

Data = Annotated[
    list[Path],
    typer.Option(
        "--data",
        help="Folder with recordings of known corpora, with folders named by labels or with annotated recordings; "
        "or a .csv manifest; or an annotation of Praat (.TextGrid) or ELAN (.eaf). May be given several times.",
    ),
]
SpeakerPattern = Annotated[
    str | None,
    typer.Option(
        "--speaker-pattern",
        help="For folders named by labels: a regular expression that finds the speaker in a file's path; its first "
        "group is the speaker's name. Without it, the file name up to the first _ or -.",
    ),
]
CacheFolder = Annotated[
    Path | None,
    typer.Option("--cache", help="Folder to keep decoded speech in for later runs; without it, ~/.cache/ser-live."),
]


def cache_folder(asked: Path | None) -> Path:
    """Return the folder for files that can be made again: the one that was asked for, or the user's cache."""
    return asked or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ser-live"
