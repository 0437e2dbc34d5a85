"""Print a census: two tables of 80 columns and the lines that explain them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich import box
from rich.markup import escape
from rich.table import Table

from ser_train.corpora.census import CorpusCensus

__all__ = ["census_notes", "census_table", "label_table"]

_LISTED = 5  # names of a list that are printed


def census_table(censuses: Sequence[CorpusCensus]) -> Table:
    """Build a table of 80 columns with the counts of each corpus in one line."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("corpus", overflow="fold")
    for heading in ("files", "of", "used", "speakers", "hours", "missing", "double", "faulty"):
        table.add_column(heading, justify="right", no_wrap=True)
    for corpus in censuses:
        table.add_row(
            escape(corpus.name),
            f"{corpus.files:,}",
            f"{sum(corpus.official.values()):,}" if corpus.official else "",
            f"{corpus.clips:,}",
            " ".join(f"{count} {sex[0]}" for sex, count in corpus.sexes.items()),  # f, m, u
            f"{corpus.hours:.2f}",
            f"{sum(corpus.missing.values()):,}" if corpus.official else "",
            f"{len(corpus.double):,}",
            f"{len(corpus.faulty) + len(corpus.left_out):,}",
        )
    return table


def label_table(censuses: Sequence[CorpusCensus]) -> Table:
    """Build a table of 80 columns with the files of each label, one line a corpus."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=0, header_style="bold")
    table.add_column("corpus", overflow="fold")
    labels = sorted({label for corpus in censuses for label in corpus.labels})
    for label in labels:
        table.add_column(label, justify="right", no_wrap=True)
    for corpus in censuses:
        table.add_row(
            escape(corpus.name), *(f"{corpus.labels[label]:,}" if label in corpus.labels else "" for label in labels)
        )
    return table


def census_notes(censuses: Sequence[CorpusCensus]) -> list[str]:
    """Write the licence, the missing and the faulty recordings of each corpus, one line each."""
    notes = []
    for corpus in censuses:
        if corpus.licence:
            notes.append(f"{corpus.name}: {corpus.licence}; {corpus.url}")
        if corpus.missing:
            explained = f"; known to be bad: {_some(corpus.known_missing)}" if corpus.known_missing else ""
            notes.append(f"{corpus.name}: missing from the official release: {_counts(corpus.missing)}{explained}")
        for title, reasons in (
            ("left out", corpus.left_out),
            ("used all the same", corpus.odd),
            ("double", corpus.double),
            ("faulty", corpus.faulty),
        ):
            if reasons:
                notes.append(f"{corpus.name}: {title}: {_some([f'{name} ({why})' for name, why in reasons.items()])}")
        notes += [f"{corpus.name}: {warning}" for warning in corpus.warnings]
    return notes


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{label} {count:,}" for label, count in counts.items())


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED:,} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more
