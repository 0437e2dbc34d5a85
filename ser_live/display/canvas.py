"""What the screen is drawn with: colours, signs, and lines of styled text that never grow beyond their width."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions
from rich.segment import Segment
from rich.style import Style

from ser_live.colours import COLOURS, LETTERS, letter

__all__ = [
    "ASCII",
    "BOLD",
    "COLOURS",
    "DIM",
    "LETTERS",
    "PLAIN",
    "UNICODE",
    "WARNING",
    "Frame",
    "Line",
    "Signs",
    "badge",
    "bar",
    "clean",
    "clock",
    "fit",
    "ink",
    "letter",
    "share_of",
    "wrap",
]

PLAIN: Final = Style()
BOLD: Final = Style(bold=True)
DIM: Final = Style(dim=True)
WARNING: Final = Style(bold=True, reverse=True)
_INK: Final = {word: Style(color=colour) for word, colour in COLOURS.items()}
_BADGE: Final = {word: Style(color="#000000", bgcolor=colour, bold=True) for word, colour in COLOURS.items()}


class Signs(NamedTuple):
    """The characters that differ between a terminal with Unicode and one without."""

    unicode: bool
    full: str
    parts: str  # of a bar's last column, in equal steps from nothing
    level: str
    done: str
    rest: str
    dot: str
    more: str
    speech: str
    silence: str


UNICODE: Final = Signs(True, "█", " ▏▎▍▌▋▊▉", "■", "━", "─", "·", "…", "●", "○")
ASCII: Final = Signs(False, "#", " ", "#", "=", "-", ".", "...", "*", "-")


class Frame:
    """Lines of styled text, ready for any rich console."""

    def __init__(self, lines: list[list[Segment]]) -> None:
        self.lines = lines

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        for index, line in enumerate(self.lines):
            if index:
                yield Segment.line()
            yield from line


class Line:
    """A line under construction.

    Args:
        width: columns; what goes beyond is cut.
    """

    def __init__(self, width: int) -> None:
        self.segments: list[Segment] = []
        self.width = self.room = width

    def add(self, text: str, style: Style = PLAIN) -> Line:
        """Add text, cut where the line ends."""
        cells = cell_len(text)
        if cells > self.room:
            text, cells = set_cell_size(text, self.room), self.room
        if text:
            self.segments.append(Segment(text, style))
        self.room -= cells
        return self

    def to(self, column: int) -> Line:
        """Fill with spaces up to a column."""
        return self.add(" " * (column - self.width + self.room))

    def right(self, text: str, style: Style = PLAIN) -> Line:
        """Add text that ends at the right edge."""
        return self.to(self.width - cell_len(text)).add(text, style)


def ink(word: str) -> Style:
    """Return the style of marks that stand for the word."""
    return _INK.get(word, PLAIN)


def badge(word: str) -> Style:
    """Return the style of text on the word's colour."""
    return _BADGE.get(word, BOLD)


def share_of(value: float) -> float:
    """Limit a share to 0 to 1; NaN counts as 0."""
    return min(1.0, max(0.0, value))


def bar(share: float, width: int, signs: Signs) -> str:
    """Draw a share of a width, to an eighth of a column where there is Unicode.

    Example:
        >>> bar(0.55, 5, UNICODE), bar(0.55, 5, ASCII)
        ('██▊', '###')
    """
    steps = len(signs.parts)
    whole, part = divmod(round(share_of(share) * max(width, 0) * steps), steps)
    return signs.full * whole + (signs.parts[part] if part else "")


def clock(seconds: float) -> str:
    """Write a duration.

    Example:
        >>> clock(83.9), clock(36000.0)
        ('01:23', '10:00:00')
    """
    minutes, second = divmod(int(max(seconds, 0.0)), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02d}:{second:02d}" if hour else f"{minute:02d}:{second:02d}"


@lru_cache(maxsize=64)
def clean(text: str, unicode: bool) -> str:
    r"""Replace control characters, and those that the terminal cannot show.

    Example:
        >>> clean("a\x1b[2Jb [red]ü", unicode=False)
        'a?[2Jb [red]?'
    """
    text = "".join(character if character.isprintable() else "?" for character in text)
    return text if unicode else text.encode("ascii", "replace").decode()


@lru_cache(maxsize=64)
def fit(text: str, width: int, more: str) -> str:
    """Cut a text to a width, with a mark that something is missing.

    Example:
        >>> fit("a long name", 7, "…")
        'a long…'
    """
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(width - len(more), 0)).rstrip() + more[: max(width, 0)]


@lru_cache(maxsize=64)
def wrap(text: str, width: int, lines: int, more: str) -> tuple[str, ...]:
    """Break a text into at most so many lines, the last of them cut where it is too long.

    Example:
        >>> wrap("a text in several words", 9, 2, "…")
        ('a text in', 'several…')
    """
    broken = textwrap.wrap(text, max(width, 1))
    if len(broken) > lines:
        broken[lines - 1 :] = [" ".join(broken[lines - 1 :])]
    return tuple(fit(line, width, more) for line in broken)
