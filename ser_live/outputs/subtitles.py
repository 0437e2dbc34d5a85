"""Subtitles: SubRip (`.srt`) and WebVTT (`.vtt`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ser_live.outputs.cues import Cues, clock_time
from ser_live.outputs.lines import LineFile
from ser_live.outputs.names import lane_prefix, one_line
from ser_live.outputs.stretch_lines import StretchLines
from ser_live.outputs.stretches import Stretch

__all__ = ["SubRip", "WebVtt"]

_LOOK_ALIKES = str.maketrans("<>{}", "‹›()")
_REFERENCES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


class SubRip(StretchLines):
    """SubRip: `[angry]`, with lanes `Agent: [angry]`.

    The format has no way to write `<`, `>` and braces, in which players look for commands: look-alikes stand for them.
    """

    def __init__(self, file: LineFile) -> None:
        super().__init__(file)
        self._cues = Cues()
        self._number = 0

    def write(self, stretch: Stretch) -> None:
        """Write the cues of a stretch."""
        text = f"{lane_prefix(stretch.lane)}[{one_line(stretch.label)}]".translate(_LOOK_ALIKES)
        for start, end in self._cues.feed(stretch):
            self._number += 1
            self.file.write(f"{self._number}\n{clock_time(start, ',')} --> {clock_time(end, ',')}\n{text}\n")


class WebVtt(StretchLines):
    """WebVTT: `[angry]`, with lanes `<v Agent>[angry]`; a note at the top names the model.

    https://www.w3.org/TR/webvtt1/
    """

    def __init__(self, file: LineFile) -> None:
        super().__init__(file)
        self._cues = Cues()

    def begin(self, fields: Mapping[str, Any]) -> None:
        """Write the head."""
        model = fields["model"]
        words = f"ser-live {fields.get('version', '')}, model {model.get('name')}, sha256 {model.get('sha256')}"
        self.file.write(f"WEBVTT\n\nNOTE\n{one_line(words).translate(_REFERENCES)}\n")

    def write(self, stretch: Stretch) -> None:
        """Write the cues of a stretch."""
        voice = "" if stretch.lane is None else f"<v {one_line(stretch.lane).translate(_REFERENCES)}>"
        text = f"{voice}[{one_line(stretch.label).translate(_REFERENCES)}]"
        for start, end in self._cues.feed(stretch):
            self.file.write(f"{clock_time(start, '.')} --> {clock_time(end, '.')}\n{text}\n")
