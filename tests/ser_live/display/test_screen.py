"""The screen on a terminal: what it leaves behind, and how often it draws."""

from __future__ import annotations

import sys
from io import BytesIO, TextIOWrapper

import numpy as np
import pytest
from rich.console import Console
from sessions import talk

from ser_live.display import Screen
from ser_live.types import Event


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
