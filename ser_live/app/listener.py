"""One session from its first block to its summary: the program's one loop."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from datetime import datetime
from typing import Any

from ser_live import __version__
from ser_live.app.pace import Pace
from ser_live.app.stopwatch import Stopwatch
from ser_live.app.watchdog import Watchdog
from ser_live.errors import NonFiniteSampleError, OutputError, SerLiveError, SourceError
from ser_live.interrupts import Interrupted, Interrupts
from ser_live.outputs.base import Sink
from ser_live.pipeline import EmotionPipeline
from ser_live.session import Session
from ser_live.sources import Mixer, Source
from ser_live.types import Event, FloatArray, Prediction

__all__ = ["Listener"]

_PIECE_SECONDS = 0.08  # of input at a time: the screen moves smoothly
_LONG_PIECE_SECONDS = 0.5  # at the highest speed, where that much takes some milliseconds: Ctrl-C never waits long


class Listener:
    """The loop over a source, which gives its sound and records to every sink.

    A sink that fails is left out from then on. While another one that the user asked for is left, the session goes on
    and the user is told of the loss; with the last one it ends.

    Args:
        source: of the sound.
        pipeline: makes records of the sound.
        sinks: get the sound and the records, in this order; a recording before the records of its sound.
        session: counts, for the summary and for the screen.
        channels: which of the source's channels are heard.
        speed: seconds of the source to hear in a second; infinite = as they come.
        duration: seconds of the source after which to end.
        device: compute device that was asked for.
        tell: called with each message for the user.
        interrupts: the signals that end the session.
        watchdog: what ends a computation that does not return, None for nothing.

    Attributes:
        error: the first thing that went wrong, None if nothing did.
        reported: whether the user has been told of it already.
    """

    def __init__(
        self,
        source: Source,
        pipeline: EmotionPipeline,
        sinks: Sequence[Sink],
        session: Session,
        *,
        channels: str = "mix",
        speed: float = math.inf,
        duration: float = math.inf,
        device: str = "auto",
        tell: Callable[[str], object] = lambda message: None,
        interrupts: Interrupts | None = None,
        watchdog: Watchdog | None = None,
    ) -> None:
        self.error: SerLiveError | None = None
        self.reported = False
        self._source = source
        self._pipeline = pipeline
        self._sinks = list(sinks)
        self._session = session
        self._channels = channels
        self._mixer = Mixer(channels, source.channels, source.sample_rate)
        self._limit = max(1, round(min(duration * source.sample_rate, sys.maxsize)))  # frames
        self._device = device
        self._tell = tell
        self._interrupts = interrupts or Interrupts()
        self._watchdog = watchdog
        self._pace = Pace(speed)
        self._piece_seconds = _LONG_PIECE_SECONDS if math.isinf(speed) else _PIECE_SECONDS
        self._stopwatch = Stopwatch()
        self._ended = "end"
        self._began = time.monotonic()
        self._computing: FloatArray | None = None  # the piece that is being worked on
        self._failed = False  # to compute: the pipeline is not asked again
        self._frames = 0  # of input heard
        self._speech = 0.0  # seconds of speech in the utterances that are over

    def listen(self) -> dict[str, Any]:
        """Listen to the source until its end, sum up and close the sinks.

        Returns:
            the fields of the summary; what went wrong is in `error`.
        """
        with self._noting_the_end():
            self._hear_all()
        records: list[Prediction | Event] = []
        with self._noting_the_end():
            if not self._failed:
                records = self._compute(self._pipeline.flush)
        for record in records:
            with self._noting_the_end():
                self._report(record)
        if not self._failed:
            self._session.speech_seconds = self._speech
        with self._noting_the_end():
            self._refuse_zeros()
        return self._sum_up()

    def abandon(self, error: SerLiveError | None) -> dict[str, Any]:
        """Sum up and close the sinks where a computation does not return, from another thread.

        Args:
            error: what is wrong, None where a signal came.

        Returns:
            the fields of the summary.
        """
        self.error = self.error or error
        self._ended = "interrupt" if error is None else "error"
        piece = self._computing
        if piece is not None:
            with self._noting_the_end():
                self._each(lambda sink: sink.hear(piece))
        return self._sum_up()

    def _sum_up(self) -> dict[str, Any]:
        elapsed = self._session.elapsed
        summary = {
            **self._session.summary(),
            "ended": self._ended,
            "error": None if self.error is None else str(self.error),
            "real_time_factor": round(self._stopwatch.seconds / elapsed, 5) if elapsed else None,
            "wall_seconds": round(time.monotonic() - self._began, 3),
        }
        for sink in self._sinks:
            with self._noting_the_end():
                sink.close(summary)
        return summary

    @contextmanager
    def _noting_the_end(self) -> Iterator[None]:
        """Catch the errors that end a session and note how it ended, so that the summary is still written."""
        try:
            yield
        except Interrupted:
            self._ended = "interrupt"
        except BrokenPipeError:
            self._ended = "closed"
        except SerLiveError as error:
            self.error = self.error or error
            self._ended = "error"
        except MemoryError:
            self.error = self.error or SerLiveError(
                "this computer has no more memory: close other programs, or use a smaller model"
            )
            self._ended = "error"

    def _hear_all(self) -> None:
        """Take the source block by block until something ends it."""
        fields = self._opening()
        self._each(lambda sink: sink.open(fields))
        if self._pipeline.classifier.notice is not None:
            self._report(Event(kind="device", start=0.0, fields={"message": self._pipeline.classifier.notice}))
        size = max(1, round(self._piece_seconds * self._source.sample_rate))
        blocks = self._source.blocks()
        while True:
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

    def _hear(self, piece: FloatArray, mono: FloatArray | None = None) -> None:
        """Hear a piece of input, `(frames, channels)`; `mono` is what the mixer has made of it already."""
        rate = self._source.sample_rate
        self._pace.wait((self._frames + len(piece)) / rate, self._interrupts)
        if mono is None:
            mono, events = self._mixer.feed(piece)
            for event in events:
                self._report(event)
        heard = mono
        records: list[Prediction | Event] = []
        self._computing = piece
        try:
            records = self._compute(lambda: self._pipeline.feed(heard))
        except NonFiniteSampleError as error:
            if error.index:
                self._hear(piece[: error.index], mono[: error.index])
            raise
        except (SerLiveError, MemoryError):  # what could not be computed was heard all the same
            self._each(lambda sink: sink.hear(piece))
            raise
        finally:
            self._computing = None
        self._frames += len(piece)
        self._session.hear(
            piece if self._channels == "mix" else mono,
            len(piece) / rate,
            speaking=self._pipeline.speaking,
            speech_seconds=self._pipeline.speech_seconds,
        )
        try:
            self._each(lambda sink: sink.hear(piece))
        finally:  # the records of what is recorded are not lost with the last recording
            for record in records:
                self._report(record)

    def _compute(self, work: Callable[[], list[Prediction | Event]]) -> list[Prediction | Event]:
        """Do the pipeline's work, timed and watched."""
        try:
            with self._watchdog.watching("window") if self._watchdog is not None else nullcontext():
                return self._stopwatch.time(work, speaking=self._pipeline.speaking)
        except NonFiniteSampleError:
            raise
        except (SerLiveError, MemoryError):
            self._failed = True
            raise

    def _report(self, record: Prediction | Event) -> None:
        """Tell the session, the sinks and, where it is a message, the user."""
        self._session.take(record, self._stopwatch.charge)
        if isinstance(record, Event):
            if record.kind == "speech" and record.end is not None:
                self._speech += record.fields["speech_seconds"]
            if "message" in record.fields:
                self._tell(str(record.fields["message"]))
        self._each(lambda sink: sink.take(record))

    def _each(self, do: Callable[[Sink], None]) -> None:
        """Call `do` with every sink; leave out those that fail.

        Raises:
            OutputError, BrokenPipeError: of the last sink that the user asked for.
        """
        for sink in list(self._sinks):
            try:
                do(sink)
            except (BrokenPipeError, OutputError) as failure:
                self._sinks.remove(sink)
                self._lose(sink, failure)

    def _lose(self, sink: Sink, failure: BrokenPipeError | OutputError) -> None:
        """Report the loss of a sink; raise its failure if no other sink is left that the user asked for."""
        left = any(other.needed for other in self._sinks) or (not sink.needed and bool(self._sinks))
        if not left:
            raise failure
        message = f"{sink.name} was closed by its reader"
        if isinstance(failure, OutputError):
            message = str(failure)
            self.error, self.reported = self.error or failure, True
        now = round(self._session.elapsed, 6)
        self._report(Event(kind="device", start=now, end=now, fields={"message": f"{message}; the session goes on"}))

    def _refuse_zeros(self) -> None:
        """Raise `SourceError` if a microphone gave only zeros."""
        if self._source.live and self._frames and not self._session.loudest:
            raise SourceError(
                f"the microphone {self._source.name!r} delivered nothing but zeros: give this program permission "
                "to use it, unmute it, or choose another one with --input-device"
            )

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
            "seconds": self._session.total,
            "live": source.live,
            "settings": asdict(pipeline.settings),
            "lag_seconds": pipeline.lag_seconds,
        }
