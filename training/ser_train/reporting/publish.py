"""Files of an evaluation: everything as JSON, tables as Markdown, one page of HTML, pictures as PNG."""

from __future__ import annotations

import json
from pathlib import Path

from ser_train.errors import TrainingError
from ser_train.reporting.html import evaluation_page
from ser_train.reporting.plots import picture
from ser_train.reporting.results import Results, evaluation_markdown

__all__ = ["publish"]


def publish(out: Path, title: str, everything: Results, *, tables: Path | None = None) -> list[Path]:
    """Write `<out>.json`, `<out>.html`, a picture of each side, and the tables as Markdown where a path is given.

    Returns:
        what was written.

    Raises:
        TrainingError: if it cannot be written.
    """
    files: dict[Path, bytes] = {
        out.with_suffix(".json"): (json.dumps(everything, indent=1, allow_nan=False) + "\n").encode(),
        out.with_suffix(".html"): evaluation_page(title, everything).encode(),
    }
    if tables is not None:
        files[tables] = evaluation_markdown(title, everything).encode()
    for side, corpora in everything.items():
        if "per_label" in corpora["pooled"]:
            files[out.with_suffix(f".{side}.png")] = picture(corpora["pooled"], f"{title}, {side}")
    for path, data in files.items():
        try:
            path.write_bytes(data)
        except OSError as error:
            raise TrainingError(f"{path} cannot be written: {error.strerror or error}: choose another --out") from None
    return list(files)
