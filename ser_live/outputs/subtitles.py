"""Subtitles: SubRip (`.srt`) and WebVTT (`.vtt`)."""

from __future__ import annotations

import heapq
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from ser_live.outputs.cues import Cues, clock_time
from ser_live.outputs.lines import LineFile
from ser_live.outputs.names import lane_prefix, lanes_of, one_line
from ser_live.outputs.stretch_lines import StretchLines
from ser_live.outputs.stretches import Stretch, milliseconds
from ser_live.types import Event, Prediction

__all__ = ["SubRip", "WebVtt"]

_LOOK_ALIKES = str.maketrans("<>{}", "‹›()")
_REFERENCES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


class _Subtitles(StretchLines):
    """Cut stretches into cues, and write those in order of their beginnings, as players want them.

    A cue waits while a stretch of another lane may still come that begins before it.
    """

    def __init__(self, file: LineFile) -> None:
        super().__init__(file)
        self._cutter = Cues()
        self._number = 0
        self._waiting: list[tuple[int, int, int, str]] = []  # start, lane, end, text

    def begin(self, fields: Mapping[str, Any]) -> None:
        """Note the lanes."""
        self._lanes = lanes_of(fields)

    def take(self, record: Prediction | Event) -> None:
        """Write the cues that this record makes certain."""
        super().take(record)
        if self._waiting:
            self._write_before(milliseconds(self._stretches.settled - Cues.EARLIER))

    def write(self, stretch: Stretch) -> None:
        """Let the cues of a stretch wait."""
        lane = self._lanes.index(stretch.lane) if stretch.lane in self._lanes else len(self._lanes)
        text = self.text(stretch)
        for start, end in self._cutter.feed(stretch):
            heapq.heappush(self._waiting, (start, lane, end, text))

    def end(self) -> None:
        """Write the cues that are left."""
        self._write_before(None)

    def _write_before(self, limit: int | None) -> None:
        while self._waiting and (limit is None or self._waiting[0][0] < limit):
            start, _, end, text = heapq.heappop(self._waiting)
            self._number += 1
            self.file.write(self.cue(self._number, start, end, text))

    @abstractmethod
    def text(self, stretch: Stretch) -> str:
        """Return the text of a stretch's cues."""

    @abstractmethod
    def cue(self, number: int, start: int, end: int, text: str) -> str:
        """Return a cue and the blank line after it, without the last line end; times in milliseconds."""


class SubRip(_Subtitles):
    """SubRip: `[angry]`, with lanes `Agent: [angry]`.

    The format has no way to write `<`, `>` and braces, in which players look for commands: look-alikes stand for them.
    """

    def text(self, stretch: Stretch) -> str:
        """Return the text of a stretch's cues."""
        return f"{lane_prefix(stretch.lane)}[{one_line(stretch.label)}]".translate(_LOOK_ALIKES)

    def cue(self, number: int, start: int, end: int, text: str) -> str:
        """Return a cue."""
        return f"{number}\n{clock_time(start, ',')} --> {clock_time(end, ',')}\n{text}\n"


class WebVtt(_Subtitles):
    """WebVTT: `[angry]`, with lanes `<v Agent>[angry]`; a note at the top names the model.

    https://www.w3.org/TR/webvtt1/
    """

    def begin(self, fields: Mapping[str, Any]) -> None:
        """Write the head."""
        super().begin(fields)
        model = fields["model"]
        words = f"ser-live {fields.get('version', '')}, model {model.get('name')}, sha256 {model.get('sha256')}"
        self.file.write(f"WEBVTT\n\nNOTE\n{one_line(words).translate(_REFERENCES)}\n")

    def text(self, stretch: Stretch) -> str:
        """Return the text of a stretch's cues."""
        voice = "" if stretch.lane is None else f"<v {one_line(stretch.lane).translate(_REFERENCES)}>"
        return f"{voice}[{one_line(stretch.label).translate(_REFERENCES)}]"

    def cue(self, number: int, start: int, end: int, text: str) -> str:
        """Return a cue."""
        return f"{clock_time(start, '.')} --> {clock_time(end, '.')}\n{text}\n"
