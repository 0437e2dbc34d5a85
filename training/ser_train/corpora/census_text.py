"""A census for people: two tables of 80 columns and the lines that explain them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich import box
from rich.markup import escape
from rich.table import Table

from ser_train.corpora.census import CorpusCensus

__all__ = ["census_notes", "census_table", "label_table"]

_SHOWN = 5  # names of a list that are printed


def census_table(rows: Sequence[CorpusCensus]) -> Table:
    """One line a corpus: what there is, in 80 columns."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("corpus", overflow="fold")
    for heading in ("files", "of", "used", "speakers", "hours", "missing", "double", "faulty"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            escape(row.name),
            f"{row.files:,}",
            f"{sum(row.official.values()):,}" if row.official else "",
            f"{row.clips:,}",
            " ".join(f"{count} {sex[0]}" for sex, count in row.sexes.items()),  # f, m, u
            f"{row.hours:.2f}",
            f"{sum(row.missing.values()):,}" if row.official else "",
            f"{len(row.double):,}",
            f"{len(row.faulty) + len(row.left_out):,}",
        )
    return table


def label_table(rows: Sequence[CorpusCensus]) -> Table:
    """One line a corpus: files of each label, in 80 columns."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=0, header_style="bold")
    table.add_column("corpus", overflow="fold")
    labels = sorted({label for row in rows for label in row.labels})
    for label in labels:
        table.add_column(label, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(escape(row.name), *(f"{row.labels[label]:,}" if label in row.labels else "" for label in labels))
    return table


def census_notes(rows: Sequence[CorpusCensus]) -> list[str]:
    """What is to be said of each corpus beside its counts: one line each, for people."""
    notes = []
    for row in rows:
        if row.licence:
            notes.append(f"{row.name}: {row.licence}; {row.url}")
        if row.missing:
            explained = f"; known to be bad: {_some(row.known_missing)}" if row.known_missing else ""
            notes.append(f"{row.name}: missing from the official release: {_counts(row.missing)}{explained}")
        for title, found in (
            ("left out", row.left_out),
            ("used all the same", row.odd),
            ("double", row.double),
            ("faulty", row.faulty),
        ):
            if found:
                notes.append(f"{row.name}: {title}: {_some([f'{name} ({why})' for name, why in found.items()])}")
        notes += [f"{row.name}: {warning}" for warning in row.warnings]
    return notes


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{label} {count:,}" for label, count in counts.items())


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
