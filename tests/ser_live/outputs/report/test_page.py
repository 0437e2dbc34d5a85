"""The page as a file: whole, safe, the same for the same records, and open about what is missing."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from made_call import records_of, session_of, summary_of
from reports import payload, report_of

from ser_live.outputs.by_ending import open_output
from ser_live.types import Event, Prediction

LANES = ("Agent", "Customer")
HOSTILE = "</script><img src=x onerror=\"document.title='owned'\">\u2028'\"&\u202e${1}`\x00"


class Outline(HTMLParser):
    """The elements of a page, and its text without scripts, styles and drawings."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._in = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs) -> None:
        self.elements.append((tag, dict(attrs)))
        self.text += " "
        if tag in ("script", "style", "svg"):
            self._in = tag

    def handle_endtag(self, tag) -> None:
        self._in = "" if tag == self._in else self._in

    def handle_data(self, data) -> None:
        if not self._in:
            self.text += data


def page(lanes: tuple[str, ...] = LANES, seconds: float = 120.0, **summary) -> str:
    return report_of(session_of(lanes, seconds), records_of(lanes, seconds), summary_of(lanes, seconds, **summary))


def test_the_same_records_give_the_same_bytes() -> None:
    assert page() == page()


def test_it_asks_nothing_of_anybody() -> None:
    text = page()
    outline = Outline(text)
    for tag, attributes in outline.elements:
        assert tag not in ("iframe", "object", "embed", "base", "form")
        for name in ("src", "href", "action", "style", "xlink:href", "srcset", "poster"):
            assert attributes.get(name) in (None, "data:,"), (tag, attributes)
        assert not any(name.startswith("on") for name in attributes)
    assert "http:" not in text
    assert "https:" not in text
    policy = next(a["content"] for tag, a in outline.elements if "http-equiv" in a)
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy


def test_names_and_messages_are_text_whatever_is_in_them() -> None:
    session = session_of((HOSTILE, "\u202eb"), 60.0, source=HOSTILE, settings={HOSTILE: HOSTILE})
    session["model"] |= {"name": HOSTILE, "trained_on": [{"title": HOSTILE, "licence": HOSTILE}]}
    session["model"]["scores"] = [{"corpus": HOSTILE, "side": "test", "uar": 0.5}]
    records = [*records_of((HOSTILE, "\u202eb"), 60.0)]
    records.append(Event(kind="signal", start=3.0, lane=HOSTILE, fields={"message": HOSTILE}))
    text = report_of(session, records, summary_of((HOSTILE, "\u202eb"), 60.0, notices=[HOSTILE], error=HOSTILE))
    outline = Outline(text)
    assert not [tag for tag, _ in outline.elements if tag == "img"]
    tags = [tag for tag, _ in outline.elements]
    assert tags.count("script") == 2
    assert tags.count("bdi") >= 10
    assert "\x00" not in text
    assert outline.text.count("<img src=x") >= 8  # as text
    data = payload(text)
    assert data["file"] == data["lanes"][0]["name"] == data["marks"][0][3] == HOSTILE
    title = re.search("<title>(.*?)</title>", text)
    assert title is not None
    assert "\u202e" not in title[1]


def test_a_name_of_bytes_that_are_no_text_can_be_written(tmp_path: Path) -> None:
    text = report_of(session_of(source="caf\udce9.wav"), records_of(), summary_of())
    assert "\udce9" not in text
    text.encode("utf-8")


def test_the_call_sheet_and_the_shares_say_what_the_summary_says() -> None:
    text = " ".join(Outline(page()).text.split())
    for words in (
        "Talk time 1:00 0:40",
        "Share of the length 50% 33%",
        "Mean level of speech −21 dBFS −24 dBFS",
        "Interruptions 3 2",
        "… half of them within 0.6 s 0.6 s",
        "Nobody speaks for 0:24. Two or more speak at once for 1.5 s.",
        "withheld 0:12 26% 6.0 s 26%",
        "angry 4.0 s 9% 2.0 s 9%",
        "angry 60%, disgust 10%, withheld 30%",
        "68.0% 60.0% to 70.0%",
        "Guessing would reach 17%",
    ):
        assert words in text


