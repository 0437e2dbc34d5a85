"""Markdown of prose: lines that a person can read, and points that several systems share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ser_train.reporting.prose import folded

__all__ = ["names_text", "point", "shared_points", "table", "wrapped"]


def wrapped(text: str) -> str:
    r"""Break paragraphs and points (lines that begin with `* `) into lines of at most 120 characters.

    >>> wrapped("A line\nthat goes on.\n\n* A point\n  of two lines.\n* Another.")
    'A line that goes on.\n\n* A point of two lines.\n* Another.\n'
    """
    blocks = []
    for paragraph in text.strip().split("\n\n"):
        parts = paragraph.replace("\n* ", "\0* ").split("\0")
        blocks.append("\n".join(" ".join(part.split()) for part in parts))
    return folded("\n\n".join(blocks)) + "\n"


def point(text: str) -> str:
    """Return a sentence as a point.

    >>> point("no pool: the paper names none")
    '* No pool: the paper names none.'
    """
    return f"* {text[:1].upper()}{text[1:].rstrip('.')}."


def names_text(names: Sequence[str]) -> str:
    """Return names of systems.

    >>> names_text(["d-gru", "d-film"])
    '`d-gru`, `d-film`'
    """
    return ", ".join(f"`{name}`" for name in names)


def shared_points(points: Mapping[str, Sequence[str]]) -> dict[tuple[str, ...], list[str]]:
    """Return every point once, by the systems that have it; points of many systems come first.

    Args:
        points: of each system.

    >>> shared_points({"a": ["x", "y"], "b": ["x"]})
    {('a', 'b'): ['x'], ('a',): ['y']}
    """
    names: dict[str, list[str]] = {}
    for name, texts in points.items():
        for text in texts:
            names.setdefault(text, []).append(name)
    groups: dict[tuple[str, ...], list[str]] = {}
    for text, having in names.items():
        groups.setdefault(tuple(having), []).append(text)
    return dict(sorted(groups.items(), key=lambda group: -len(group[0])))


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"
