"""One connection's session: bytes of sound in, lines of JSON out, by the program's own loop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ser_live.app.listener import Listener
from ser_live.classifier import Classifier
from ser_live.config import Settings
from ser_live.errors import SerLiveError
from ser_live.lanes import Lanes
from ser_live.outputs.base import Sink
from ser_live.outputs.jsonl import JsonLines
from ser_live.outputs.lines import LineFile
from ser_live.outputs.recording import Recorder
from ser_live.serve.start import Start
from ser_live.session import LaneState, Session
from ser_live.sources.pcm import decode
from ser_live.types import Event, FloatArray

__all__ = ["Hearing", "recording_name"]


class Hearing:
    """The session of a stream, from its first byte to its summary.

    Args:
        start: what the sound is.
        classifier: the model, shared by all.
        device: compute device that was asked for.
        settings: of the pipeline.
        send: called with every line.
        record: file to store the sound in, None to store nothing.
    """

    def __init__(
        self,
        start: Start,
        classifier: Classifier,
        device: str,
        settings: Settings,
        send: Callable[[str], object],
        record: Path | None = None,
    ) -> None:
        self._start = start
        self._rest = b""  # of a frame that is not whole yet
        self._frames = 0
        lanes = Lanes(
            start.lanes, classifier, channels=start.channels, sample_rate=start.sample_rate, **asdict(settings)
        )
        self._session = Session(
            source=_Stream.name,
            model=classifier.path.name,
            device=classifier.device,
            labels=classifier.labels,
            lanes=tuple(LaneState(name=name) for name in lanes.names),
        )
        recorder = None if record is None else Recorder(record, start.sample_rate, start.channels)
        sinks: list[Sink] = [_Records(_Frames(send), recorded=recorder is not None)]
        if recorder is not None:
            sinks.insert(0, recorder)
        self._recorder = recorder
        self._listener = Listener(_Stream(start), lanes, sinks, self._session, channels=start.choice, device=device)
        self._listener.begin()

    @property
    def error(self) -> SerLiveError | None:
        """What ended the session early, None if nothing did."""
        return self._listener.error

    @property
    def seconds(self) -> float:
        """Seconds of sound heard."""
        return self._frames / self._start.sample_rate

    @property
    def predictions(self) -> int:
        """How many predictions were made."""
        return len(self._session.compute)

    def feed(self, data: bytes) -> bool:
        """Hear bytes, cut anywhere, and return whether the session goes on."""
        data = self._rest + data
        whole = len(data) - len(data) % self._start.frame_bytes
        self._rest = data[whole:]
        if not whole:
            return True
        block = decode(data[:whole], self._start.encoding, self._start.channels)
        self._frames += len(block)
        return self._listener.hear(block)

    def finish(self) -> None:
        """Send the last records and the summary."""
        try:
            self._listener.finish()
        finally:
            if self._recorder is not None:
                self._recorder.file.close()


class _Stream:
    """The source that the loop asks for its name and form; its sound is handed in."""

    name = "stream"
    live = False
    total: float | None = None

    def __init__(self, start: Start) -> None:
        self.sample_rate = start.sample_rate
        self.channels = start.channels

    def blocks(self) -> Iterator[FloatArray | Event]:
        return iter(())

    def close(self) -> None:
        return


class _Frames(LineFile):
    """A text frame a line."""

    def __init__(self, send: Callable[[str], object]) -> None:
        self.name = "the connection"
        self._send = send

    def write(self, line: str) -> None:
        self._send(line)

    def close(self) -> None:
        return


class _Records(JsonLines):
    """JSON lines whose session tells that the sound is stored, where it is."""

    def __init__(self, file: LineFile, *, recorded: bool) -> None:
        super().__init__(file)
        self._recorded = recorded

    def open(self, fields: Any) -> None:
        super().open({**fields, "recorded": True} if self._recorded else fields)


def recording_name(folder: Path) -> Path:
    """Return a name for a recording that starts now."""
    return folder / f"{time.strftime('%Y%m%dT%H%M%S')}-{time.time_ns() % 1_000_000_000:09d}.wav"
