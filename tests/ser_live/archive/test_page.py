"""The page of an archive, in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browser import Browser

from ser_live.archive.page import write_page
from ser_live.archive.row import columns

LABELS = ("angry", "happy", "neutral")


def line(number: int) -> dict[str, Any]:
    values: dict[str, Any] = dict.fromkeys(columns(LABELS), 0.0)
    label = LABELS[number % 3]
    values |= {"name": f"calls/<b>{number:05}</b> & co.wav", "lane": None, "modified": "2026-03-01T00:00:00Z"}
    values |= {"seconds": float(number), "speech_share": 0.5, "withheld_share": None, "main_label": label}
    values |= {f"{label}_seconds": 4.0, "neutral_seconds": 4.0, "changes": number % 7, "warnings": 0}
    return values


@pytest.fixture
def page(tmp_path: Path, browser: Browser) -> Browser:
    path = tmp_path / "index.html"
    failures = [("/calls/<i>bad</i>.wav", "it is text & no sound")]
    write_page(path, [line(number) for number in range(10_000)], failures, LABELS, [".html"], tmp_path / "temporary")
    browser.visit(path)
    return browser


def rows(page: Browser) -> list[str]:
    return list(page.run("[...document.querySelectorAll('#rows tr:not(.space)')].map(row => row.cells[0].textContent)"))


def test_ten_thousand_rows_are_listed_of_which_few_are_drawn(page: Browser) -> None:
    assert rows(page)[0] == "calls/<b>00000</b> & co.wav"
    assert len(rows(page)) < 100
    height = page.run("document.getElementById('scroll').scrollHeight")
    assert height > 10_000 * 30
    page.run("document.getElementById('scroll').scrollTop = 1e9")
    page.run("new Promise(done => setTimeout(done, 300))")
    assert rows(page)[-1] == "calls/<b>09999</b> & co.wav"
    drawn = page.run("document.querySelector('#rows tr:not(.space)').getBoundingClientRect().height")
    assert drawn == 32  # what the script takes a row for
    assert page.complaints == []
    assert page.requests == []


def test_it_sorts_filters_and_links(page: Browser) -> None:
    page.run("document.querySelectorAll('thead button')[3].click()")
    assert rows(page)[0] == "calls/<b>09999</b> & co.wav"
    assert page.run("document.querySelectorAll('thead th')[3].getAttribute('aria-sort')") == "descending"
    page.run("document.querySelectorAll('thead button')[3].click()")
    assert rows(page)[0] == "calls/<b>00000</b> & co.wav"
    page.run("find = document.getElementById('find'); find.value = '0123'; find.dispatchEvent(new Event('input'))")
    assert page.run("document.getElementById('count').textContent") == "11 of 10,000 lines"
    page.run("main = document.getElementById('main'); main.value = 'angry'; main.dispatchEvent(new Event('change'))")
    assert len(rows(page)) == 5
    link = page.run("document.querySelector('#rows a').getAttribute('href')")
    assert link.startswith("recordings/calls/%3Cb%3E")
    assert link.endswith("co.wav.html")


def test_what_failed_is_told_as_it_is_written(page: Browser) -> None:
    assert (
        page.run("document.querySelector('details li').textContent") == "/calls/<i>bad</i>.wav: it is text & no sound"
    )
    assert page.run("document.querySelector('details summary').textContent") == "1 failed"
