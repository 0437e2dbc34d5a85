"""Read a CSV table that others wrote: its columns checked, its lines counted."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from ser_train.errors import TrainingError

__all__ = ["read_table"]


def read_table(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Read line numbers and values, by the names of the first line (without regard to case) and without blanks around.

    Args:
        path: a comma-separated file in UTF-8.
        columns: names that must be there, in lower case.

    Raises:
        TrainingError: naming the file, and the column that is missing or the line that is too short or too long.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = csv.reader(file)
            names = [name.strip().lower() for name in next(lines, [])]
            if missing := [column for column in columns if column not in names]:
                raise TrainingError(
                    f"{path}: the column {', '.join(missing)} is missing: the first line must name {', '.join(columns)}"
                )
            for values in lines:
                if not any(value.strip() for value in values):
                    continue
                if any("\0" in value for value in values):
                    raise csv.Error("it holds bytes that are no text")
                if len(values) != len(names):
                    raise TrainingError(
                        f"{path}, line {lines.line_num}: {len(values)} values for {len(names)} columns: "
                        "put values that hold commas into quotation marks"
                    )
                yield lines.line_num, {name: value.strip() for name, value in zip(names, values, strict=True)}
    except (OSError, UnicodeError, csv.Error) as error:
        raise TrainingError(f"{path} cannot be read as a CSV table in UTF-8 ({error}): save it as one") from None
