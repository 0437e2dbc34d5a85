"""A report that is open in a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser import Browser
from report_pages import LANES, SECONDS
from reports import made_report

from ser_live.types import Prediction


@pytest.fixture
def page(browser: Browser) -> Browser:
    browser.prefer(prefers_color_scheme="light")
    browser.size(1280, 900)
    return browser


@pytest.fixture
def call(page: Browser, tmp_path: Path) -> list[Prediction]:
    """Open the report of a made call, and return the predictions of its first lane."""
    records = made_report(tmp_path / "call.html", LANES, SECONDS)
    page.visit(tmp_path / "call.html")
    return [r for r in records if isinstance(r, Prediction) and r.lane == "Agent"]
