"""The screen on consoles of fixed width, without a terminal."""

from __future__ import annotations

import copy
import itertools
import math
import sys
from io import BytesIO, StringIO, TextIOWrapper

import numpy as np
import pytest
from rich.console import Console

from ser_live.display import COLOURS, LETTERS, Screen, render, summary_lines
from ser_live.display.canvas import fit
from ser_live.display.lettering import large, large_height, large_width
from ser_live.session import Session
from ser_live.types import Event, Prediction, State

SIX = ("angry", "disgust", "fear", "happy", "neutral", "sad")
NINE = ("angry", "bored", "calm", "disgust", "fear", "happy", "neutral", "sad", "surprise")


def new_session(labels: tuple[str, ...] = SIX, *, total: float | None = 80.0, source: str = "call.wav") -> Session:
    return Session(source=source, model="ser-live.onnx", device="cpu", labels=labels, total=total)


def prediction(session: Session, label: str = "happy", share: float = 0.5, state: State = "committed") -> Prediction:
    rest = (1 - share) / (len(session.labels) - 1)
    smoothed = {name: share if name == label else rest for name in session.labels}
    at = session.elapsed
    return Prediction(
        start=at,
        end=at,
        available=at,
        speech_seconds=0.8,
        probabilities=smoothed,
        smoothed=smoothed,
        label=label,
        state=state,
    )


def hear(session: Session, seconds: float, *, speaking: bool = True, peak: float = 0.5, piece: float = 0.25) -> None:
    for _ in range(round(seconds / piece)):
        speech = session.speech_seconds + piece * speaking
        session.hear(np.full(100, peak, np.float32), piece, speaking=speaking, speech_seconds=speech)


def speak(session: Session, label: str, seconds: float, state: State = "committed", share: float = 0.5) -> None:
    session.take(prediction(session, label, share, state), 0.002)
    hear(session, seconds)


def talk(labels: tuple[str, ...] = SIX) -> Session:
    """Forty seconds with three emotions, a pause and something to tell."""
    session = new_session(labels)
    speak(session, "angry", 10)
    hear(session, 5, speaking=False)
    speak(session, "sad", 5, "uncertain")
    session.take(Event(kind="overflow", start=20.0, fields={"blocks": 3}))
    session.take(Event(kind="signal", start=20.0, fields={"message": "nothing but zeros: microphone muted?"}))
    speak(session, "happy", 20)
    return session


def text_of(session: Session, width: int, height: int, *, unicode: bool = True) -> str:
    console = Console(file=StringIO(), width=width, height=height, color_system=None, legacy_windows=False)
    console.print(render(session, width=width, height=height, unicode=unicode), end="")
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def line_with(word: str, text: str) -> str:
    (line,) = [line for line in text.splitlines() if word in line]
    return line


def bar_of(label: str, text: str) -> str:
    (line,) = [line for line in text.splitlines() if line.startswith(f" {LETTERS[label]} {label} ")]
    return line


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
    odd.elapsed, odd.overflows, odd.peak, odd.total = 1e6, 10**9, 1e30, math.inf
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


def strip_of(session: Session, width: int) -> str:
    """The strip, which stands over its legend."""
    lines = text_of(session, width, 18).splitlines()
    (at,) = [index for index, line in enumerate(lines) if "60 s ago" in line]
    return lines[at - 1][1:]


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
        session.peak = peak
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
    session.elapsed, session.speech_seconds = 9000.0, 3599.9
    text = text_of(session, 100, 30)
    assert "59:59 of speech" in text
    line = line_with("2:30:00 / 10:00:00", text)
    assert line.count("━") == round((line.count("━") + line.count("─")) / 4) > 5
    session.elapsed, session.speech_seconds = 36000.0, 32399.0
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
    assert all("38;2;{};{};{}".format(*_rgb(COLOURS[label])) in coloured for label in SIX)
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


# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
DEFICIENCIES = {
    "none": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _linear(colour: str) -> np.ndarray:
    values = np.array(_rgb(colour)) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def _lab(linear: np.ndarray) -> np.ndarray:
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ linear.clip(0, 1) / to_xyz.sum(axis=1)
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_the_helper_knows_cielab() -> None:
    np.testing.assert_allclose(_lab(_linear("#FF0000")), [53.24, 80.09, 67.20], atol=0.05)
    np.testing.assert_allclose(_lab(_linear("#FFFFFF")), [100, 0, 0], atol=0.05)


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_colours_differ_for_everybody(deficiency: str) -> None:
    seen = [_lab(np.asarray(DEFICIENCIES[deficiency]) @ _linear(colour)) for colour in COLOURS.values()]
    assert min(math.dist(one, other) for one, other in itertools.combinations(seen, 2)) >= 22


def test_black_letters_can_be_read_on_every_colour() -> None:
    luminance = {word: float(_linear(colour) @ [0.2126, 0.7152, 0.0722]) for word, colour in COLOURS.items()}
    assert min((value + 0.05) / 0.05 for value in luminance.values()) >= 4.5


@pytest.mark.parametrize(("width", "scale"), [(50, 0), (51, 1), (99, 1), (100, 2), (148, 2), (149, 3), (198, 4)])
def test_letters_are_as_large_as_the_longest_word_allows(width: int, scale: int) -> None:
    session = new_session()
    speak(session, "sad", 1)  # the shortest
    text = text_of(session, width, 60)
    assert [size for size in (1, 2, 3, 4) if large("SAD", size)[0] in text][-1:] == ([scale] if scale else [])
    assert (" SAD  " in text) == (scale == 0)


def test_wide_characters_are_cut_by_their_width() -> None:
    assert fit("長い名前", 8, "…") == "長い名前"
    assert fit("長い名前", 7, "…") == "長い名…"
    assert fit("長い名前", 6, "…") == "長い…"


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
@pytest.mark.parametrize("unicode", [True, False])
def test_large_letters_have_the_size_that_they_say(scale: int, unicode: bool) -> None:
    for word in ("HAPPY", "WARMING UP", "?"):
        rows = large(word, scale, unicode=unicode)
        assert {len(row) for row in rows} == {large_width(word, scale)}
        assert len(rows) == large_height(scale, unicode=unicode)
    drawn = [large(chr(code), scale, unicode=unicode) for code in range(ord("A"), ord("Z") + 1)]
    assert len(set(drawn)) == 26


def terminal(encoding: str = "utf-8") -> tuple[Console, BytesIO]:
    raw = BytesIO()
    file = TextIOWrapper(raw, encoding=encoding, write_through=True)
    console = Console(file=file, width=60, height=18, force_terminal=True, legacy_windows=False)
    return console, raw


def test_screen_restores_the_terminal() -> None:
    console, raw = terminal()

    def crash() -> None:
        with Screen(talk(), console) as screen:
            screen.open({})
            assert raw.getvalue().startswith(b"\x1b[?1049h")
            assert b"\x1b[?25l" in raw.getvalue()  # the cursor is hidden
            assert b"\x1b[?1049l" not in raw.getvalue()
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        crash()
    assert b"\x1b[2J\x1b[H" in raw.getvalue().split(b"Ctrl-C")[-1]  # nothing of the picture is left behind
    assert b"\x1b[?25h" in raw.getvalue()
    assert raw.getvalue().endswith(b"\x1b[?1049l")


def test_screen_follows_the_size_of_the_terminal() -> None:
    console, raw = terminal()
    with Screen(talk(), console) as screen:
        for width, height in [(60, 18), (100, 30), (40, 10)]:
            console.size = (width, height)  # type: ignore[assignment]
            raw.truncate(raw.seek(0))
            screen.take(Event(kind="device", start=0.0))
            screen.hear(None)
            drawn = raw.getvalue().decode()
            assert drawn.count("\n") == height - 1
            assert ("trained on acted speech" in drawn) == (width == 100)


def test_screen_draws_ascii_where_the_terminal_has_no_unicode() -> None:
    console, raw = terminal("ascii")
    with Screen(talk(), console) as screen:
        screen.open({})
    assert b"####" in raw.getvalue()
    console, raw = terminal("utf-8")
    with Screen(talk(), console) as screen:
        screen.open({})
    assert "████" in raw.getvalue().decode()


def test_screen_leaves_the_standard_streams_alone() -> None:
    streams = sys.stdout, sys.stderr
    with Screen(talk(), terminal()[0]):
        assert (sys.stdout, sys.stderr) == streams


def test_screen_is_drawn_four_or_five_times_a_second_and_at_once_for_news(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("ser_live.display.screen.time.monotonic", lambda: now[0])
    console, raw = terminal()
    drawn = []
    with Screen(talk(), console) as screen:
        screen.open({})
        for step in range(1, 26):
            now[0] = step * 0.08
            raw.truncate(raw.seek(0))
            if step == 10:
                screen.take(Event(kind="overflow", start=0.0))
            screen.hear(np.zeros((1280, 1), np.float32))
            drawn += [step] if raw.getvalue() else []
    assert drawn == [3, 6, 9, 10, 13, 16, 19, 22, 25]


def test_a_terminal_that_is_gone_is_a_closed_output(monkeypatch: pytest.MonkeyPatch) -> None:
    with Screen(talk(), terminal()[0]) as screen:

        def fail(*_: object, **__: object) -> None:
            raise OSError(5, "Input/output error")

        monkeypatch.setattr(screen._live, "update", fail)
        with pytest.raises(BrokenPipeError):
            screen.open({})


def test_summary_for_a_person() -> None:
    session = talk()
    session.take(Event(kind="emotion", start=1.0, fields={"label": "angry"}))
    session.take(Event(kind="emotion", start=2.0, fields={"label": "happy"}))
    speak(session, "happy", 50)
    assert summary_lines(session.summary()) == [
        "Heard 01:30, of which 01:25 of speech (94%).",
        "Time per emotion:",
        "  happy        01:10   82%",
        "  angry       10.5 s   12%",
        "  uncertain    5.0 s    6%",
        "The committed emotion changed once.",
        "Compute time per window: 2.0 ms (p99 2.0 ms); windows: 4.",
        "Overflows: 3; input was lost because the computer could not keep up.",
        "! nothing but zeros: microphone muted?",
    ]


def test_summary_without_speech_or_with_too_little() -> None:
    session = new_session()
    assert summary_lines(session.summary()) == ["Heard 0.0 s: no speech found."]
    hear(session, 3, speaking=False)
    assert summary_lines(session.summary()) == ["Heard 3.0 s: no speech found."]
    hear(session, 0.25)
    assert summary_lines(session.summary()) == [
        "Heard 3.2 s, of which 0.2 s of speech (8%).",
        "Too little speech for a prediction.",
    ]


def test_summary_is_harmless_text() -> None:
    session = new_session()
    session.take(Event(kind="device", start=0.0, fields={"message": "Gerät\x1b[2J weg"}))
    assert summary_lines(session.summary())[-1] == "! Gerät?[2J weg"
    assert summary_lines(session.summary(), unicode=False)[-1] == "! Ger?t?[2J weg"
