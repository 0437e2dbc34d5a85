"""The table of floors and goals, and what each of its lines stands on."""

from __future__ import annotations

from collections.abc import Sequence

from ser_train.model_page.bar import Bar
from ser_train.model_page.files import fenced
from ser_train.reporting.prose import sentence
from ser_train.reporting.table import markdown_table

__all__ = ["bars_markdown", "basis_markdown"]


def bars_markdown(lines: Sequence[Bar]) -> str:
    """Return the table, and below it what is not reached."""
    header = [None, "what", "measured", "floor", "goal", "reached"]
    table = markdown_table(header, [[str(n), *_cells(bar)] for n, bar in enumerate(lines, 1)])
    return f"{table}\n{_not_reached(lines)}"


def _cells(bar: Bar) -> list[str]:
    sign = "≤" if bar.most else "≥"
    measured = "not measured yet" if bar.measured is None else f"**{bar.form.format(bar.measured)}** {bar.unit}"
    return [bar.name, measured, f"{sign} {bar.floor:g}", f"{sign} {bar.goal:g}", _reached(bar)]


def _reached(bar: Bar) -> str:
    """Return the better of floor and goal that is reached, in a word."""
    if bar.measured is None:
        return "–"
    if bar.reaches(bar.goal):
        return "goal"
    return "floor" if bar.reaches(bar.floor) else "**neither**"


def _not_reached(lines: Sequence[Bar]) -> str:
    """Return which floors and goals are not reached, and what is not measured, by their numbers."""
    groups = {
        "Floors not reached": [n for n, bar in enumerate(lines, 1) if bar.reaches(bar.floor) is False],
        "Goals not reached": [n for n, bar in enumerate(lines, 1) if bar.reaches(bar.goal) is False],
        "Not measured yet": [n for n, bar in enumerate(lines, 1) if bar.measured is None],
    }
    listed = {name: ", ".join(map(str, numbers)) or "none" for name, numbers in groups.items()}
    return " ".join(f"{name}: {numbers}." for name, numbers in listed.items()) + "\n"


def basis_markdown(lines: Sequence[Bar]) -> str:
    """Return clips, speakers, protocol and command of every line; lines of one command and protocol stand together."""
    groups: dict[tuple[str, str], list[tuple[int, Bar]]] = {}
    for n, bar in enumerate(lines, 1):
        groups.setdefault((bar.command, bar.protocol), []).append((n, bar))
    parts = []
    for (command, protocol), members in groups.items():
        points = "".join(f"* {n}, {_basis(bar)}\n" for n, bar in members)
        parts.append(
            f"{points}\n{sentence(protocol)}\n\n{fenced(command)}" if protocol else f"{points}\n{fenced(command)}"
        )
    return "\n".join(parts)


def _basis(bar: Bar) -> str:
    if bar.measured is None:
        return f"{bar.what}: not measured yet."
    measured = f"{bar.what}: {bar.form.format(bar.measured)}"
    return f"{measured}." if bar.stands_on == "–" else f"{measured}. {bar.stands_on}."
