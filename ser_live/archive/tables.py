"""The tables of a run: `summary.csv` and `.parquet`, `failed.csv`, `times.jsonl`."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ser_live.archive.find import Recording
from ser_live.archive.row import columns

__all__ = ["Line", "all_columns", "line_of", "write_failures", "write_parquet", "write_summary", "write_times"]

Line = Mapping[str, Any]
"""A line of the summary: a value a column, None where there is none."""


def all_columns(labels: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of the summary for a model with those labels."""
    return ("name", "path", "modified", *columns(labels), "key")


def line_of(recording: Recording, row: Mapping[str, Any], key: str) -> Line:
    """Return a lane's row with what tells of its recording."""
    modified = None
    if recording.modified:
        modified = datetime.fromtimestamp(recording.modified // 10**9, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"name": recording.name, "path": recording.path, "modified": modified, **row, "key": key}


def write_summary(path: Path, lines: Iterable[Line], names: Sequence[str], temporary: Path) -> None:
    """Write the summary as CSV, UTF-8, a line a recording and lane."""
    _write_csv(path, names, ([line.get(name) for name in names] for line in lines), temporary)


def write_failures(path: Path, failures: Iterable[tuple[str, str]], temporary: Path) -> None:
    """Write what could not be heard, and why, as CSV; a header alone where nothing failed."""
    _write_csv(path, ("path", "sentence"), failures, temporary)


def write_parquet(path: Path, lines: Sequence[Line], names: Sequence[str], temporary: Path) -> bool:
    """Write the summary as Parquet, times as timestamps; return False where pyarrow is not installed."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        return False
    text = {"name", "path", "lane", "main_label", "model", "model_sha256", "key"}
    whole = {"changes", "interruptions", "answers", "predictions", "warnings"}
    kinds = [
        pyarrow.timestamp("s", tz="UTC")
        if name == "modified"
        else pyarrow.string()
        if name in text
        else pyarrow.int64()
        if name in whole
        else pyarrow.float64()
        for name in names
    ]
    arrays = []
    for name, kind in zip(names, kinds, strict=True):
        values = [line.get(name) for line in lines]
        if name == "modified":
            values = [
                None if value is None else datetime.fromisoformat(value.replace("Z", "+00:00")) for value in values
            ]
        arrays.append(pyarrow.array(values, kind))
    parquet.write_table(pyarrow.Table.from_arrays(arrays, names=list(names)), str(temporary))
    os.replace(temporary, path)
    return True


def write_times(path: Path, times: Iterable[Mapping[str, Any]]) -> None:
    """Add when recordings were heard and how long that took: the one file in which runs differ."""
    with open(path, "a", encoding="utf-8") as file:
        file.writelines(json.dumps(each) + "\n" for each in times)


def _write_csv(path: Path, names: Sequence[str], rows: Iterable[Iterable[Any]], temporary: Path) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_plain(value) for value in row] for row in rows)
    temporary.write_bytes(text.getvalue().encode("utf-8", "backslashreplace"))
    os.replace(temporary, path)


def _plain(value: Any) -> Any:
    """Keep a name that begins like a formula from being one in a spreadsheet."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value
