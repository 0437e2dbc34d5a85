"""One session from its first block to its summary: the program's one loop."""

from __future__ import annotations

import math
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import numpy as np

from ser_live import __version__
from ser_live.alerts import Alerts
from ser_live.app.card import card
from ser_live.app.pace import Pace
from ser_live.app.stopwatch import Stopwatch
from ser_live.app.watchdog import Watchdog
from ser_live.display.desk import Desk
from ser_live.errors import NonFiniteSampleError, OutputError, SerLiveError, SourceError
from ser_live.interrupts import Interrupted, Interrupts
from ser_live.lanes import Lanes
from ser_live.outputs.base import Sink
from ser_live.pipeline import Dated
from ser_live.session import Session
from ser_live.sources import LoopbackSource, MicrophoneSource, ReconnectingMicrophone, Source
from ser_live.types import Event, FloatArray, Prediction

__all__ = ["Listener"]

_PIECE_SECONDS = 0.08  # of input at a time: the screen moves smoothly
_HELD_SECONDS = 0.05  # between two looks at the keys, while a recording is held
_LONG_PIECE_SECONDS = 0.5  # at the highest speed, where that much takes some milliseconds: Ctrl-C never waits long


class Listener:
    """The loop over a source, which gives its sound and records to every sink.

    A sink that fails is left out from then on. While another one that the user asked for is left, the session goes on
    and the user is told of the loss; with the last one it ends.

    Args:
        source: of the sound.
        lanes: make records of the sound.
        sinks: get the sound and the records, in this order; a recording before the records of its sound.
        session: counts, for the summary and for the screen.
        channels: what was asked to be heard of the source's channels.
        speed: seconds of the source to hear in a second; infinite = as they come.
        duration: seconds of the source after which to end.
        device: compute device that was asked for.
        tell: called with each message for the user.
        interrupts: the signals that end the session.
        watchdog: what ends a computation that does not return, None for nothing.
        alerts: rules of the user's, None for none.
        desk: what the user's keys ask for, None where there are no keys.

    Attributes:
        error: the first thing that went wrong, None if nothing did.
        reported: whether the user has been told of it already.
    """

    def __init__(
        self,
        source: Source,
        lanes: Lanes,
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
        alerts: Alerts | None = None,
        desk: Desk | None = None,
    ) -> None:
        self.error: SerLiveError | None = None
        self.reported = False
        self._source = source
        self._lanes = lanes
        self._sinks = list(sinks)
        self._session = session
        self._channels = channels
        self._limit = max(1, round(min(duration * source.sample_rate, sys.maxsize)))  # frames
        self._device = device
        self._tell = tell
        self._interrupts = interrupts or Interrupts()
        self._watchdog = watchdog
        self._alerts = alerts
        self._desk = desk
        self._pace = Pace(speed)
        self._piece_seconds = _LONG_PIECE_SECONDS if math.isinf(speed) else _PIECE_SECONDS
        self._stopwatch = Stopwatch()
        self._ended = "end"
        self._began = time.monotonic()
        self._computing: FloatArray | None = None  # the piece that is being worked on
        self._events: Counter[str] = Counter()  # that were given an id here
        self._failed = False  # to compute: the pipeline is not asked again
        self._frames = 0  # of input heard
        self._accounted = 0  # of them, those that the session has followed
        self._peaks = [0.0] * len(lanes.names)  # since then
        self._waiting: deque[tuple[float, Prediction | Event, float]] = deque()  # for the session to come to them
        self._speech = dict.fromkeys(lanes.names, 0.0)  # seconds of speech in the utterances that are over, a lane

    def listen(self) -> dict[str, Any]:
        """Listen to the source until its end, sum up and close the sinks.

        Returns:
            the fields of the summary; what went wrong is in `error`.
        """
        with self._noting_the_end():
            self.begin()
            self._hear_all()
        return self.finish()

    def begin(self) -> None:
        """Open the sinks. Who has no source to listen to calls this, then `hear` for every block, then `finish`."""
        fields = self._opening()
        self._each(lambda sink: sink.open(fields))
        if (notice := self._lanes.classifier.notice) is not None:
            self._report(Event(kind="device", start=0.0, fields={"message": notice}))

    def hear(self, block: FloatArray) -> bool:
        """Hear a block, `(frames, channels)`, and return whether the session goes on after it."""
        before = self.error
        with self._noting_the_end():
            self._hear(block)
        return self.error is before and self._ended == "end"

    def finish(self) -> dict[str, Any]:
        """Give the last records, sum up and close the sinks; return the fields of the summary."""
        self._settle()
        if self._desk is not None:
            self._desk.paused = False
            with self._noting_the_end():
                self._report_all(self._desk.due())
        records: list[Dated] = []
        with self._noting_the_end():
            if not self._failed:
                records = self._compute(self._lanes.flush)
        for _, record in records:
            with self._noting_the_end():
                self._report(record)
        if not self._failed:
            for lane in self._session.lanes:
                lane.speech_seconds = self._speech[lane.name]
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
        self._settle()
        elapsed = self._session.elapsed
        summary = {
            **self._session.summary(self._lanes.call_sheet(elapsed)),
            "waveform": self._lanes.waveform(),
            "ended": self._ended,
            "error": None if self.error is None else str(self.error),
            "real_time_factor": round(self._stopwatch.seconds / elapsed, 5) if elapsed else None,
            "wall_seconds": round(time.monotonic() - self._began, 3),
        }
        drift = self._source.drift if isinstance(self._source, (MicrophoneSource, ReconnectingMicrophone)) else None
        if drift is not None and drift.ppm is not None:
            summary["clock_drift_ppm"] = round(drift.ppm, 1)
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
                self._hear(self._unless_paused(item[at : at + size][: self._limit - self._frames]))
                if self._frames == self._limit:
                    self._ended = "duration"
                    return

    def _unless_paused(self, piece: FloatArray) -> FloatArray:
        """Do what the keys ask for, and return what is to be heard: while they pause, silence, or later the same."""
        desk = self._desk
        if desk is None:
            return piece
        self._report_all(desk.due())
        if self._source.live:
            return np.zeros_like(piece) if desk.paused else piece
        while desk.paused and not self._interrupts.signal:
            time.sleep(_HELD_SECONDS)
            self._report_all(desk.due())
            self._each(lambda sink: sink.hear(piece[:0]))  # the screen goes on
        return piece

    def _report_all(self, events: Sequence[Event]) -> None:
        for event in events:
            self._report(event)

    def _hear(self, piece: FloatArray) -> None:
        """Hear a piece of input, `(frames, channels)`."""
        rate = self._source.sample_rate
        self._pace.wait((self._frames + len(piece)) / rate, self._interrupts)
        records: list[Dated] = []
        self._computing = piece
        try:
            records = self._compute(lambda: self._lanes.feed(piece))
        except NonFiniteSampleError as error:
            if error.index:
                self._hear(piece[: error.index])
            raise
        except (SerLiveError, MemoryError):  # what could not be computed was heard all the same
            self._each(lambda sink: sink.hear(piece))
            raise
        finally:
            self._computing = None
        self._account(len(piece), records)
        try:
            self._each(lambda sink: sink.hear(piece))
        finally:  # the records of what is recorded are not lost with the last recording
            for _, record in records:
                self._pass_on(record)

    def _account(self, frames: int, records: Sequence[Dated]) -> None:
        """Let the session follow what was heard, in steps that do not depend on how it was cut."""
        self._frames += frames
        self._peaks = [max(pair) for pair in zip(self._peaks, self._lanes.peaks, strict=True)]
        self._waiting.extend((at, record, self._stopwatch.charge) for at, record in records)
        rate = self._source.sample_rate
        size, step = (max(1, round(seconds * rate)) for seconds in (_LONG_PIECE_SECONDS, _PIECE_SECONDS))
        while True:
            begin, within = divmod(self._accounted, size)
            due = begin * size + min(size, (within // step + 1) * step)
            if due > self._frames:
                return
            self._follow(due)

    def _settle(self) -> None:
        """Let the session follow to the end of what was heard."""
        if self._accounted < self._frames:
            self._follow(self._frames)
        while self._waiting:
            _, record, charge = self._waiting.popleft()
            self._session.take(record, charge)

    def _follow(self, frames: int) -> None:
        """Let the session follow to that frame, which the latest block holds."""
        rate, lanes = self._source.sample_rate, self._lanes
        heard, self._accounted = frames - self._accounted, frames
        now = frames / rate
        flags = lanes.speaking_at(now)
        for lane, peak, speaks, speech in zip(
            self._session.lanes, self._peaks, flags, lanes.speech_seconds, strict=True
        ):
            lane.hear(peak, heard / rate, speaking=speaks, speech_seconds=speech)
        if frames == self._frames:
            self._peaks = [0.0] * len(self._peaks)
        while self._waiting and self._waiting[0][0] <= now:
            _, record, charge = self._waiting.popleft()
            self._session.take(record, charge)

    def _compute(self, work: Callable[[], list[Dated]]) -> list[Dated]:
        """Do the pipeline's work, timed and watched."""
        try:
            with self._watchdog.watching("window") if self._watchdog is not None else nullcontext():
                return self._stopwatch.time(work, speaking=any(self._lanes.speaking))
        except NonFiniteSampleError:
            raise
        except (SerLiveError, MemoryError):
            self._failed = True
            raise

    def _report(self, record: Prediction | Event) -> None:
        """Give a record to the session, the sinks and, where it is a message, the user."""
        if isinstance(record, Event) and record.id is None:  # of the source, or of this loop
            self._events[record.kind] += 1
            record = replace(record, id=f"{record.kind}-{self._events[record.kind]}")
        self._session.take(record, self._stopwatch.charge)
        self._pass_on(record)

    def _pass_on(self, record: Prediction | Event) -> None:
        """Give a record to the sinks and, where it is a message, to the user."""
        if isinstance(record, Event):
            if record.kind == "speech" and record.end is not None:
                self._speech[record.lane] += record.fields["speech_seconds"]
            if "message" in record.fields:
                self._tell(str(record.fields["message"]))
        self._each(lambda sink: sink.take(record))
        for alert in self._alerts.take(record) if self._alerts is not None else ():
            self._session.take(alert)
            self._pass_on(alert)

    def _each(self, do: Callable[[Sink], None]) -> None:
        """Call `do` with every sink; leave out those that fail.

        Raises:
            OutputError, BrokenPipeError: of the last sink that the user asked for.
        """
        lost: list[tuple[Sink, BrokenPipeError | OutputError]] = []
        for sink in list(self._sinks):
            try:
                do(sink)
            except (BrokenPipeError, OutputError) as failure:
                self._sinks.remove(sink)
                lost.append((sink, failure))
        # only now: the report goes to the other sinks, which must have been opened, and had the record, before it
        for number, (sink, reason) in enumerate(lost, 1):
            self._lose(sink, reason, further=number < len(lost))

    def _lose(self, sink: Sink, failure: BrokenPipeError | OutputError, *, further: bool) -> None:
        """Report the loss of a sink; raise its failure if no other sink is left that the user asked for, nor lost."""
        left = further or any(other.needed for other in self._sinks) or (not sink.needed and bool(self._sinks))
        if not left:
            raise failure
        message = f"{sink.name} was closed by its reader"
        if isinstance(failure, OutputError):
            message = str(failure)
            self.error, self.reported = self.error or failure, True
        now = round(self._session.elapsed, 6)
        self._report(Event(kind="device", start=now, end=now, fields={"message": f"{message}; the session goes on"}))

    def _refuse_zeros(self) -> None:
        """Raise `SourceError` if a microphone gave only zeros; what the computer plays may be silent."""
        if isinstance(self._source, LoopbackSource):
            return
        if self._source.live and self._frames and not self._session.loudest:
            raise SourceError(
                f"the microphone {self._source.name!r} delivered nothing but zeros: give this program permission "
                "to use it, unmute it, or choose another one with --input-device"
            )

    def _opening(self) -> dict[str, Any]:
        """Return the fields of the session record."""
        source, lanes = self._source, self._lanes
        classifier = lanes.classifier
        return {
            "version": __version__,
            "model": {
                "name": classifier.path.name,
                "sha256": classifier.sha256,
                "labels": list(classifier.labels),
                "window_seconds": classifier.contract.input.window_seconds,
                **card(classifier.contract),
            },
            "source": source.name,
            "sample_rate": source.sample_rate,
            "device": {"asked": self._device, "got": classifier.device},
            "step": lanes.settings.step,
            "started": datetime.now().astimezone().isoformat(timespec="milliseconds"),
            "channels": {"source": source.channels, "heard": self._channels},
            "seconds": self._session.total,
            "live": source.live,
            **({"loopback": True} if isinstance(source, LoopbackSource) else {}),
            "settings": asdict(lanes.settings),
            "lag_seconds": lanes.lag_seconds,
            **_several(lanes),
        }


def _several(lanes: Lanes) -> dict[str, Any]:
    """Return the session's `lanes`, where there are several."""
    if len(lanes.names) == 1:
        return {}
    return {"lanes": [{"name": name, "channel": channel} for channel, name in enumerate(lanes.names, 1)]}
