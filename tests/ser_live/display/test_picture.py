"""The picture of the screen on consoles of fixed width: what stands in it, and what is kept where room is short."""

from __future__ import annotations

import copy
import itertools
import math
from io import StringIO

import pytest
from rich.console import Console
from sessions import NINE, SIX, hear, line_with, new_session, prediction, rgb, speak, strip_of, talk, text_of

from ser_live.display import COLOURS, LETTERS, render
from ser_live.display.lettering import large
from ser_live.types import State

SIZES = [(60, 18), (100, 30), (200, 60)]


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("unicode", [True, False])
@pytest.mark.parametrize("labels", [SIX, NINE], ids=["six", "nine"])
def test_everything_is_there(width: int, height: int, unicode: bool, labels: tuple[str, ...]) -> None:
    text = text_of(talk(labels), width, height, unicode=unicode)
    lines = text.splitlines()
    assert "call.wav" in lines[0]
    assert "ser-live.onnx" in lines[0]
    assert lines[0].endswith("cpu")
    assert "committed: " in text
    other = f"{50 / (len(labels) - 1):3.0f}%"
    for label in labels:
        share = " 50%" if label == "happy" else other
        assert f" {LETTERS[label]} {label:8} {share} " in text
    assert "60 s ago" in text
    assert "? uncertain" in text
    assert "-6 dBFS" in text
    assert "speech   00:35 of speech" in text
    assert "00:40 / 01:20" in text
    assert "2.0 ms a window" in text
    assert "p99 2.0 ms" in text
    assert " 3 overflows " in text
    assert "! nothing but zeros: microphone muted?" in text
    assert "perception, not" in lines[-1]
    assert lines[-1].endswith("Ctrl-C ends")


def test_the_footer_is_complete_where_there_is_room() -> None:
    footer = "trained on acted speech; a label is a perception, not a fact · Ctrl-C ends"
    assert text_of(talk(), 100, 30).splitlines()[-1].strip() == footer


@pytest.mark.parametrize("unicode", [True, False])
def test_no_size_is_too_small_and_none_is_exceeded(unicode: bool) -> None:
    odd = talk(NINE)
    odd.source, odd.model, odd.device = "長い名前.wav" * 9, "m" * 90, "cuda" * 30
    odd.notices.append("字" * 200)
    odd.take(prediction(odd, "happy", math.nan))
    odd.lanes[0].elapsed, odd.overflows, odd.lanes[0].peak, odd.total = 1e6, 10**9, 1e30, math.inf
    sessions = [new_session(NINE), talk(SIX), odd, new_session(("angry", "sad")), new_session(())]
    widths, heights = [*range(1, 12), 20, 39, 40, 60, 80, 200], [*range(1, 20), 24, 30, 60]
    for session, width, height in itertools.product(sessions, widths, heights):
        lines = render(session, width=width, height=height, unicode=unicode).lines
        assert len(lines) == height
        assert max(sum(segment.cell_length for segment in line) for line in lines) <= width, (width, height)
        text = text_of(session, width, height, unicode=unicode)
        assert text.count("\n") == height - 1, (width, height)
        assert unicode or text.isascii(), text
        assert text.strip() or width == 1, (width, height)
    assert text_of(talk(), 0, 0) == ""


def test_what_matters_most_is_kept_longest() -> None:
    session = talk()
    session.notices.clear()
    marks = ["HAPPY", "dBFS", "10%", "H███", "Ctrl-C", "00:40", "H happy", "p99", "call.wav", "60 s ago"]
    kept = [[mark for mark in marks if mark in text_of(session, 60, height)] for height in range(1, 17)]
    assert kept[0] == ["HAPPY"]
    assert kept[1] == ["HAPPY", "dBFS"]
    assert kept[2] == ["HAPPY", "dBFS", "10%"]
    assert all(set(less) - {"p99"} <= set(more) for less, more in itertools.pairwise(kept))  # it fills a gap once
    assert kept[-1] == marks
    assert kept[9 - 1] == marks[:-2]


@pytest.mark.parametrize(
    ("state", "word", "words"),
    [
        ("committed", "HAPPY", "committed: happy 50%"),
        ("provisional", "HAPPY", "provisional: happy 50%"),
        ("uncertain", "UNCERTAIN", "uncertain: nothing stands out (happy 50%)"),
        ("warming-up", "WARMING UP", "warming up: 0.8 s of speech so far"),
    ],
)
def test_the_state_is_said_in_words(state: State, word: str, words: str) -> None:
    session = new_session()
    speak(session, "happy", 2, state)
    text = text_of(session, 100, 30)
    assert words in text
    drawn = large(word, 2)
    assert [line[1:].rstrip() for line in text.splitlines()[2:8]] == [row.rstrip() for row in drawn]
    small = text_of(session, 60, 9)
    assert f" {word}  " in small
    assert ("HAPPY" in small) == (word == "HAPPY")


def test_strip_of_the_last_minute() -> None:
    session = new_session()
    hear(session, 3, speaking=False)
    speak(session, "angry", 4)
    speak(session, "sad", 2, "uncertain")
    speak(session, "happy", 1.25)
    hear(session, 2, speaking=False)  # for half a second the label holds
    hear(session, 0.75)
    assert strip_of(session, 62) == "···A███?█H█·H".rjust(60)
    assert strip_of(session, 122).strip().startswith("······A███████?███H██")  # half a second a column


