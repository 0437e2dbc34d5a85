"""The bars of the screen: their length, order and columns, and the large letters beside them."""

from __future__ import annotations

import math

import pytest
from sessions import NINE, SIX, hear, line_with, new_session, speak, strip_of, talk, text_of

from ser_live.display import LETTERS, render
from ser_live.display.lettering import large
from ser_live.types import State


def bar_of(label: str, text: str) -> str:
    (line,) = [line for line in text.splitlines() if line.startswith(f" {LETTERS[label]} {label} ")]
    return line


def test_nobody_speaks() -> None:
    session = new_session()
    assert "listening: nobody speaks" in text_of(session, 60, 18)
    assert " LISTENING   nobody speaks" in text_of(session, 60, 9)
    assert "no window yet" in text_of(session, 60, 18)
    assert "silence  00:00 of speech" in text_of(session, 60, 18)
    for label in SIX:
        assert bar_of(label, text_of(session, 60, 18)).split() == [LETTERS[label], label, "-"]
    hear(session, 0.25)
    assert "warming up: speech begins" in text_of(session, 60, 18)
    speak(session, "happy", 2)
    assert "committed" in text_of(session, 60, 18)
    hear(session, 0.75, speaking=False)
    text = text_of(session, 60, 18)
    assert "listening" in text
    assert "50%" in bar_of("happy", text)  # the last figures stay, in a pause, but dimmed
    shown = [s for line in render(session, width=60, height=18).lines for s in line if s.text.startswith("████")]
    assert shown
    assert all(s.style is not None and s.style.dim for s in shown)


@pytest.mark.parametrize("share", [0.0, 0.26, 0.5, 1.0])
def test_bars_are_as_long_as_the_probability(share: float) -> None:
    session = new_session()
    speak(session, "happy", 1, share=share)
    room = 100 - 2 - 16  # margins, and what stands before the bar
    assert bar_of("happy", text_of(session, 100, 24)).count("█") == math.floor(share * room)
    assert bar_of("happy", text_of(session, 100, 24, unicode=False)).count("#") == round(share * room)


def test_bars_keep_the_order_of_the_model() -> None:
    order = ("sad", "happy", "angry")
    session = new_session(order)
    speak(session, "happy", 1, share=0.9)
    text = text_of(session, 60, 18)
    assert sorted(order, key=lambda label: text.index(bar_of(label, text))) == list(order)


def test_bars_stand_in_two_columns_where_lines_are_few() -> None:
    text = text_of(talk(NINE), 60, 12)
    line = line_with("A angry", text)
    assert "H happy" in line
    assert line.count("█") == 6  # half of what is left of 28 columns
    assert all(f"{LETTERS[label]} {label}" in text for label in NINE)


def test_figures_start_with_the_largest_where_not_all_fit() -> None:
    session = new_session()
    speak(session, "sad", 1)
    assert text_of(session, 36, 4).splitlines()[1].split()[0::2] == list("ADFHNS")
    assert text_of(session, 35, 4).splitlines()[1].startswith("S 50% ")


def test_a_narrow_screen_has_no_captions() -> None:
    lines = text_of(talk(), 40, 12).splitlines()
    assert lines[-5].startswith(" ■■■■")
    assert lines[-4].startswith(" ● speech   00:35  ━")
    assert lines[-4].endswith(" 00:40 / 01:20")
    assert lines[-3] == " 2.0 ms · p99 2.0 ms ·  3 overflows "


def test_the_leading_bar_is_bold_unless_all_is_uncertain() -> None:
    def bold(state: State) -> list[str]:
        session = new_session()
        speak(session, "happy", 1, state)
        segments = [segment for line in render(session, width=60, height=18).lines for segment in line]
        return [s.text for s in segments if "%" in s.text and s.style is not None and s.style.bold]

    assert bold("committed") == [" happy     50% "]
    assert bold("uncertain") == []


def test_a_rival_that_is_not_accepted_yet_leaves_no_emotion_in_large_letters() -> None:
    session = new_session()
    speak(session, "happy", 1)
    speak(session, "sad", 1, "provisional", 0.6)
    assert " SHIFTING   sad 60% leads, but not steadily yet" in text_of(session, 60, 10)
    text = text_of(session, 60, 18)
    assert "shifting: sad 60% leads, but not steadily yet" in text
    assert [line[1:].rstrip() for line in text.splitlines()[1:4]] == [row.rstrip() for row in large("SHIFTING", 1)]
    segments = [segment for line in render(session, width=60, height=18).lines for segment in line]
    assert not [s.text for s in segments if "%" in s.text and s.style is not None and s.style.bold]
    assert strip_of(session, 62).strip() == "H?"  # no emotion in the strip either
    speak(session, "happy", 1, "provisional")
    assert " HAPPY   provisional: 50%, may still change" in text_of(session, 60, 10)
    speak(session, "sad", 1, "committed", 0.6)
    assert " SAD   committed: 60%, leads steadily" in text_of(session, 60, 10)


def test_the_letters_do_not_move_the_picture() -> None:
    def footprint(label: str, state: State) -> int:
        session = new_session(NINE)
        speak(session, label, 2, state)
        lines = text_of(session, 100, 40).splitlines()
        return next(index for index, line in enumerate(lines) if "A angry" in line)

    states: tuple[State, ...] = ("committed", "uncertain", "warming-up")
    assert len({footprint(label, state) for label in NINE for state in states}) == 1
