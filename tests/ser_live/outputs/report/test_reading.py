"""What is read in a browser, and the colours that are seen there, are what the records say."""

from __future__ import annotations

import numpy as np
import pytest
from browser import Browser
from made_call import LABELS
from report_pages import CANVAS, READING, SECONDS, box, click, focus, hover, seconds_of, visible

from ser_live.colours import COLOURS
from ser_live.types import Prediction

PAPER = np.array([0xFB, 0xFA, 0xF7])
STATES = {"warming-up": "warming up", "uncertain": "withheld"}


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
