"""The files of results: `<system>/<protocol>.json`, `.md` and `.png`, and `<system>/time.json`."""

from __future__ import annotations

import json
from pathlib import Path

from ser_train.errors import TrainingError
from ser_train.files import write_whole
from ser_train.papers.report import result_markdown, result_picture
from ser_train.papers.results import Cost, SystemResult
from ser_train.records import from_json, to_json

__all__ = ["read_result", "read_times", "write_result", "write_time"]


def read_result(folder: Path, system: str, protocol: str) -> SystemResult | None:
    """Read the results of a system; None where there are none.

    Raises:
        TrainingError: for a file that holds something else.
    """
    path = folder / system / f"{protocol}.json"
    if not path.exists():
        return None
    try:
        return from_json(SystemResult, json.loads(path.read_text(encoding="utf-8")), "the results")
    except (OSError, ValueError, TrainingError) as error:
        raise TrainingError(
            f"{path} holds no results of a system ({error}): make it with ser-train paper {system}"
        ) from None


def write_result(result: SystemResult, folder: Path) -> list[Path]:
    """Write the results as JSON, as tables and as a picture.

    Returns:
        what was written.

    Raises:
        TrainingError: if it cannot be written.
    """
    out = folder / result.system / result.protocol
    files: dict[Path, str | bytes] = {
        out.with_suffix(".json"): json.dumps(to_json(result), indent=1, allow_nan=False) + "\n",
        out.with_suffix(".md"): result_markdown(result),
        out.with_suffix(".png"): result_picture(result),
    }
    for path, data in files.items():
        _write(path, data)
    return list(files)


def read_times(folder: Path, system: str) -> dict[str, Cost]:
    """Read what `ser-train paper --time` measured, by protocol; empty where nothing was.

    Raises:
        TrainingError: for a file that holds something else.
    """
    path = folder / system / "time.json"
    try:
        times = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        return {protocol: from_json(Cost, cost, protocol) for protocol, cost in times.items()}
    except (OSError, ValueError, AttributeError, TrainingError) as error:
        raise TrainingError(
            f"{path} holds no times ({error}): delete it and run ser-train paper {system} --time"
        ) from None


def write_time(folder: Path, system: str, protocol: str, cost: Cost) -> Path:
    """Write how long a protocol takes, beside what is known of the other one.

    Raises:
        TrainingError: if it cannot be written.
    """
    path = folder / system / "time.json"
    times = read_times(folder, system) | {protocol: cost}
    _write(path, json.dumps({name: to_json(known) for name, known in times.items()}, indent=1) + "\n")
    return path


def _write(path: Path, data: str | bytes) -> None:
    """Write a file, making its folder."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrainingError(
            f"{path.parent} cannot be written: {error.strerror or error}: choose another --out"
        ) from None
    write_whole(path, data, remedy="choose another --out")
