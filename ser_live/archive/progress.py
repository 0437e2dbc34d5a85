"""How far a run is: a bar over the sound of all recordings, or a plain line now and then where no terminal is."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from types import TracebackType

from ser_live.outputs.lines import complain
from ser_live.terminal import shows_pictures

__all__ = ["Progress"]

_PLAIN_SECONDS = 30.0


class Progress:
    """Show hours of sound, speed, time left and failures on standard error.

    How much sound there is in all is not known before it is heard. It is estimated from the bytes: the recordings that
    are over tell how many seconds a byte holds.

    Args:
        sizes: bytes of each recording that is to be heard, by name.
    """

    def __init__(self, sizes: Mapping[str, int]) -> None:
        self._sizes = sizes
        self._bytes = max(1, sum(sizes.values()))
        self._over_bytes = 0
        self._far: dict[str, float] = {}
        self._seconds = 0.0  # of sound in recordings that are over
        self._heard_bytes = 0  # of those whose seconds are known
        self._over = self._failed = 0
        self._began = self._printed = time.monotonic()
        self._bar = _Bar() if shows_pictures(sys.stderr) else None

    def __enter__(self) -> Progress:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()

    def far(self, name: str, share: float) -> None:
        """Note how far one recording is."""
        self._far[name] = share
        self.show()

    def over(self, name: str, seconds: float | None, *, failed: bool) -> None:
        """Note that one is over: its seconds of sound, None where it could not be heard."""
        self._far.pop(name, None)
        self._over += 1
        self._failed += failed
        self._over_bytes += self._sizes[name]
        if seconds is not None:
            self._seconds += seconds
            self._heard_bytes += self._sizes[name]
        self.show()

    def show(self) -> None:
        """Draw it, or print a line if one is due."""
        now = time.monotonic()
        if self._bar is not None:
            self._bar.draw(self._share(), self.line(now))
        elif now >= self._printed + _PLAIN_SECONDS:
            self._printed = now
            complain(self.line(now))

    def _share(self) -> float:
        return min(1.0, self._bytes_so_far() / self._bytes)

    def _bytes_so_far(self) -> float:
        return self._over_bytes + sum(self._sizes[name] * share for name, share in self._far.items())

    def line(self, now: float) -> str:
        """Return it in words.

        >>> progress = Progress({"a.wav": 100, "b.wav": 300})
        >>> progress.over("a.wav", 3600.0, failed=False)
        >>> progress.line(progress._began + 60.0)
        '1.0 h of about 4.0 h, 60 times real time, 3 min left, 1 of 2 recordings'
        """
        elapsed = max(now - self._began, 1e-3)
        words = []
        if self._heard_bytes:
            a_byte = self._seconds / self._heard_bytes
            heard = self._seconds + a_byte * sum(self._sizes[name] * share for name, share in self._far.items())
            total = self._seconds + a_byte * (self._bytes - self._over_bytes)
            words += [f"{heard / 3600:.1f} h of about {total / 3600:.1f} h", f"{heard / elapsed:.0f} times real time"]
        share = self._share()
        if share > 0.001:
            words.append(f"{_time(elapsed * (1 - share) / share)} left")
        words.append(f"{self._over:,} of {len(self._sizes):,} recordings")
        if self._failed:
            words.append(f"{self._failed:,} failed")
        return ", ".join(words)


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


class _Bar:
    """The bar of a terminal."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as RichProgress

        from ser_live.display import TerminalConsole

        self._shown = RichProgress(
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.description}", markup=False),
            console=TerminalConsole(sys.stderr),
        )
        self._task = self._shown.add_task("", total=1.0)

    def start(self) -> None:
        self._shown.start()

    def stop(self) -> None:
        self._shown.stop()

    def draw(self, share: float, words: str) -> None:
        self._shown.update(self._task, completed=share, description=words)
