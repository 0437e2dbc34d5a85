"""A table of text, written as Markdown; the page in HTML draws the same tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Table", "interval", "markdown", "markdown_table", "number"]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table with the sentence that says what it stands on.

    Attributes:
        title: short.
        caption: clips, speakers, and what a reader must know.
        header: names of the columns.
        rows: their cells.
        heat: for each row, how much of it each cell holds, 0 to 1 (confusion matrices alone).
    """

    title: str
    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    heat: Sequence[Sequence[float]] = ()


def number(value: float | None) -> str:
    """Return three decimals, or a dash for a value that is missing."""
    return "–" if value is None else f"{value:.3f}"


def interval(ends: Sequence[float] | None) -> str:
    """Return both ends of an interval, or a dash: one speaker has none."""
    return "–" if ends is None else f"{ends[0]:.3f} to {ends[1]:.3f}"


def markdown(table: Table) -> str:
    """Return the Markdown of a table, its title in bold and its caption above it."""
    return f"**{table.title}.** {table.caption}\n\n{markdown_table(table.header, table.rows)}"


def markdown_table(header: Sequence[str | None], rows: Sequence[Sequence[str | None]]) -> str:
    r"""Return the Markdown of rows of cells; None is a cell that is left blank.

    >>> print(markdown_table([None, "uar"], [["a|b", "0.5"]]), end="")
    | | uar |
    |---|---|
    | a\|b | 0.5 |
    """
    lines = ["|" + "".join(_cell(cell) for cell in row) for row in (header, *rows)]
    lines.insert(1, "|" + "---|" * len(header))
    return "\n".join(lines) + "\n"


def _cell(text: str | None) -> str:
    if text is None:
        return " |"
    escaped = text.replace("|", "\\|").replace("\n", " ")
    return f" {escaped} |"
