"""Keys from a real terminal: each at once, none shown, and the terminal as it was afterwards."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from ser_live.keyboard import ENTER, ESCAPE, Keyboard

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal of Unix")


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The other end of a terminal that is standard input."""
    import pty

    ours, theirs = pty.openpty()
    with os.fdopen(theirs) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield ours
    os.close(ours)


def wait_for(pressed: list[str], count: int) -> list[str]:
    end = time.monotonic() + 5
    while len(pressed) < count and time.monotonic() < end:
        time.sleep(0.005)
    return pressed


def test_keys_come_without_enter_and_are_not_shown(terminal: int) -> None:
    pressed: list[str] = []
    with Keyboard(pressed.append) as keyboard:
        assert keyboard.there
        for key in (b"q", b" ", b"\r", b"\x1b", "é".encode(), b"\x1b[A", b"z"):
            before = len(pressed)
            os.write(terminal, key)
            wait_for(pressed, before + (key != b"\x1b[A"))
        assert pressed == ["q", " ", ENTER, ESCAPE, "é", "z"]
    os.set_blocking(terminal, False)
    with pytest.raises(BlockingIOError):  # nothing was echoed
        os.read(terminal, 100)


def test_the_terminal_is_as_it_was(terminal: int) -> None:
    import termios

    before = termios.tcgetattr(sys.stdin)
    with Keyboard(lambda key: None):
        assert termios.tcgetattr(sys.stdin)[3] != before[3]
    assert termios.tcgetattr(sys.stdin) == before


def test_a_reader_ends_with_its_keyboard(terminal: int) -> None:
    count = threading.active_count()
    for _ in range(20):
        with Keyboard(lambda key: None):
            pass
    end = time.monotonic() + 5
    while threading.active_count() > count and time.monotonic() < end:
        time.sleep(0.01)
    assert threading.active_count() == count


def test_descriptors_do_not_pile_up(terminal: int) -> None:
    def descriptors() -> int:
        return len(os.listdir("/proc/self/fd"))

    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("no /proc here to count descriptors in")
    before = descriptors()
    for _ in range(20):
        with Keyboard(lambda key: None):
            pass
    end = time.monotonic() + 5
    while descriptors() > before and time.monotonic() < end:
        time.sleep(0.01)
    assert descriptors() == before


def test_without_a_thread_there_are_no_keys(terminal: int, monkeypatch: pytest.MonkeyPatch) -> None:
    import termios

    before = termios.tcgetattr(sys.stdin)

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with Keyboard(lambda key: None) as keyboard:
        assert not keyboard.there
        assert termios.tcgetattr(sys.stdin) == before
