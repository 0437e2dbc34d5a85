"""The picture of a session as a file: SVG, as a terminal would show it."""

from __future__ import annotations

import io
import re
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.segment import Segment
from rich.style import Style

from ser_live.display.canvas import Frame
from ser_live.display.picture import render
from ser_live.session import Session

__all__ = ["as_svg", "save_picture"]


def as_svg(session: Session, width: int, height: int) -> str:
    """Draw a session as SVG, in the viewer's own monospaced font: nothing is fetched."""
    console = Console(
        file=io.StringIO(),
        record=True,
        width=width,
        height=height,
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
        no_color=False,  # whatever the terminal at hand wishes
    )
    console.print(_solid(render(session, width=width, height=height)))
    return re.sub(r"@font-face \{.*?\}\s*", "", console.export_svg(title="ser-live"), flags=re.DOTALL)


def save_picture(session: Session, width: int, height: int) -> str:
    """Save the picture in the current folder, under the time of day, and return a sentence that says so, or why not."""
    name = f"ser-live-{datetime.now():%Y%m%d-%H%M%S}"
    numbers = (f"{name}{'' if number == 1 else f'-{number}'}.svg" for number in range(1, 100))
    path = next((path for path in map(Path, numbers) if not path.exists()), Path(f"{name}.svg"))
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(as_svg(session, width, height))
    except OSError as error:
        return f"the picture cannot be saved as {path.name}: {error.strerror or error}"
    return f"the picture is saved as {path.name}"


def _solid(frame: Frame) -> Frame:
    """Draw full blocks as a background: an SVG viewer would leave hairlines between characters."""
    return Frame([[part for segment in line for part in _parts(segment)] for line in frame.lines])


def _parts(segment: Segment) -> list[Segment]:
    style = segment.style or Style()
    return [
        Segment(" " * len(run), style + Style(reverse=True)) if run[0] == "█" else Segment(run, style)
        for run in re.findall("█+|[^█]+", segment.text)
    ]
