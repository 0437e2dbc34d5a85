"""Which format a file's ending asks for: the one table, a line a format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from ser_live.errors import SettingsError
from ser_live.outputs.audacity import AudacityLabels
from ser_live.outputs.base import Sink
from ser_live.outputs.eaf import Eaf
from ser_live.outputs.files import OutputFile
from ser_live.outputs.jsonl import JsonLines
from ser_live.outputs.lines import LineFile
from ser_live.outputs.report import Report
from ser_live.outputs.rttm import Rttm
from ser_live.outputs.subtitles import SubRip, WebVtt
from ser_live.outputs.table import PredictionTable, StretchTable
from ser_live.outputs.textgrid import TextGrid
from ser_live.outputs.whole import WholeFile

__all__ = ["FORMATS", "Contents", "Format", "Opened", "format_of", "open_output"]


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What outputs hold beside what they always do.

    Attributes:
        csv_predictions: a CSV file has a line a prediction instead of a line a stretch.
        embed_audio: the report holds the sound.
    """

    csv_predictions: bool = False
    embed_audio: bool = False


@dataclass(frozen=True)
class Format:
    """How a format is written.

    Attributes:
        make: what makes its sink of an open file.
        whole: it is written whole at the end, to a `WholeFile`; else by lines, to a `LineFile`.
        private: it holds a voice, and is for this user alone.
    """

    make: Callable[[Any], Sink]
    whole: bool = False
    private: bool = False


@dataclass(frozen=True)
class Opened:
    """An open output.

    Attributes:
        file: what keeps its name; who opened it closes it.
        lines: what the sink writes to where it is no regular file, and every format but the whole ones in any case.
        sink: of the format.
    """

    file: OutputFile
    lines: LineFile
    sink: Sink


FORMATS: Mapping[str, Format] = {
    ".jsonl": Format(JsonLines),
    ".csv": Format(StretchTable),
    ".srt": Format(SubRip),
    ".vtt": Format(WebVtt),
    ".rttm": Format(Rttm),
    ".TextGrid": Format(TextGrid, whole=True),
    ".eaf": Format(Eaf, whole=True),
    ".txt": Format(AudacityLabels),
    ".html": Format(Report, whole=True),
}
"""The format of a file, by the ending of its name; capital and small letters are the same."""

_BY_SMALL_LETTERS = {ending.lower(): form for ending, form in FORMATS.items()}


def format_of(path: Path, contents: Contents | None = None) -> Format:
    """Return the format that the ending of a file's name asks for.

    Args:
        path: of the file.
        contents: what it is to hold.

    Raises:
        SettingsError: for an ending that is not in the table.
    """
    ending = path.suffix.lower()
    if ending not in _BY_SMALL_LETTERS:
        *most, last = FORMATS
        raise SettingsError(f"--out writes a file that ends in {', '.join(most)} or {last}, not {str(path)!r}")
    chosen = _BY_SMALL_LETTERS[ending]
    if contents is not None and contents.csv_predictions and ending == ".csv":
        return replace(chosen, make=PredictionTable)
    if contents is not None and contents.embed_audio and ending == ".html":
        return replace(chosen, make=partial(Report, embed_audio=True), private=True)
    return chosen


def open_output(path: Path, *, overwrite: bool = False, contents: Contents | None = None) -> Opened:
    """Open a file in the format that its ending asks for.

    Args:
        path: of the file.
        overwrite: replace a file that holds something.
        contents: what it is to hold.

    Raises:
        SettingsError: for an ending that is not in the table.
        OutputError: if it cannot be written, or holds something and is not to be replaced.
    """
    form = format_of(path, contents)
    if form.whole:
        whole = WholeFile(path, overwrite=overwrite, private=form.private)
        return Opened(whole.file, whole.lines, form.make(whole))
    file = OutputFile(path, overwrite=overwrite)
    lines = LineFile(file, str(path))
    return Opened(file, lines, form.make(lines))
