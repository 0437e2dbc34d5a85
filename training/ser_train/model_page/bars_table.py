"""The table of floors and goals, and on what each line stands."""

from __future__ import annotations

from collections.abc import Sequence

from ser_train.model_page.goals import Bar
from ser_train.reporting.table import markdown_table

__all__ = ["bars_markdown"]


def bars_markdown(lines: Sequence[Bar]) -> str:
    """Return the table, what is not reached, and on what each line stands, with the command that measures it."""
    header = [None, "what", "floor", "goal", "measured", "floor reached", "goal reached"]
    table = markdown_table(header, [[str(n), *_cells(bar)] for n, bar in enumerate(lines, 1)])
    basis = f"What each stands on, and the command that measures it again:\n\n{_basis(lines)}"
    return f"{table}\n{_not_reached(lines)}\n{basis}"


def _cells(bar: Bar) -> list[str]:
    sign = "≤" if bar.most else "≥"
    measured = "not measured yet" if bar.measured is None else f"**{bar.form.format(bar.measured)}**"
    answers = [{True: "yes", False: "**no**", None: "–"}[bar.reaches(line)] for line in (bar.floor, bar.goal)]
    return [bar.what, f"{sign} {bar.floor:g}", f"{sign} {bar.goal:g}", measured, *answers]


def _not_reached(lines: Sequence[Bar]) -> str:
    """Return which floors and goals are not reached, and what is not measured, by their numbers."""
    groups = {
        "Floors not reached": [n for n, bar in enumerate(lines, 1) if bar.reaches(bar.floor) is False],
        "Goals not reached": [n for n, bar in enumerate(lines, 1) if bar.reaches(bar.goal) is False],
        "Not measured yet": [n for n, bar in enumerate(lines, 1) if bar.measured is None],
    }
    return "".join(f"* {name}: {', '.join(map(str, numbers)) or 'none'}.\n" for name, numbers in groups.items())


def _basis(lines: Sequence[Bar]) -> str:
    """Return a line each on clips, speakers, protocol and command; a protocol stands once, and is referred to later."""
    first: dict[str, int] = {}
    text = ""
    for n, bar in enumerate(lines, 1):
        if bar.measured is None:
            text += f"{n}. Not measured yet: `{bar.command}`.\n"
            continue
        parts = [] if bar.stands_on == "–" else [f"{bar.stands_on}."]
        same = first.setdefault(bar.protocol, n)
        parts.append(bar.protocol if same == n else f"Protocol as in {same}.")
        text += f"{n}. {' '.join(parts)} `{bar.command}`.\n"
    return text
