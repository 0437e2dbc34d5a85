"""`ser-train corpora`: list the known corpora, fetch one, count the clips in folders, draw them."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from rich import box
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Table

from ser_train.corpora import CORPORA, find_clips, search
from ser_train.corpora.census import census
from ser_train.corpora.census_text import census_notes, census_table, label_table
from ser_train.errors import TrainingError

__all__ = ["count_corpora", "download_corpus", "list_corpora"]


def list_corpora(console: Console) -> None:
    """Print which corpora are known, what they hold, their licences and how to get them."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for heading in ("corpus", "language", "labels"):
        table.add_column(heading, overflow="fold")
    for heading in ("clips", "speakers", "MB"):
        table.add_column(heading, justify="right", no_wrap=True)
    for corpus in CORPORA.values():
        table.add_row(
            corpus.name,
            corpus.language,
            " ".join(sorted(corpus.labels)),
            f"{corpus.clips:,}",
            str(corpus.speakers),
            str(corpus.megabytes),
        )
    console.print(table)
    for corpus in CORPORA.values():
        how = f"ser-train corpora --download {corpus.name} --into FOLDER" if corpus.archive else corpus.access
        _print(console, f"{corpus.name}: {corpus.title}, {corpus.licence}\n    {corpus.url}\n    {how}")


def download_corpus(name: str, into: Path, console: Console) -> Path:
    """Fetch a corpus, unpack it into a folder of its name, and return that folder.

    Raises:
        TrainingError: for a corpus that is unknown or cannot be fetched directly, or when fetching or unpacking fails.
    """
    corpus = CORPORA.get(name)
    if corpus is None:
        raise TrainingError(f"there is no corpus {name!r}: give one of {', '.join(CORPORA)}")
    if corpus.archive is None:
        raise TrainingError(f"{corpus.title} cannot be fetched directly ({corpus.access}): see {corpus.url}")
    if find_spec("pooch") is None:
        raise TrainingError('downloads need pooch: pip install "ser-live[train]"')
    from ser_train.corpora.download import fetch, unpack

    _print(console, f"{corpus.title}: {corpus.licence}")
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console) as bars:
        task = bars.add_task(f"fetching {corpus.name}", total=None)
        archive = fetch(
            corpus.archive, into, lambda there, total: bars.update(task, completed=there, total=total or None)
        )
    if corpus.archive.checksum is None:
        _print(console, f"{archive.name} could not be checked: its owners state no checksum")
    else:
        _print(console, f"{archive.name} has the checksum that its owners state")
    folder = into / corpus.name
    count = unpack(archive, folder)
    _print(console, f"unpacked {count:,} files into {folder}; {archive} is no longer needed")
    return folder


def count_corpora(
    sources: Sequence[Path],
    console: Console,
    *,
    plots: Path | None = None,
    strict: bool = False,
    speaker_pattern: str | None = None,
) -> None:
    """Print which clips are in folders and manifests, and draw them.

    Args:
        sources: folders, manifests or annotations, see `find_clips`.
        console: to print on.
        plots: folder to write pictures into.
        strict: whether anything but known faults is an error.
        speaker_pattern: for folders named by labels, see `corpora.folders`.

    Raises:
        TrainingError: see `find_clips`; or, if strict, naming the corpora that are not whole and sound.
    """
    clips = find_clips(sources, speaker_pattern=speaker_pattern)
    censuses = census(clips, sources)
    console.print(census_table(censuses))
    console.print(label_table(censuses))
    for note in census_notes(censuses):
        _print(console, note)
    result = search(sources, speaker_pattern=speaker_pattern)
    for note in (*result.notes, *result.unused.notes()):
        _print(console, note)
    if plots is not None:
        from ser_train.reporting.corpus_plots import draw_corpora

        for path in draw_corpora(clips, plots):
            _print(console, f"wrote {path}")
    if strict and (unsound := [corpus.name for corpus in censuses if not corpus.sound]):
        raise TrainingError(
            f"not complete or not without faults: {', '.join(unsound)}; the lines above name each fault"
        )


def _print(console: Console, line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)
