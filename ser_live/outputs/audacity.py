"""Audacity's labels: start, end and emotion, divided by tabs."""

from __future__ import annotations

from ser_live.outputs.names import lane_prefix, one_line
from ser_live.outputs.stretch_lines import StretchLines
from ser_live.outputs.stretches import Stretch

__all__ = ["AudacityLabels"]


class AudacityLabels(StretchLines):
    """A line a stretch, times in seconds; with lanes `Agent: angry`.

    https://manual.audacityteam.org/man/importing_and_exporting_labels.html
    """

    def write(self, stretch: Stretch) -> None:
        """Write a stretch."""
        label = lane_prefix(stretch.lane) + one_line(stretch.label)
        self.file.write(f"{stretch.start:.3f}\t{stretch.end:.3f}\t{label}")
