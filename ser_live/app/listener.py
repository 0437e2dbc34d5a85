"""One session from its first block to its summary: the program's one loop."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any

from ser_live import __version__
from ser_live.app.pace import Pace
from ser_live.display import Screen
from ser_live.errors import NonFiniteSampleError, SerLiveError, SourceError
from ser_live.interrupts import Interrupted, Interrupts
from ser_live.outputs.recording import Recorder
from ser_live.outputs.records import Outputs
from ser_live.pipeline import EmotionPipeline
from ser_live.session import Session
from ser_live.sources import Source, select_channels
from ser_live.types import Event, FloatArray, Prediction

__all__ = ["Listener"]

_PIECE_SECONDS = 0.08  # of input at a time: the screen moves smoothly
_LONG_PIECE_SECONDS = 0.5  # at the highest speed, where that much takes some milliseconds: Ctrl-C never waits long
_PICTURE_SECONDS = 0.22  # between two pictures of the screen


class Listener:
    """The loop, and what it counts.

    Args:
        source: what is heard.
        pipeline: what hears it.
        outputs: what takes the records.
        recorder: what takes the input.
        screen: what shows the session.
        channels: which of the source's channels are heard.
        speed: seconds of the source to hear in a second; infinite = as they come.
        duration: seconds of the source after which to end.
        device: compute device that was asked for.
        tell: called with each message for the user.
        interrupts: what a signal sets.

    Attributes:
        session: what is shown.
        error: the first thing that went wrong, None if nothing did.
    """

    def __init__(
        self,
        source: Source,
        pipeline: EmotionPipeline,
        outputs: Outputs,
        *,
        recorder: Recorder | None = None,
        screen: Screen | None = None,
        channels: str = "mix",
        speed: float = math.inf,
        duration: float = math.inf,
        device: str = "auto",
        tell: Callable[[str], object] = lambda message: None,
        interrupts: Interrupts | None = None,
    ) -> None:
        total = min(math.inf if source.total is None else source.total, duration)
        self.session = Session(
            source=source.name,
            model=pipeline.classifier.path.name,
            device=pipeline.classifier.device,
            labels=pipeline.classifier.labels,
            total=None if math.isinf(total) else total,
        )
        self.error: SerLiveError | None = None
        self._source = source
        self._pipeline = pipeline
        self._outputs = outputs
        self._recorder = recorder
        self._screen = screen
        self._channels = channels
        self._limit = max(1, round(min(duration * source.sample_rate, sys.maxsize)))  # frames
        self._device = device
        self._tell = tell
        self._interrupts = interrupts or Interrupts()
        self._pace = Pace(speed)
        self._piece_seconds = _LONG_PIECE_SECONDS if math.isinf(speed) else _PIECE_SECONDS
        self._ended = "end"
        self._frames = 0  # of input heard
        self._speech = 0.0  # seconds of speech in the utterances that are over
        self._computing = 0.0  # seconds
        self._charged = 0.0  # of these, what predictions have been charged with
        self._charge = 0.0  # seconds of each of the latest predictions
        self._pictured = -math.inf  # when the screen was last drawn
        self._stale = False  # whether the screen lacks something of consequence

    def listen(self) -> dict[str, Any]:
        """Hear the source to its end, sum up and close the outputs.

        Returns:
            the fields of the summary; what went wrong is in `error`.
        """
        began = time.monotonic()
        with self._kept():
            self._hear_all()
        for record in self._timed(self._pipeline.flush):
            with self._kept():
                self._report(record)
        with self._kept():
            if self._recorder is not None:
                self._recorder.close()
            if self._source.live and self._frames and not self.session.loudest:
                raise SourceError(
                    f"the microphone {self._source.name!r} delivered nothing but zeros: give this program permission "
                    "to use it, unmute it, or choose another one with --input-device"
                )
        self.session.speech_seconds = self._speech
        heard = self.session.elapsed
        summary = {
            **self.session.summary(),
            "ended": self._ended,
            "error": None if self.error is None else str(self.error),
            "real_time_factor": round(self._computing / heard, 5) if heard else None,
            "wall_seconds": round(time.monotonic() - began, 3),
        }
        with self._kept():
            self._outputs.summary(summary)
        with self._kept():
            self._outputs.close()
        return summary

    @contextmanager
    def _kept(self) -> Iterator[None]:
        """Let nothing that is foreseen pass, so that what comes after is still done; the first error is kept."""
        try:
            yield
        except Interrupted:
            self._ended = "interrupt"
        except BrokenPipeError:
            self._ended = "closed"
        except SerLiveError as error:
            self.error = self.error or error
            self._ended = "error"

    def _hear_all(self) -> None:
        """Take the source block by block until something ends it."""
        self._outputs.session(self._opening())
        if self._pipeline.classifier.notice is not None:
            self._report(Event(kind="device", start=0.0, fields={"message": self._pipeline.classifier.notice}))
        size = max(1, round(self._piece_seconds * self._source.sample_rate))
        blocks = self._source.blocks()
        while True:
            self._draw()
            with self._interrupts.awaiting():
                item = next(blocks, None)
            if item is None:
                return
            if isinstance(item, Event):
                self._report(item)
                continue
            for at in range(0, len(item), size):
                if self._interrupts.signal:
                    raise Interrupted
                self._hear(item[at : at + size][: self._limit - self._frames])
                if self._frames == self._limit:
                    self._ended = "duration"
                    return
                self._draw()

    def _hear(self, piece: FloatArray) -> None:
        """Hear a piece of input, `(frames, channels)`."""
        rate = self._source.sample_rate
        self._pace.wait((self._frames + len(piece)) / rate, self._interrupts)
        mono = select_channels(piece, self._channels)
        try:
            records = self._timed(lambda: self._pipeline.feed(mono))
        except NonFiniteSampleError as error:
            if error.index:
                self._hear(piece[: error.index])
            raise
        self._frames += len(piece)
        self.session.hear(
            piece if self._channels == "mix" else mono,
            len(piece) / rate,
            speaking=self._pipeline.speaking,
            speech_seconds=self._pipeline.speech_seconds,
        )
        try:
            if self._recorder is not None:
                self._recorder.write(piece)
        finally:  # neither is lost where the other one cannot be written
            for record in records:
                self._report(record)

    def _timed(self, work: Callable[[], list[Prediction | Event]]) -> list[Prediction | Event]:
        """Do a piece of the pipeline's work; its predictions will be charged with the time since speech began."""
        if not self._pipeline.speaking:
            self._charged = self._computing
        began = time.perf_counter()
        records = work()
        self._computing += time.perf_counter() - began
        predictions = sum(isinstance(record, Prediction) for record in records)
        if predictions:
            self._charge = (self._computing - self._charged) / predictions
            self._charged = self._computing
        return records

    def _report(self, record: Prediction | Event) -> None:
        """Tell the session, the outputs and, where it is a message, the user."""
        self.session.take(record, self._charge)
        if isinstance(record, Event):
            self._stale = self._stale or record.kind != "speech"
            if record.kind == "speech" and record.end is not None:
                self._speech += record.fields["speech_seconds"]
            if "message" in record.fields:
                self._tell(str(record.fields["message"]))
        self._outputs.take(record)

    def _draw(self) -> None:
        """Bring the screen up to date if it is time, or if something of consequence has happened."""
        now = time.monotonic()
        if self._screen is None or not (self._stale or now >= self._pictured + _PICTURE_SECONDS):
            return
        self._stale, self._pictured = False, now
        try:
            self._screen.update(self.session)
        except OSError as error:  # the terminal is gone
            raise BrokenPipeError(error.errno, error.strerror) from None

    def _opening(self) -> dict[str, Any]:
        """Return the fields of the session record."""
        source, pipeline = self._source, self._pipeline
        classifier = pipeline.classifier
        return {
            "version": __version__,
            "model": {"name": classifier.path.name, "sha256": classifier.sha256, "labels": list(classifier.labels)},
            "source": source.name,
            "sample_rate": source.sample_rate,
            "device": {"asked": self._device, "got": classifier.device},
            "step": pipeline.settings.step,
            "started": datetime.now().astimezone().isoformat(timespec="milliseconds"),
            "channels": {"source": source.channels, "heard": self._channels},
            "seconds": self.session.total,
            "live": source.live,
            "settings": asdict(pipeline.settings),
            "lag_seconds": pipeline.lag_seconds,
        }
