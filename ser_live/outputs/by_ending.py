"""Which format a file's ending asks for: the one table, a line a format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from ser_live.errors import SettingsError
from ser_live.outputs.base import Sink
from ser_live.outputs.jsonl import JsonLines
from ser_live.outputs.lines import LineFile

__all__ = ["FORMATS", "format_of"]

FORMATS: Mapping[str, Callable[[LineFile], Sink]] = {".jsonl": JsonLines}
"""What makes the sink of a file, by the ending of its name in small letters."""


def format_of(path: Path) -> Callable[[LineFile], Sink]:
    """Return what makes the sink of a file.

    Raises:
        SettingsError: for an ending that is not in the table.
    """
    try:
        return FORMATS[path.suffix.lower()]
    except KeyError:
        raise SettingsError(f"--out writes a file that ends in {' or '.join(FORMATS)}, not {str(path)!r}") from None