def test_a_page_of_one_lane_has_no_lanes() -> None:
    text = Outline(page((), 60.0)).text
    assert "Interruptions" not in text
    assert "Lane" not in text


@pytest.mark.parametrize(
    ("summary", "words"),
    [
        ({}, "The session broke off: it has no summary"),
        ({"seconds": 9.0, "ended": "unknown"}, "The session broke off: it has no summary"),
        ({"seconds": 60.0, "ended": "interrupted"}, "The session ended before its input did ( interrupted)."),
        ({"seconds": 60.0, "ended": "end", "error": "the disk is full"}, "with an error: the disk is full"),
        ({"seconds": 60.0, "ended": "end"}, "hold no share of time and no call sheet and no waveform."),
        ({"seconds": 60.0, "ended": "end", "call": None, "waveform": None, "notices": ["a notice"]}, "a notice"),
    ],
)
def test_what_is_missing_is_said(summary: dict[str, object], words: str) -> None:
    text = Outline(report_of(session_of(), records_of(), summary)).text
    assert words in " ".join(text.split())


def test_records_of_an_old_session_make_a_page() -> None:
    session = {
        "version": "0.1.0",
        "model": {"name": "m", "sha256": "00", "labels": ["happy", "sad"]},
        "source": "a.wav",
    }
    shares = {"happy": 0.75, "sad": 0.25}
    records = [
        Event(kind="speech", start=0.5),
        Prediction(
            start=0.5,
            end=2.0,
            available=2.2,
            speech_seconds=1.5,
            probabilities=shares,
            smoothed=shares,
            label="happy",
            state="committed",
        ),
        Event(kind="emotion", start=2.0, fields={"label": "happy"}),
        Event(kind="emotion", start=2.0, end=4.0, fields={"label": "happy"}),
        Event(kind="speech", start=0.5, end=4.0, fields={"speech_seconds": 3.5}),
    ]
    summary = {"seconds": 5.0, "emotion_seconds": {"happy": 2.0}, "notices": []}
    text = " ".join(Outline(report_of(session, records, summary)).text.split())
    assert "These records do not say where in a window the model listened." in text
    assert "hold no call sheet and no waveform." in text
    assert "0:02.0 0:04.0 happy 75%" in text


def test_silence_makes_a_page() -> None:
    text = Outline(report_of(session_of(), [], summary_of(emotion_seconds={}, call=None))).text
    assert "No speech was found." in text
    assert "No emotion was clear enough to be committed." in text


def test_warnings_are_listed_with_their_times_and_told_once() -> None:
    records = [
        Event(kind="device", id="device-1", start=3.0, fields={"message": "it went away"}),
        Event(kind="device", id="device-1", start=3.0, end=4.5),
        Event(kind="overflow", start=8.0, fields={"blocks": 3}),
        Event(kind="signal", start=9.0, lane="Agent", fields={"message": "clipped"}),
    ]
    text = report_of(session_of(LANES), records, summary_of(LANES, notices=["it went away", "clipped"]))
    words = " ".join(Outline(text).text.split())
    assert "0:03.0–0:04.5 device it went away 0:08.0 overflow 3 blocks of sound were lost" in words
    assert "0:09.0 Agent: signal clipped" in words
    assert words.count("it went away") == 1
    assert payload(text)["marks"][0] == [3000, 4500, "device", "it went away", None]
    assert payload(text)["marks"][2] == [9000, None, "signal", "clipped", 0]


def test_thousands_of_warnings_are_counted() -> None:
    records = [Event(kind="overflow", start=float(n), fields={"blocks": 1}) for n in range(1500)]
    text = report_of(session_of(), records, summary_of())
    assert len(payload(text)["marks"]) == 1000
    assert "… and 500 more" in text


def test_a_broken_waveform_is_none() -> None:
    text = page((), 60.0, waveform={"bin_seconds": 0.1, "lanes": [{"name": None, "peaks": "</script>"}]})
    assert payload(text)["lanes"][0]["wave"] is None
    assert "hold no waveform." in text


def test_an_ending_opens_it(tmp_path: Path) -> None:
    opened = open_output(tmp_path / "call.HTML")
    opened.sink.open(session_of())
    opened.sink.close({})
    opened.file.close()
    assert (tmp_path / "call.HTML").read_text("utf-8").startswith("<!DOCTYPE html>")
