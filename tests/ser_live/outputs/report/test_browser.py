"""The report in a browser: what is seen and read there is what the records say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import Browser
from made_call import LABELS, records_of, session_of, summary_of
from reports import made_report, report_of

from ser_live.colours import COLOURS
from ser_live.types import Event, Prediction

LANES = ("Agent", "Customer")
SECONDS = 60.0
CANVAS = "document.querySelectorAll('.lane canvas')[{}]"
READING = """(() => {
  const lane = document.querySelectorAll('.lane')[%d];
  const rows = [...lane.querySelectorAll('.reading tr')];
  return { time: document.getElementById('time').textContent, words: lane.querySelector('.words').textContent,
    warning: lane.querySelector('.warning').textContent,
    values: rows.map((row) => [row.querySelector('th').textContent.slice(2), row.lastChild.textContent]),
    said: lane.querySelector('canvas').getAttribute('aria-valuetext') };
})()"""
PAPER = np.array([0xFB, 0xFA, 0xF7])
STATES = {"warming-up": "warming up", "uncertain": "withheld"}


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


def box(page: Browser, selector: str) -> dict[str, float]:
    found = page.run(f"(({{x, y, width, height}}) => ({{x, y, width, height}}))({selector}.getBoundingClientRect())")
    return dict(found)


def seconds_of(text: str) -> float:
    minutes, seconds = text.split(":")
    return 60 * int(minutes) + float(seconds)


def focus(page: Browser, lane: int = 0) -> None:
    page.run(CANVAS.format(lane) + ".focus()")


def hover(page: Browser, seconds: float, lane: int = 0) -> tuple[float, float]:
    """Move the mouse over a time of the whole session, and return where it is."""
    place = box(page, CANVAS.format(lane))
    x, y = place["x"] + seconds / SECONDS * place["width"], place["y"] + 20
    page.mouse("mouseMoved", x, y)
    return x, y


def click(page: Browser, x: float, y: float) -> None:
    page.mouse("mousePressed", x, y, button="left", clickCount=1)
    page.mouse("mouseReleased", x, y, button="left", clickCount=1)


def visible(page: Browser) -> tuple[float, float]:
    """Return the visible range, read at both edges."""
    place = box(page, CANVAS.format(0))
    edges = []
    for x in (place["x"] + 0.5, place["x"] + place["width"] - 0.5):
        page.mouse("mouseMoved", x, place["y"] + 30)
        edges.append(seconds_of(page.run("document.getElementById('time').textContent")))
    return edges[0], edges[1]


def test_no_complaint_and_no_request(page: Browser, call: list[Prediction]) -> None:
    focus(page)
    page.press("ArrowRight", 5)
    page.press("Enter")
    assert page.complaints == []
    assert [address for address in page.requests if not address.startswith("data:")] == []


def test_the_keys_read_ten_moments_as_the_records_have_them(page: Browser, call: list[Prediction]) -> None:
    focus(page)
    step = len(call) // 10
    for moment in range(10):
        page.press("ArrowRight", 1 if moment == 0 else step)
        said, wanted = page.run(READING % 0), call[moment * step]
        assert seconds_of(said["time"]) == pytest.approx(wanted.end, abs=0.005)
        assert wanted.label in said["words"]
        assert STATES.get(wanted.state, wanted.state) in said["words"]
        for label, value in said["values"]:
            assert float(value.rstrip("%")) == pytest.approx(100 * wanted.smoothed[label], abs=0.056)
            assert f"{label} {value}" in said["said"]


def test_the_mouse_reads_ten_moments_and_their_colours_are_those_of_the_labels(
    page: Browser, call: list[Prediction]
) -> None:
    picture = box(page, CANVAS.format(0))
    seen = 0
    for wanted in call[:: len(call) // 14]:
        hover(page, wanted.end + 0.06)
        said = page.run(READING % 0)
        time = seconds_of(said["time"])
        now = [p for p in call if p.end <= time][-1]
        if "silence" in said["words"]:
            continue
        assert [float(value.rstrip("%")) for _, value in said["values"]] == pytest.approx(
            [100 * now.smoothed[label] for label in LABELS], abs=0.056
        )
        x = time / SECONDS * picture["width"]
        edges = np.cumsum([0.0, *now.smoothed.values()])
        middle = (edges[LABELS.index(now.label)] + edges[LABELS.index(now.label) + 1]) / 2
        script = f"[...{CANVAS.format(0)}.getContext('2d').getImageData({x}, {{y}}, 1, 1).data]"
        y = picture["height"] - 2 - 120 * (1 - middle)
        pixels = [page.run(script.format(y=y + shift)) for shift in (-5, 0, 5)]
        assert any(_alike(pixel, COLOURS[now.label], now.state in STATES) for pixel in pixels), (now, pixels)
        seen += 1
    assert seen >= 10


def _alike(pixel: list[int], colour: str, withheld: bool) -> bool:
    """Whether a pixel has the colour, or what is left of it on the paper where it was withheld."""
    wanted = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
    if withheld:
        wanted = 0.45 * wanted + 0.55 * PAPER
    return bool(np.abs(np.array(pixel[:3]) - wanted).max() < 30)


def test_silence_is_read_as_silence(page: Browser, call: list[Prediction]) -> None:
    hover(page, 0.2)
    said = page.run(READING % 0)
    assert said["words"] == "silence"
    assert {value for _, value in said["values"]} == {"–"}


def test_a_chosen_moment_shows_where_the_model_listened(page: Browser, call: list[Prediction]) -> None:
    focus(page)
    page.press("ArrowRight", 8)
    page.press("Enter")
    wanted = call[7]
    assert wanted.attention is not None
    text = page.run("document.getElementById('window').textContent")
    assert f"The model heard {wanted.speech_seconds:.2f} s of speech" in text
    label = max(wanted.probabilities, key=wanted.probabilities.__getitem__)
    assert f"This window alone: {label} " in text
    heights = page.run("[...document.querySelectorAll('#window .bars i')].map((bar) => parseFloat(bar.style.height))")
    most = max(wanted.attention)
    assert heights == pytest.approx([100 * share / most for share in wanted.attention], abs=4)
    page.press("Escape")
    assert page.run("document.getElementById('window').hidden") is True


def test_a_click_chooses_too(page: Browser, call: list[Prediction]) -> None:
    click(page, *hover(page, call[10].end + 0.1))
    assert "The model heard" in page.run("document.getElementById('window').textContent")


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


def test_the_csv_holds_the_visible_range(page: Browser, call: list[Prediction]) -> None:
    keep = "URL.createObjectURL = (blob) => { window.kept = blob; return '#'; }"
    page.run(keep)
    page.run("document.getElementById('csv').click()")
    head, *lines = page.run("kept.text()").strip().split("\r\n")
    assert head.split(",") == ["file", "lane", "start", "end", "speech_seconds", "label", "state", *LABELS]
    agent = [line.split(",") for line in lines if line.split(",")[1] == "Agent"]
    assert len(agent) == len(call)
    for row, wanted in zip(agent, call, strict=True):
        assert [float(row[2]), float(row[3])] == pytest.approx([wanted.start, wanted.end], abs=1e-3)
        assert row[5:7] == [wanted.label, wanted.state]
        assert [float(value) for value in row[7:]] == pytest.approx(list(wanted.smoothed.values()), abs=1e-4)
    focus(page)
    page.press("+", 4)
    left, right = visible(page)
    page.run("document.getElementById('csv').click()")
    fewer = [float(line.split(",")[3]) for line in page.run("kept.text()").strip().split("\r\n")[1:]]
    assert 0 < len(fewer) < len(lines)
    assert left - 0.1 <= min(fewer)
    assert max(fewer) <= right + 0.1


def test_the_tab_key_reaches_everything_and_shows_where_it_is(page: Browser, call: list[Prediction]) -> None:
    reached = []
    for _ in range(8):
        page.press("Tab")
        reached.append(page.run("((e) => e.id || e.getAttribute('aria-label') || e.tagName)(document.activeElement)"))
        assert page.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert reached == ["out", "in", "all", "Time, Agent", "Time, Customer", "toggle", "csv", "SUMMARY"]


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


def test_three_hours_of_two_lanes_open_and_zoom(page: Browser, tmp_path: Path) -> None:
    made_report(tmp_path / "call.html", LANES, 3 * 3600.0)
    page.visit(tmp_path / "call.html")
    focus(page)
    page.press("+", 10)
    page.press("ArrowRight", 5)
    assert "committed" in page.run(READING % 0)["words"] or "withheld" in page.run(READING % 0)["words"]
    assert page.complaints == []
