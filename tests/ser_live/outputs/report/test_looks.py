"""The report in light, dark, print and on a phone, with names of anybody and with nothing in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browser import Browser
from made_call import records_of, session_of, summary_of
from report_pages import CANVAS, READING, SECONDS, box, focus, hover
from reports import made_report, report_of

from ser_live.types import Event, Prediction


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_paper_follows_the_users_choice(page: Browser, call: list[Prediction], scheme: str) -> None:
    page.prefer(prefers_color_scheme=scheme)
    paper = page.run("getComputedStyle(document.documentElement).backgroundColor")
    ink = page.run("getComputedStyle(document.body).color")
    brightness = [sum(map(int, text[4:-1].split(","))) for text in (paper, ink)]
    assert (brightness[0] > brightness[1]) == (scheme == "light")


def test_print_is_light_and_holds_the_table(page: Browser, call: list[Prediction]) -> None:
    page.prefer(prefers_color_scheme="dark")
    assert page.pdf().startswith(b"%PDF")
    page.run("window.dispatchEvent(new Event('beforeprint'))")
    page.call("Emulation.setEmulatedMedia", media="print")
    try:
        paper = page.run("getComputedStyle(document.documentElement).getPropertyValue('--paper')")
        assert paper.strip() == "#fbfaf7"
        assert box(page, "document.getElementById('stretch-table')")["height"] > 100
        assert page.run("getComputedStyle(document.getElementById('tools')).display") == "none"
    finally:
        page.run("window.dispatchEvent(new Event('afterprint'))")
        page.call("Emulation.setEmulatedMedia", media="")
    assert page.complaints == []


def test_a_narrow_phone_shows_everything_without_scrolling_sideways(page: Browser, tmp_path: Path) -> None:
    names = ("A" * 255, "מוקד שירות")
    made_report(tmp_path / "call.html", names, SECONDS, source="b" * 251 + ".wav")
    page.size(360, 740, 2.0, mobile=True)
    page.visit(tmp_path / "call.html")
    assert page.run("document.documentElement.scrollWidth") == 360
    assert box(page, CANVAS.format(1))["width"] > 300


def test_names_never_become_elements(page: Browser, tmp_path: Path) -> None:
    name = "</script><img src=x onerror=\"document.title='owned'\">\u2028\u202e'`${1}"
    records: list[Any] = [*records_of((name, "b"), SECONDS)]
    records.append(Event(kind="signal", start=5.0, fields={"message": name}))
    text = report_of(session_of((name, "b"), SECONDS, source=name), records, summary_of((name, "b"), SECONDS))
    (tmp_path / "call.html").write_text(text, encoding="utf-8")
    page.visit(tmp_path / "call.html")
    hover(page, 5.0)
    assert page.run(READING % 0)["warning"] == f"signal: {name}"
    assert page.run("document.querySelector('.lane h3').textContent") == name
    assert page.run("document.querySelectorAll('img').length") == 0
    assert "owned'" in page.run("document.title")
    assert page.complaints == []


@pytest.mark.parametrize("records", [[], [Event(kind="speech", start=1.0)]])
def test_a_session_without_predictions_opens(page: Browser, tmp_path: Path, records: list[Event]) -> None:
    (tmp_path / "call.html").write_text(report_of(session_of(), records, {}), encoding="utf-8")
    page.visit(tmp_path / "call.html")
    focus(page)
    page.press("ArrowRight", 3)
    page.press("Enter")
    page.press("ArrowDown")
    page.press("+", 3)
    assert page.complaints == []
