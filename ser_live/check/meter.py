"""Ask for a sentence, and show the level while it is said."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import numpy as np
from rich.console import Console
from rich.live import Live
from rich.text import Text

from ser_live.check.signal import decibels
from ser_live.outputs.lines import complain
from ser_live.outputs.standard import say
from ser_live.types import FloatArray

__all__ = ["LiveMeter", "Meter", "PlainMeter", "QuietMeter", "bar", "level", "meter_for", "word"]

ASK: Final = "Say a sentence now, as you usually speak; then be quiet until the {seconds:.0f} s are over."
_LOWEST: Final = -70.0  # dBFS, the left end of the bar
_WIDTH: Final = 35
_PICTURES: Final = 10  # a second


class Meter:
    """Nothing is shown: for recordings. The other meters derive from it."""

    @contextmanager
    def listening(self, seconds: float) -> Iterator[None]:
        """Ask for a sentence; the end of this context ends the showing."""
        yield

    def hear(self, block: FloatArray, left: float) -> None:
        """Take a block `(frames, channels)`; `left` are the seconds still to listen."""


class QuietMeter(Meter):
    """Ask on standard error, where standard output belongs to JSON."""

    @contextmanager
    def listening(self, seconds: float) -> Iterator[None]:
        """Ask."""
        complain(ASK.format(seconds=seconds))
        yield


class PlainMeter(Meter):
    """A line a second, where there is no terminal."""

    @contextmanager
    def listening(self, seconds: float) -> Iterator[None]:
        """Ask."""
        say([ASK.format(seconds=seconds)])
        self._told, self._loudest = seconds, _LOWEST
        yield

    def hear(self, block: FloatArray, left: float) -> None:
        """Print the loudest level of each second."""
        self._loudest = max(self._loudest, level(block))
        if left <= self._told - 1:
            say([f"  {left:3.0f} s left  {self._loudest:4.0f} dBFS  {word(self._loudest)}"])
            self._told, self._loudest = left, _LOWEST


class LiveMeter(Meter):
    """A bar that moves, on a terminal; it is gone afterwards.

    Args:
        console: the terminal.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._left = 0.0

    @contextmanager
    def listening(self, seconds: float) -> Iterator[None]:
        """Ask, and show the bar."""
        self._console.print(ASK.format(seconds=seconds), highlight=False, style="bold")
        self._left = seconds + 1
        self._live = Live(
            console=self._console,
            transient=True,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        with self._live:
            yield

    def hear(self, block: FloatArray, left: float) -> None:
        """Draw the level of this block, ten times a second."""
        if left > self._left - 1 / _PICTURES:
            return
        self._left = left
        unicode = not (self._console.options.ascii_only or self._console.legacy_windows)
        with suppress(OSError):  # the terminal is gone: a signal follows
            self._live.update(bar(level(block), left, unicode=unicode), refresh=True)


def level(block: FloatArray) -> float:
    """Return the level of a block's loudest channel, in dBFS."""
    if not block.size:
        return _LOWEST
    return max(_LOWEST, decibels(float(np.mean(np.square(block, dtype=np.float64), axis=0).max())))


def word(dbfs: float) -> str:
    """Say in a word what a level is."""
    if dbfs <= _LOWEST:
        return "silent"
    return "quiet" if dbfs < -45 else "good" if dbfs < -10 else "loud"


def bar(dbfs: float, left: float, *, unicode: bool = True) -> Text:
    """Return a picture of a level: a bar from -70 to 0 dBFS, the level, its word, and the seconds that are left."""
    full, empty = ("█", "░") if unicode else ("#", "-")
    cells = round(_WIDTH * (min(dbfs, 0.0) - _LOWEST) / -_LOWEST)
    said = word(dbfs)
    style = {"silent": "bright_black", "quiet": "yellow", "good": "green", "loud": "yellow"}[said]
    picture = Text("  ")
    picture.append(full * cells, style=style)
    picture.append(empty * (_WIDTH - cells), style="bright_black")
    picture.append(f" {dbfs:4.0f} dBFS  {said:<6}  {left:2.0f} s left")
    return picture


def meter_for(*, json: bool, console: Console | None) -> Meter:
    """Return the meter that fits what standard output is: JSON, a terminal, or neither."""
    if json:
        return QuietMeter()
    return PlainMeter() if console is None or sys.stdout is None else LiveMeter(console)
