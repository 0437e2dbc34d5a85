"""The page and the overlay, in a headless Chromium whose microphone is a recording."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile

pytest.importorskip("starlette", reason="this test needs `ser-live[serve]`")
pytest.importorskip("uvicorn")
pytest.importorskip("websockets")

from browser import Browser
from program import run
from serving import serving, without_clocks

import ser_live.serve

pytestmark = pytest.mark.slow

PAGE = Path(ser_live.serve.__file__).parent / "page"
CALL = Path(__file__).parents[3] / "examples" / "call.wav"
SECONDS = 9


@pytest.fixture(scope="module")
def microphone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser that hears the example."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        if os.environ.get("SER_LIVE_REQUIRE_BROWSER") == "1":
            pytest.fail("no chromium, and SER_LIVE_REQUIRE_BROWSER=1")
        pytest.skip("no chromium")
    folder = tmp_path_factory.mktemp("browser")
    samples, rate = soundfile.read(CALL, frames=(SECONDS + 20) * 16000, dtype="int16")
    soundfile.write(folder / "voice.wav", samples, rate)
    fake = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    fake.append(f"--use-file-for-fake-audio-capture={folder / 'voice.wav'}%noloop")
    with Browser(program, folder / "profile", *fake) as browser:
        yield browser


def look(browser: Browser, address: str) -> None:
    browser.complaints.clear()
    browser.requests.clear()
    browser.call("Page.navigate", url=address)
    browser.wait("document.readyState === 'complete' && location.protocol === 'http:'")
    browser.settle()


def picture(browser: Browser, name: str) -> None:
    """Keep a picture to look at, where a folder is given."""
    if folder := os.environ.get("SER_LIVE_PICTURES"):
        Path(folder, f"{name}.png").write_bytes(browser.screenshot())


def test_the_records_of_the_page_are_those_of_the_program(microphone: Browser, tmp_path: Path) -> None:
    browser = microphone
    with serving("--record-dir", tmp_path) as address:
        look(browser, f"http://{address}/")
        browser.size(360, 740, mobile=True)
        assert browser.run("document.documentElement.scrollWidth <= 360")
        browser.run("document.getElementById('listen').focus()")
        browser.press("Enter")
        browser.wait("window.serLive.lines.some((line) => line.includes('committed'))")
        for scheme in ("light", "dark"):
            browser.prefer(prefers_color_scheme=scheme)
            picture(browser, f"phone-{scheme}")
        assert browser.run("document.documentElement.scrollWidth <= 360")
        assert browser.run("document.getElementById('stored').textContent") == "This server stores the sound."
        browser.run("document.getElementById('listen').focus()")
        browser.press("Enter")
        browser.wait("(window.serLive.lines.at(-1) || '').includes('\"summary\"')")
        lines = list(browser.run("window.serLive.lines"))
        browser.size(1280, 800)
        picture(browser, "desk-dark")
        assert [request for request in browser.requests if not request.startswith(f"http://{address}/")] == []
        assert not browser.complaints
    (path,) = tmp_path.glob("*.wav")
    expected = run("--file", path, "--format", "jsonl").out.splitlines()
    also = ("source", "seconds", "recorded") if json.loads(lines[0])["seconds"] is None else ()
    ours, theirs = without_clocks(lines, *also), without_clocks(expected, *also)
    assert any('"type": "prediction"' in line for line in lines)
    assert ours == theirs


def test_the_page_connects_again_when_the_server_is_back(microphone: Browser) -> None:
    browser = microphone
    with serving() as address:
        look(browser, f"http://{address}/")
        browser.run("document.getElementById('listen').click()")
        browser.wait("window.serLive.state === 'Listening.'")
    browser.wait("window.serLive.state.includes('trying again')")
    with serving("--port", address.rpartition(":")[2]):
        browser.wait("window.serLive.state === 'Listening.'")
        browser.run("document.getElementById('listen').click()")


def test_a_recording_gets_its_report(microphone: Browser, short_call: Path) -> None:
    browser = microphone
    post = "fetch('/v1/report', {method: 'POST', body: new Uint8Array(%s)}).then((a) => a.text())"
    with serving() as address:
        look(browser, f"http://{address}/")
        page = browser.run(post % list(short_call.read_bytes()))
        assert page.startswith("<!DOCTYPE html>")
        told = json.loads(browser.run(post % [1, 2, 3]))
        assert told["name"] == "bad-recording"
        assert "/tmp" not in told["message"]


def test_the_overlay_shows_what_is_committed_and_survives_a_restart(microphone: Browser, tmp_path: Path) -> None:
    browser = microphone
    events = tmp_path / "live.jsonl"
    state = "document.getElementById('lanes').textContent"

    def write(**fields: object) -> None:
        with events.open("a") as file:
            file.write(json.dumps(fields) + "\n")

    write(type="session", schema=1)
    with serving("--events", events) as address:
        look(browser, f"http://{address}/overlay")
        write(type="prediction", state="provisional", label="happy", smoothed={"happy": 0.9})
        write(type="event", kind="emotion", id="emotion-1", start=1.0, end=None, label="sad")
        browser.wait(f"{state} === 'sad'")
        picture(browser, "overlay")
        write(type="event", kind="emotion", id="emotion-1", start=1.0, end=2.0, label="sad")
        browser.wait(f"{state} === ''")
        write(type="event", kind="emotion", id="emotion-2", start=2.0, end=None, label="angry", lane="Agent")
        browser.wait(f"{state} === 'Agent: angry'")
    browser.wait(f"{state} === ''")
    with serving("--events", events, "--port", address.rpartition(":")[2]):
        browser.wait(f"{state} === 'Agent: angry'")


def test_the_pages_are_small_and_hold_nothing_inline() -> None:
    assert sum(path.stat().st_size for path in PAGE.iterdir()) < 60_000
    for path in PAGE.glob("*.html"):
        text = path.read_text()
        assert "style=" not in text
        assert "<style" not in text
        assert "onclick" not in text
        assert text.count("<script") == text.count('<script type="module" src=')