def test_strip_scrolls_by_whole_columns() -> None:
    session = new_session()
    speak(session, "angry", 50)
    speak(session, "sad", 0.5)
    before = strip_of(session, 62)
    assert before == " " * 9 + "A" + "█" * 49 + "S"
    speak(session, "sad", 0.25)
    assert strip_of(session, 62) == before
    speak(session, "sad", 20)
    assert strip_of(session, 62) == "A" + "█" * 38 + "S" + "█" * 20
    hear(session, 120, speaking=False)
    assert strip_of(session, 62) == "·" * 60


def test_strip_has_a_letter_for_every_emotion() -> None:
    session = new_session(NINE)
    for label in NINE:
        speak(session, label, 2)
    assert strip_of(session, 62).strip() == "A█B█C█D█F█H█N█S█!█"
    assert len(set(LETTERS.values())) == len(LETTERS) == len(COLOURS) == 10


def test_input_level() -> None:
    session = new_session()

    def level(peak: float) -> str:
        session.lanes[0].peak = peak
        return line_with("dBFS", text_of(session, 63, 18))

    assert " -30 dBFS" in level(10 ** (-30 / 20))
    assert level(10 ** (-30 / 20)).count("■") == level(10 ** (-30 / 20)).count("─") > 10  # half of sixty decibels
    assert "─" not in level(1.0)
    assert "   0 dBFS" in level(1.0)
    assert "■" not in level(0.001)
    assert " -80 dBFS" in level(1e-4)
    assert "-inf dBFS" in level(1e-9)  # digital silence, whatever the meter's fall has left of earlier sound
    assert "-inf dBFS" in level(0.0)


def test_clipping_is_marked_for_two_seconds() -> None:
    session = new_session()
    hear(session, 1, peak=0.9)
    assert "CLIP" not in text_of(session, 60, 18)
    hear(session, 0.25, peak=1.2)
    assert " 2 dBFS  CLIP" in text_of(session, 60, 18)
    hear(session, 1.75, peak=0.1)
    assert "CLIP" in text_of(session, 60, 18)
    hear(session, 0.25, peak=0.1)
    assert "CLIP" not in text_of(session, 60, 18)


def test_compute_time_is_that_of_the_latest_windows() -> None:
    session = new_session()
    session.compute.extend([9.0] * 1000 + [0.010] * 4 + [0.001] * 376 + [0.003] * 20)
    assert "3.0 ms a window · p99 3.0 ms · 0 overflows" in text_of(session, 60, 18)
    session.compute[-30:-25] = type(session.compute)("d", [0.5] * 5)
    assert "p99 500.0 ms" in text_of(session, 60, 18)


def test_time_of_a_long_recording_and_of_a_microphone() -> None:
    session = new_session(total=36000.0)
    session.lanes[0].elapsed, session.lanes[0].speech_seconds = 9000.0, 3599.9
    text = text_of(session, 100, 30)
    assert "59:59 of speech" in text
    line = line_with("2:30:00 / 10:00:00", text)
    assert line.count("━") == round((line.count("━") + line.count("─")) / 4) > 5
    session.lanes[0].elapsed, session.lanes[0].speech_seconds = 36000.0, 32399.0
    assert "8:59:59 of speech" in text_of(session, 60, 18)
    assert "10:00:00 / 10:00:00" in text_of(session, 60, 18)
    session.total = None
    line = line_with("10:00:00", text_of(session, 60, 18))
    assert line.endswith("10:00:00")
    assert "/" not in line
    assert "━" not in line


def test_long_notices_take_two_lines() -> None:
    session = talk()
    session.notices.append("the device has delivered nothing but zeros for three seconds: permission or mute? " * 2)
    lines = text_of(session, 60, 18).splitlines()
    assert lines[-3].startswith(" ! the device has delivered nothing but zeros")
    assert lines[-2].startswith("   ")
    assert lines[-2].endswith("…")
    assert not any("microphone muted" in line for line in lines)  # only the latest


def test_texts_of_others_are_neither_markup_nor_escape_sequences() -> None:
    session = new_session(source="[red]a\x1b[2Jb\u202ec\udcff.wav")
    session.model, session.device = "m[/]\r\n.onnx", "[link=x]\x9bgpu"
    session.notices.append("[blink]look\x07[/blink]")
    text = text_of(session, 100, 30)
    assert "[red]a?[2Jb?c?.wav" in text
    assert "m[/]??.onnx" in text
    assert "[link=x]?gpu" in text
    assert "! [blink]look?[/blink]" in text
    assert all(character == "\n" or character.isprintable() for character in text)


def test_no_color_leaves_bold_and_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    def printed() -> str:
        console = Console(
            file=StringIO(), width=100, height=30, force_terminal=True, color_system="truecolor", legacy_windows=False
        )
        console.print(render(talk(), width=100, height=30))
        assert isinstance(console.file, StringIO)
        return console.file.getvalue()

    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = printed()
    assert all("38;2;{};{};{}".format(*rgb(COLOURS[label])) in coloured for label in SIX)
    monkeypatch.setenv("NO_COLOR", "1")
    plain = printed()
    assert "38;2" not in plain
    assert "48;2" not in plain
    assert "\x1b[1mH\x1b[0m█████" in plain


def test_the_picture_is_a_pure_function() -> None:
    session = talk(NINE)
    before = copy.deepcopy(session)
    first = render(session, width=120, height=40).lines
    assert session == before
    assert render(session, width=120, height=40).lines == first
    assert render(before, width=120, height=40).lines == first
    hear(session, 1, speaking=False)
    assert render(session, width=120, height=40).lines != first
