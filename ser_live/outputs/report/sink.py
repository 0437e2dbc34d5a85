"""The sink that folds a session into its report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from ser_live.errors import OutputError
from ser_live.outputs.base import Sink
from ser_live.outputs.report.columns import LaneColumns
from ser_live.outputs.report.contents import Contents
from ser_live.outputs.report.marks import Marks
from ser_live.outputs.report.page import page_pieces
from ser_live.outputs.report.sound import SoundTrack
from ser_live.outputs.stretches import Stretch, Stretches
from ser_live.types import Event, FloatArray, Prediction

__all__ = ["Report", "TextFile"]

_MOST_LANES = 64


class TextFile(Protocol):
    """Where the page goes, whole and at once; `name` is for messages."""

    name: str

    def write(self, text: Iterable[str]) -> None:
        """Write all pieces and close the file."""


class Report(Sink):
    """Collect the records while the session runs, and write the page at its end.

    The page is a function of the records alone, and of the sound where that is to be in it. While the session runs, a
    prediction takes some sixty bytes: a few megabytes for three hours of two lanes.

    Args:
        file: where to; `close` writes it. A file with a voice in it should be this user's alone (mode 0600).
        embed_audio: put what `hear` gets into the page, as MP3.

    Raises:
        SettingsError: if sound is asked for and this libsndfile cannot write MP3.
    """

    def __init__(self, file: TextFile, *, embed_audio: bool = False) -> None:
        self.name = file.name
        self._file = file
        self._sound = SoundTrack(file.name) if embed_audio else None
        self._session: dict[str, Any] = {}
        self._labels: tuple[str, ...] = ()
        self._lanes: dict[str | None, LaneColumns] = {}
        self._fold: Stretches | None = None
        self._stretches: list[Stretch] = []
        self._marks = Marks()

    def open(self, fields: Mapping[str, Any]) -> None:
        """Keep the session's fields."""
        self._session = dict(fields)
        model = fields.get("model")
        labels = model.get("labels") if isinstance(model, Mapping) else None
        self._labels = tuple(map(str, labels or ()))
        self._fold = Stretches(fields)
        for lane in fields.get("lanes") or ():
            self._lane(str(lane["name"]))

    def hear(self, block: FloatArray) -> None:
        """Add sound `(frames, channels)` at the session's rate, where it is to be in the page.

        Raises:
            OutputError: where the disk refuses, or the session's rate is not known.
        """
        if self._sound is None:
            return
        rate = self._session.get("sample_rate")
        if not isinstance(rate, int) or rate < 1:
            raise OutputError(f"{self.name} cannot hold the sound: the session does not say its sample rate")
        self._sound.feed(block, rate)

    def take(self, record: Prediction | Event) -> None:
        """Fold a prediction or an event in."""
        if isinstance(record, Prediction) or record.kind in ("speech", "emotion"):
            self._lane(record.lane).take(record)
            if self._fold is not None:
                self._stretches += self._fold.take(record)
        else:
            self._marks.take(record)

    def close(self, fields: Mapping[str, Any]) -> None:
        """Write the page; fields that a session broken off does not have are missing from it, and it says so.

        Raises:
            OutputError: where it cannot be written.
        """
        if not self._lanes:
            self._lane(None)
        last = max(lane.last for lane in self._lanes.values())
        ends = [fields.get("seconds"), last, self._marks.last]
        seconds = max(float(end) for end in ends if isinstance(end, (int, float)))
        if self._fold is not None:
            self._stretches += self._fold.close(fields)
        contents = Contents(
            session=self._session,
            summary=fields,
            labels=self._labels,
            lanes=list(self._lanes.values()),
            stretches=sorted(self._stretches, key=lambda stretch: (stretch.start, stretch.lane or "")),
            marks=self._marks,
            seconds=seconds,
        )
        try:
            self._file.write(page_pieces(contents, None if self._sound is None else self._sound.finish()))
        finally:
            if self._sound is not None:
                self._sound.discard()

    def _lane(self, name: str | None) -> LaneColumns:
        if name not in self._lanes:
            if len(self._lanes) >= _MOST_LANES:
                raise OutputError(f"{self.name} shows at most {_MOST_LANES} lanes: write another format")
            self._lanes[name] = LaneColumns(name, self._labels)
        return self._lanes[name]
