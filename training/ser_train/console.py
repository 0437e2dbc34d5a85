"""Progress bars for long work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

__all__ = ["note_printer", "progress_bars"]


def note_printer(console: Console) -> Callable[[str], None]:
    """Return a function that prints a note that a reader must not miss, in one line."""

    def tell(note: str) -> None:
        console.print(note, style="yellow", markup=False, highlight=False, soft_wrap=True)

    return tell


@contextmanager
def progress_bars(console: Console) -> Iterator[Progress]:
    """Show bars with counts, time spent and time left."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bars:
        yield bars
