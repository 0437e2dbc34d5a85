"""`index.html`: one self-contained page that lists, sorts, filters and links the results of an archive."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote

from ser_live.archive.tables import Line
from ser_live.archive.task import FOLDER
from ser_live.colours import COLOURS

__all__ = ["write_page"]


def write_page(
    path: Path,
    lines: Sequence[Line],
    failures: Sequence[tuple[str, str]],
    labels: Sequence[str],
    formats: Sequence[str],
    temporary: Path,
) -> None:
    """Write the page.

    Args:
        path: of the page.
        lines: of the summary.
        failures: path and sentence of each recording that failed.
        labels: of the model.
        formats: endings of the files beside the JSON lines; a row links to its report if there are reports.
        temporary: path to write to before the page is in its place.
    """
    style, script = _file("index.css"), _file("index.js")
    linked = ".html" if ".html" in formats else ".jsonl"
    rows = [[*_cells(line, labels), quote(f"{FOLDER}/{line['name']}{linked}")] for line in lines]
    payload = {"labels": [{"name": label, "colour": COLOURS[label]} for label in labels], "rows": rows}
    hours = sum({line["name"]: float(line["seconds"]) for line in lines}.values()) / 3600
    failed = "".join(f"<li><bdi>{html.escape(name)}</bdi>: {html.escape(why)}</li>" for name, why in failures)
    text = Template(_file("index.html")).substitute(
        policy=f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'",
        style=style,
        facts=f"{len({line['name'] for line in lines}):,} recordings, {hours:.2f} hours of sound",
        failed=f"<details><summary>{len(failures):,} failed</summary><ul>{failed}</ul></details>" if failures else "",
        data=json.dumps(payload, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c"),
        script=script,
    )
    temporary.write_bytes(text.encode("utf-8", "backslashreplace"))
    os.replace(temporary, path)


def _cells(line: Line, labels: Sequence[str]) -> list[Any]:
    return [
        line["name"],
        line["lane"] or "",
        (line["modified"] or "")[:10],
        line["seconds"],
        line["speech_share"],
        line["withheld_share"],
        line["main_label"] or "",
        [line[f"{label}_seconds"] for label in labels],
        line["changes"],
        line["warnings"],
    ]


def _file(name: str) -> str:
    return resources.files(__package__).joinpath("index").joinpath(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"
