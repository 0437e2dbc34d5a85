"""Zoom, pan, table, sound and keys of the report in a browser."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from browser import Browser
from made_call import records_of, session_of, summary_of
from report_pages import CANVAS, LANES, READING, SECONDS, box, click, focus, hover, visible
from reports import made_report, report_of

from ser_live.types import Prediction


def test_zoom_and_pan_by_wheel_drag_keys_and_buttons(page: Browser, call: list[Prediction]) -> None:
    place = box(page, CANVAS.format(0))
    x, y = place["x"] + place["width"] / 2, place["y"] + 30
    assert visible(page) == pytest.approx((0.0, SECONDS), abs=0.2)
    for _ in range(6):
        page.mouse("mouseWheel", x, y, deltaX=0, deltaY=-120)
    left, right = visible(page)
    assert right - left < 25
    assert (left + right) / 2 == pytest.approx(30.0, abs=0.5)
    page.mouse("mousePressed", x, y, button="left", clickCount=1)
    page.mouse("mouseMoved", x - 200, y, button="left", buttons=1)
    page.mouse("mouseReleased", x - 200, y, button="left", clickCount=1)
    moved = visible(page)[0] - left
    assert moved == pytest.approx(200 / place["width"] * (right - left), abs=0.1)
    assert page.run("document.getElementById('window').hidden") is True
    focus(page)
    page.press("Home")
    assert visible(page) == pytest.approx((0.0, SECONDS), abs=0.2)
    page.mouse("mouseMoved", x, y)
    page.press("+", 3)
    span = SECONDS / 1.5**3
    assert np.subtract(*visible(page)[::-1]) == pytest.approx(span, abs=0.2)
    before = visible(page)[0]
    page.press("ArrowRight", shift=True)
    assert visible(page)[0] - before == pytest.approx(span / 4, abs=0.2)
    page.run("document.getElementById('all').click()")
    page.run("document.getElementById('in').click()")
    page.settle()
    assert np.subtract(*visible(page)[::-1]) == pytest.approx(SECONDS / 2, abs=0.2)


def test_at_the_whole_the_wheel_scrolls_the_page(page: Browser, call: list[Prediction]) -> None:
    place = box(page, CANVAS.format(0))
    page.mouse("mouseWheel", place["x"] + 50, place["y"] + 30, deltaX=0, deltaY=200)
    page.wait("scrollY > 0")


def test_the_table_is_there_for_readers_even_when_it_is_not_seen(page: Browser, call: list[Prediction]) -> None:
    def rows() -> int:
        tree = page.call("Accessibility.getFullAXTree")["nodes"]
        return sum(node.get("role", {}).get("value") == "row" for node in tree if not node["ignored"])

    shown = page.run("document.querySelectorAll('#stretch-table tr').length")
    assert shown > 5
    assert rows() >= shown
    assert box(page, "document.getElementById('stretch-table')")["height"] <= 1
    page.run("document.getElementById('toggle').click()")
    assert box(page, "document.getElementById('stretch-table')")["height"] > 100
    assert page.run("document.getElementById('toggle').getAttribute('aria-expanded')") == "true"
    start = page.run("document.querySelector('#stretch-table button').textContent")
    page.run("document.querySelector('#stretch-table button').click()")
    page.settle()
    assert page.run("document.getElementById('time').textContent").startswith(start)
    lanes = box(page, "document.getElementById('lanes')")
    assert lanes["y"] < 900
    assert lanes["y"] + lanes["height"] > 0


def test_the_tab_key_reaches_everything_and_shows_where_it_is(page: Browser, call: list[Prediction]) -> None:
    reached = []
    for _ in range(8):
        page.press("Tab")
        reached.append(page.run("((e) => e.id || e.getAttribute('aria-label') || e.tagName)(document.activeElement)"))
        assert page.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert reached == ["out", "in", "all", "Time, Agent", "Time, Customer", "toggle", "csv", "SUMMARY"]


def test_a_click_plays_from_there_where_the_sound_is_in_it(page: Browser, tmp_path: Path) -> None:
    rate = 16_000
    sound = 0.2 * np.sin(np.arange(int(SECONDS) * rate) / 20.0).astype(np.float32)[:, None]
    records = list(records_of(LANES, SECONDS))
    text = report_of(session_of(LANES, SECONDS), records, summary_of(LANES, SECONDS), [sound])
    (tmp_path / "call.html").write_text(text, encoding="utf-8")
    page.visit(tmp_path / "call.html")
    page.wait("document.getElementById('audio').readyState > 0")
    assert page.run("document.getElementById('audio').duration") == pytest.approx(SECONDS, abs=0.1)
    click(page, *hover(page, 30.0))
    page.wait("document.getElementById('audio').currentTime > 30.2")
    focus(page)
    page.press(" ")
    page.wait("document.getElementById('audio').paused")
    now = page.run("document.getElementById('audio').currentTime")
    assert 30.0 < now < 59.0
    line = box(page, "document.querySelector('.lane .head')")
    place = box(page, CANVAS.format(0))
    assert (line["x"] - place["x"]) / place["width"] * SECONDS == pytest.approx(now, abs=0.5)
    assert page.complaints == []
    assert {address.split(":")[0] for address in page.requests} <= {"blob", "data"}


def test_three_hours_of_two_lanes_open_and_zoom(page: Browser, tmp_path: Path) -> None:
    made_report(tmp_path / "call.html", LANES, 3 * 3600.0)
    page.visit(tmp_path / "call.html")
    focus(page)
    page.press("+", 10)
    page.press("ArrowRight", 5)
    assert "committed" in page.run(READING % 0)["words"] or "withheld" in page.run(READING % 0)["words"]
    assert page.complaints == []
