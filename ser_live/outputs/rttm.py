"""RTTM: a line of ten fields a stretch, so that tools that score diarisation can score emotions."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ser_live.outputs.names import channels_of, recording_name, without_blanks
from ser_live.outputs.stretch_lines import StretchLines
from ser_live.outputs.stretches import Stretch

__all__ = ["Rttm"]


class Rttm(StretchLines):
    """`SPEAKER file channel start duration <NA> <NA> label confidence <NA>`.

    The emotion stands where the speaker's name would, and its probability where the confidence does. The file is the
    recording's name without its ending, as such tools have it; the channel is the lane's, counted from 1. A blank in a
    name becomes `_`. NIST, The 2009 Rich Transcription evaluation plan, appendix A.
    """

    def begin(self, fields: Mapping[str, Any]) -> None:
        """Note the name of the recording and the channels."""
        recording = recording_name(fields)
        name = str(fields.get("source") or "") if recording is None else os.path.splitext(recording)[0]
        self._recording = without_blanks(name)
        self._channels = channels_of(fields)

    def write(self, stretch: Stretch) -> None:
        """Write a stretch."""
        channel = self._channels.get(stretch.lane, 1)
        duration = round(stretch.end - stretch.start, 3)
        confidence = "<NA>" if stretch.probability is None else f"{stretch.probability:.6f}"
        self.file.write(
            f"SPEAKER {self._recording} {channel} {stretch.start:.3f} {duration:.3f} <NA> <NA> "
            f"{without_blanks(stretch.label)} {confidence} <NA>"
        )
