"""What is in use already is not written to: inputs, and what standard output and error really are."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from ser_live.errors import SettingsError

if TYPE_CHECKING:
    from ser_live.outputs.by_ending import Contents

__all__ = ["check_outputs", "refuse_taken"]


def refuse_taken(inputs: Iterable[str | Path], outputs: Iterable[Path], *, screen: bool = False) -> None:
    """Refuse outputs that are an input, two outputs that are one file, and what the standard streams write to.

    Args:
        inputs: paths that are read; `-` is standard input.
        outputs: paths to write to.
        screen: standard output is the screen.

    Raises:
        SettingsError: naming the path.
    """
    taken: list[str | Path] = list(inputs)
    for path in outputs:
        if any(_same(path, other) for other in taken):
            raise SettingsError(f"{path} would be overwritten while it is in use: write to another path")
        taken.append(path)
    streams = {"standard output": None if screen else sys.stdout, "standard error": sys.stderr}
    for name, stream in streams.items():
        for used in taken:
            if stream is not None and _is_file_of(used, stream):
                raise SettingsError(f"{used} is where {name} goes already: send one of the two to another file")


def check_outputs(out: Iterable[Path], contents: Contents) -> None:
    """Refuse files whose endings name no format, and a choice for a format that is not written.

    Raises:
        SettingsError: for either.
    """
    from ser_live.outputs.by_ending import format_of

    paths = list(out)
    for path in paths:
        format_of(path)
    for option, wanted, ending in (
        ("--csv-predictions", contents.csv_predictions, ".csv"),
        ("--embed-audio", contents.embed_audio, ".html"),
    ):
        if wanted and not any(path.suffix.lower() == ending for path in paths):
            raise SettingsError(f"{option} says what a {ending} file holds: give --out FILE{ending} too")


def _same(path: Path, other: str | Path) -> bool:
    if other == "-":
        return sys.stdin is not None and _is_file_of(path, sys.stdin)
    try:
        return path.samefile(other)
    except OSError:  # one of them is not there yet
        with suppress(OSError):  # the current folder may be gone
            return os.path.realpath(path) == os.path.realpath(other)
        return False


def _is_file_of(path: str | Path, stream: TextIO) -> bool:
    """Return whether a path is the regular file that a stream (standard input, output, error) reads or writes."""
    with suppress(OSError, ValueError):  # a stream in memory has no descriptor
        there = os.fstat(stream.fileno())
        return stat.S_ISREG(there.st_mode) and os.path.samestat(os.stat(path), there)
    return False
