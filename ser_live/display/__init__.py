"""The screen: a pure function of the session, shown on the terminal's alternate screen.

Colour is never the only sign: whatever a colour says, a letter or a word says too.

* `lettering`, `canvas`: large letters; colours, signs and lines that never grow beyond their width.
* `layout`: which part gets how many lines.
* `picture`: `render`, from a session to a frame.
* `desk`, `drawing`: what the keys ask for; the picture as a file.
* `console`, `screen`, `summary`: the terminal; the words at the end.
"""

from ser_live.display.canvas import COLOURS, LETTERS, Frame
from ser_live.display.console import TerminalConsole
from ser_live.display.desk import Desk
from ser_live.display.drawing import as_svg
from ser_live.display.picture import render
from ser_live.display.screen import Screen
from ser_live.display.summary import summary_lines

__all__ = ["COLOURS", "LETTERS", "Desk", "Frame", "Screen", "TerminalConsole", "as_svg", "render", "summary_lines"]
