"""Read a table that others wrote: its columns checked, its lines counted."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from ser_train.errors import TrainingError

__all__ = ["read_table"]

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}


def read_table(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Read line numbers and values, by the names of the first line (without regard to case) and without blanks around.

    Args:
        path: a file in UTF-8, or in UTF-16 with a byte order mark; the first line shows whether commas, semicolons or
            tabs divide its values.
        columns: names that must be there, in lower case.

    Raises:
        TrainingError: naming the file, and the column that is missing or the line that is too short or too long.
    """
    text = _text(path)
    head, _, rest = text.partition("\n")
    skipped = 0
    if head.strip().lower().startswith("sep=") and len(head.strip()) <= 5:  # a line that Excel writes
        text, skipped = rest, 1
    delimiter = max(_DELIMITERS, key=lambda mark: sum(column in _names(text, mark) for column in columns))
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        names = [name.strip().lower() for name in next(lines, [])]
        if missing := [column for column in columns if column not in names]:
            raise TrainingError(
                f"{path}: the column {', '.join(missing)} is missing: the first line must name {', '.join(columns)}"
            )
        if twice := {name for name in names if name and names.count(name) > 1}:
            raise TrainingError(f"{path}: the column {', '.join(sorted(twice))} stands twice: remove one of them")
        for values in lines:
            number = lines.line_num + skipped
            if not any(value.strip() for value in values):
                continue
            if any("\0" in value for value in values):
                raise csv.Error("it holds bytes that are no text")
            if len(values) != len(names):
                raise TrainingError(
                    f"{path}, line {number}: {len(values)} values for {len(names)} columns, divided by "
                    f"{_DELIMITERS[delimiter]}: put values that hold {_DELIMITERS[delimiter]} into quotation marks"
                )
            yield number, {name: value.strip() for name, value in zip(names, values, strict=True)}
    except csv.Error as error:
        raise _unreadable(path, error) from None


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
        if data.startswith(b"version https://git-lfs"):
            raise TrainingError(f"{path} is a git-LFS pointer, not the table: run `git lfs pull` there")
        wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        return data.decode("utf-16" if wide else "utf-8-sig")
    except (OSError, UnicodeError) as error:
        raise _unreadable(path, error) from None


def _names(text: str, delimiter: str) -> list[str]:
    """Return the names in the first line, in lower case, as this mark divides it."""
    try:
        return [name.strip().lower() for name in next(csv.reader([text.split("\n", 1)[0]], delimiter=delimiter), [])]
    except csv.Error:
        return []


def _unreadable(path: Path, error: Exception) -> TrainingError:
    return TrainingError(f"{path} cannot be read as a CSV table in UTF-8 ({error}): save it as one")
