"""One judge of what a terminal is, and how large: what it says, the program and its screen do."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from ser_live.terminal import is_character_device, is_terminal, shows_pictures, terminal_size

pty: Any = pytest.importorskip("pty", reason="terminals of Unix")


@pytest.fixture
def terminal() -> Any:
    master, slave = pty.openpty()
    stream = os.fdopen(slave, "w")
    yield stream
    stream.close()
    os.close(master)


def resize(stream: Any, columns: int, lines: int) -> None:
    import fcntl
    import struct
    import termios

    fcntl.ioctl(stream.fileno(), termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, True),
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "nonsense"}, True),
        ({"TERM": "dumb"}, False),
        ({"TERM": "DUMB"}, False),
        ({"TERM": "unknown"}, False),
        ({"TTY_COMPATIBLE": "0"}, False),
        ({"TTY_COMPATIBLE": "1", "TTY_INTERACTIVE": "0", "FORCE_COLOR": "0", "COLUMNS": "0"}, True),
    ],
)
def test_a_terminal_that_draws_gets_pictures(environment: dict[str, str], expected: bool, terminal: Any) -> None:
    assert is_terminal(terminal)
    assert shows_pictures(terminal, environment) == expected


def test_what_is_no_terminal_gets_none(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w") as file:
        assert not is_character_device(file.fileno())
        assert not shows_pictures(file, {"TERM": "xterm", "FORCE_COLOR": "1", "TTY_COMPATIBLE": "1"})
    assert not is_terminal(file)  # closed
    assert not is_terminal(None)


SIZES = [
    ((120, 40), {}, (120, 40)),
    ((120, 40), {"COLUMNS": "7", "LINES": "99999999"}, (120, 40)),  # the terminal knows best
    ((0, 0), {"COLUMNS": "100", "LINES": "30"}, (100, 30)),
    ((0, 0), {"COLUMNS": "0", "LINES": "0"}, (80, 24)),
    ((0, 0), {"COLUMNS": "-3", "LINES": "x"}, (80, 24)),
    ((0, 0), {"COLUMNS": "", "LINES": "99999999"}, (80, 24)),
    ((0, 0), {"COLUMNS": "9" * 5000, "LINES": "٣"}, (80, 24)),
    ((0, 40), {}, (80, 40)),
    ((65_535, 65_535), {}, (500, 200)),
    ((1, 1), {}, (1, 1)),
]


@pytest.mark.parametrize(("own", "environment", "expected"), SIZES)
def test_the_terminals_own_size_counts_and_none_is_endless(
    own: tuple[int, int], environment: dict[str, str], expected: tuple[int, int], terminal: Any
) -> None:
    resize(terminal, *own)
    assert terminal_size(terminal, environment) == expected


def test_the_screens_console_follows_the_terminal_whatever_the_environment_says(
    terminal: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ser_live.display import TerminalConsole

    for name, value in {"COLUMNS": "0", "LINES": "99999999", "TTY_INTERACTIVE": "0", "FORCE_COLOR": "0"}.items():
        monkeypatch.setenv(name, value)
    console = TerminalConsole(terminal)
    assert console.is_terminal
    assert not console.is_dumb_terminal
    for size in ((90, 30), (40, 12)):
        resize(terminal, *size)
        assert console.size == size
        assert (console.width, console.height) == (console.options.max_width, console.options.size.height) == size


def test_standard_output_is_judged_here_alone() -> None:
    root = Path(sys.modules["ser_live"].__file__ or "").parent
    others = [path.name for path in root.rglob("*.py") if '.environ.get("TERM")' in path.read_text(encoding="utf-8")]
    assert others == ["console.py"]  # which colours there are
