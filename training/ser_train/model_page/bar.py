"""One line of the table of floors and goals."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Bar"]


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One line of the table.

    Attributes:
        what: is measured.
        name: the same in short, for a table.
        unit: of the numbers, in a word or two.
        floor: that must be reached.
        goal: that is hoped for.
        form: of numbers, as `str.format` takes it.
        most: the bars are the most that is allowed, not the least.
        measured: None where no file holds it.
        stands_on: clips, speakers and interval.
        protocol: a sentence, or more.
        command: that measures it again.
    """

    what: str
    name: str
    unit: str
    floor: float
    goal: float
    form: str = "{:.3f}"
    most: bool = False
    measured: float | None = None
    stands_on: str = "–"
    protocol: str = ""
    command: str

    def reaches(self, bar: float) -> bool | None:
        """Return whether a bar is reached by the value before it is rounded; None where nothing is measured."""
        if self.measured is None:
            return None
        return self.measured <= bar if self.most else self.measured >= bar
