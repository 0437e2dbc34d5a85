"""Write reports, and read what is in them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from made_call import records_of, session_of, summary_of
from numpy.typing import NDArray

from ser_live.outputs.report import Report
from ser_live.types import Event, Prediction


class Page:
    """A file in memory, as a report wants one."""

    def __init__(self, name: str = "report.html") -> None:
        self.name = name
        self.text = ""

    def write(self, text: Iterable[str]) -> None:
        """Take the whole page."""
        self.text = "".join(text)


def report_of(
    session: Mapping[str, Any],
    records: Iterable[Prediction | Event],
    summary: Mapping[str, Any],
    blocks: Iterable[NDArray[np.float32]] | None = None,
    name: str = "report.html",
) -> str:
    """Return the page of these records, with the sound of `blocks` in it."""
    page = Page(name)
    report = Report(page, embed_audio=blocks is not None)
    report.open(session)
    for block in blocks or ():
        report.hear(block)
    for record in records:
        report.take(record)
    report.close(summary)
    return page.text


def made_report(path: Path, lanes: tuple[str, ...] = (), seconds: float = 60.0, **session: Any) -> list[Any]:
    """Write the report of a made call to a file, and return its records."""
    records = list(records_of(lanes, seconds))
    text = report_of(session_of(lanes, seconds, **session), records, summary_of(lanes, seconds))
    path.write_text(text, encoding="utf-8", errors="backslashreplace")
    return records


def payload(text: str) -> dict[str, Any]:
    """Return what the page gives to its script."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    return dict(json.loads(found[1]))
