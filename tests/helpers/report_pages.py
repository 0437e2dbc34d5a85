"""Look at a report in the browser, and use it."""

from __future__ import annotations

from browser import Browser

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
