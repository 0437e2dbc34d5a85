"""What the formats share that grow by a line or a block with each stretch."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from ser_live.outputs.base import Sink
from ser_live.outputs.lines import LineFile
from ser_live.outputs.stretches import Stretch, Stretches
from ser_live.types import Event, Prediction

__all__ = ["StretchLines"]


class StretchLines(Sink):
    """Write each stretch as soon as it is certain, so that the file is valid at every moment.

    Args:
        file: where to; `close` closes it.
    """

    def __init__(self, file: LineFile) -> None:
        self.name = file.name
        self.file = file

    def open(self, fields: Mapping[str, Any]) -> None:
        """Begin the file."""
        self._stretches = Stretches(fields)
        self.file.begin()
        self.begin(fields)

    def take(self, record: Prediction | Event) -> None:
        """Write the stretches that this record makes certain."""
        for stretch in self._stretches.take(record):
            self.write(stretch)

    def close(self, fields: Mapping[str, Any]) -> None:
        """Write what is left."""
        for stretch in self._stretches.close(fields):
            self.write(stretch)
        self.end()
        self.file.close()

    def begin(self, fields: Mapping[str, Any]) -> None:
        """Write what stands before the stretches."""
        return

    def end(self) -> None:
        """Write what stands after the stretches."""
        return

    @abstractmethod
    def write(self, stretch: Stretch) -> None:
        """Write a stretch."""
