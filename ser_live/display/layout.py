"""Where the lines of the screen go: a function of its size."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from ser_live.display.lettering import large_height, large_width

__all__ = ["BAR", "NAME", "Layout", "lay_out"]

NAME: Final = 8
"""Columns of the longest label."""
_SHARED: Final = {"footer", "notice", "compute", "header"}
BAR: Final = NAME + 8
"""Columns before a bar: its letter, its name, its figure."""


class Layout(NamedTuple):
    """How many lines each part gets; a part without lines is left out."""

    emotion: int = 1
    scale: int = 0  # of large letters; 0 = ordinary ones
    bars: int = 0
    columns: int = 0  # of bars; 0 = figures only, in one line
    pitch: int = 1  # lines from one bar to the next; from 2 on the last of them is empty
    strip: int = 0
    legend: int = 0
    level: int = 0
    voice: int = 0
    compute: int = 0
    header: int = 0
    notice: int = 0
    footer: int = 0
    space: int = 0  # least number of empty lines between the parts

    @property
    def height(self) -> int:
        """Lines of all parts together."""
        sound = self.level + self.voice + self.compute
        rest = self.header + self.notice + self.footer + self.space
        return self.emotion + self.bars + self.strip + self.legend + sound + rest


@lru_cache(maxsize=64)
def lay_out(
    width: int, height: int, words: tuple[str, ...], bars: int, notice: int, unicode: bool, of_many: bool = False
) -> Layout:
    """Give lines to the most important parts first, then to the others; without those that lanes share, for one."""

    def letters(scale: int) -> dict[str, int]:
        fits = max(large_width(word, scale) for word in words) <= width
        return {"scale": scale, "emotion": large_height(scale, unicode=unicode) + 1} if fits else {}

    def columns(count: int, pitch: int = 1) -> dict[str, int]:
        fits = bars > 0 and (width + 1) // count - 1 >= BAR + 2
        lines = -(-bars // count) * pitch - (pitch > 1)
        return {"bars": lines, "columns": count, "pitch": pitch} if fits else {}

    needs: tuple[dict[str, int], ...] = (
        {"level": 1},
        {"bars": min(bars, 1)},
        {"strip": 1},
        {"footer": 1},
        {"notice": min(notice, 1)},
        {"voice": 1},
        columns(2),
        {"compute": 1},
        {"header": 1},
        {"legend": 1},
        {"notice": notice},
        columns(1),
    )
    comforts = (
        letters(1),
        {"space": 4},
        {"strip": 2},
        letters(2),
        columns(1, pitch=2),
        {"strip": 3},
        letters(3),
        columns(1, pitch=3),
        letters(4),
        columns(1, pitch=4),
    )
    if of_many:
        needs = tuple(step for step in needs if not step.keys() & _SHARED)
        needs = ({"header": 1}, *needs)
    layout = Layout()
    for step in needs:
        candidate = layout._replace(**step)
        layout = candidate if candidate.height <= height else layout
    for step in comforts:
        candidate = layout._replace(**step)
        if candidate.height > height:
            break
        layout = candidate
    return layout
