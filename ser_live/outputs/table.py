"""CSV: a line a stretch, or a line a prediction."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from ser_live.outputs.base import Sink
from ser_live.outputs.lines import LineFile
from ser_live.outputs.stretch_lines import StretchLines
from ser_live.outputs.stretches import Stretch
from ser_live.types import Event, Prediction

__all__ = ["PredictionTable", "StretchTable"]

_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class StretchTable(StretchLines):
    """`file,start,end,lane,label,probability,<label>…`: a segmented table of audformat, and a table for pandas.

    Times are seconds. `probability` is the label's own; the columns after it are the means of every label. `lane` is
    empty where there is only one. A spreadsheet would run a cell that begins with `=`, `+`, `-` or `@` as a formula:
    a file's name then gets `./` before it, which is the same file, any other name an apostrophe
    (https://owasp.org/www-community/attacks/CSV_Injection).
    """

    def begin(self, fields: Mapping[str, Any]) -> None:
        """Write the names of the columns."""
        self._source = _file(fields)
        self._labels = list(fields["model"]["labels"])
        self.file.write(_line(["file", "start", "end", "lane", "label", "probability", *map(_cell, self._labels)]))

    def write(self, stretch: Stretch) -> None:
        """Write a stretch."""
        times = f"{stretch.start:.3f}", f"{stretch.end:.3f}"
        shares = [_share(stretch.smoothed.get(label)) for label in self._labels]
        lane, label = _cell(stretch.lane or ""), _cell(stretch.label)
        self.file.write(_line([self._source, *times, lane, label, _share(stretch.probability), *shares]))


class PredictionTable(Sink):
    """`file,start,end,lane,label,probability,state,<label>…`: a line a prediction, smoothed probabilities.

    Args:
        file: where to; `close` closes it.
    """

    def __init__(self, file: LineFile) -> None:
        self.name = file.name
        self._file = file

    def open(self, fields: Mapping[str, Any]) -> None:
        """Write the names of the columns."""
        self._source = _file(fields)
        self._labels = list(fields["model"]["labels"])
        names = ["file", "start", "end", "lane", "label", "probability", "state", *map(_cell, self._labels)]
        self._file.write(_line(names))

    def take(self, record: Prediction | Event) -> None:
        """Write a prediction."""
        if isinstance(record, Event):
            return
        times = f"{record.start:.6f}", f"{record.end:.6f}"
        lane, label = _cell(record.lane or ""), _cell(record.label)
        shares = [_share(record.smoothed[name]) for name in self._labels]
        own = _share(record.smoothed[record.label])
        self._file.write(_line([self._source, *times, lane, label, own, record.state, *shares]))

    def close(self, fields: Mapping[str, Any]) -> None:
        """Close the file."""
        self._file.close()


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.6f}"


def _file(fields: Mapping[str, Any]) -> str:
    source = str(fields.get("source") or "")
    return f"./{source}" if source.startswith(_FORMULAS) else source


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULAS) else text


def _line(cells: list[str]) -> str:
    text = io.StringIO()
    cells = [cell.replace("\0", "\ufffd") for cell in cells]  # Python 3.10 writes no NUL
    csv.writer(text, lineterminator="\r\n").writerow(cells)  # it quotes line ends only if they are in this one
    return text.getvalue()[:-2]
