"""Put the program together: source, pipeline, screen, outputs and recording for what the command line asks."""

from __future__ import annotations

import math
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TextIO, cast

from ser_live.alerts import Alerts, parse_rule
from ser_live.app.listener import Listener
from ser_live.app.messages import Format, teller
from ser_live.app.paths import refuse_taken
from ser_live.app.watchdog import LIMIT_SECONDS, Watchdog, end_loading, load_seconds
from ser_live.classifier import Classifier, Device
from ser_live.config import Settings
from ser_live.display import Desk, Screen, TerminalConsole, summary_lines
from ser_live.errors import ModelError, OutputError, SourceError
from ser_live.interrupts import Interrupted, Interrupts
from ser_live.lanes import Lanes, lanes_of
from ser_live.outputs.base import Sink
from ser_live.outputs.by_ending import Contents, open_output
from ser_live.outputs.files import OutputFile, may_block, refuse_doubles
from ser_live.outputs.hook import Hook
from ser_live.outputs.jsonl import JsonLines
from ser_live.outputs.lines import LineFile, complain, silence_libraries
from ser_live.outputs.patient import PatientFile, PatientText
from ser_live.outputs.plain import PlainLines
from ser_live.outputs.recording import Recorder
from ser_live.outputs.standard import open_standard_output, say
from ser_live.session import LaneState, Session
from ser_live.sources import (
    LOOPBACK,
    LoopbackSource,
    MicrophoneSource,
    ReconnectingMicrophone,
    Source,
    channel_number,
    open_source,
    parse_raw,
)

__all__ = ["Device", "Format", "Options", "run"]


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the command line asks for.

    Attributes:
        file: path of a recording, `-` for a WAV stream on standard input, None for the microphone.
        raw: rate, channels and encoding of a file or pipe without a header, as `--raw` takes them; None = it has one.
        track: number of the file's audio track, from 1; None = its default one.
        input_device: microphone by name part or index, or `loopback` for what the computer plays; None = the default.
        reconnect: wait for a microphone that vanishes.
        device: compute device.
        model: path of a model; None = the shipped one.
        settings: of the pipeline.
        channels: `mix`, `left`, `right`, a number, or `split` for a lane a channel.
        lane_names: of the lanes, in the order of their channels.
        speed: seconds of a recording to play in a second; infinite = as fast as it can.
        format: of standard output.
        out: files to write, in the formats that their endings ask for.
        contents: what the files hold.
        record: WAV file to write.
        overwrite: replace files that hold something.
        duration: seconds of input after which to end.
        alerts: rules, see `ser_live.alerts`.
        on_event: a program to run for every event, None for none.
        mqtt: URL of a broker to tell, None for none.
        osc: `HOST:PORT` to send OSC messages to, None for none.
    """

    file: str | None = None
    raw: str | None = None
    track: int | None = None
    input_device: str | int | None = None
    reconnect: bool = False
    device: Device = "auto"
    model: Path | None = None
    settings: Settings = field(default_factory=Settings)
    channels: str = "mix"
    lane_names: Sequence[str] = ()
    speed: float = math.inf
    format: Format = "plain"
    out: Sequence[Path] = ()
    contents: Contents = field(default_factory=Contents)
    record: Path | None = None
    overwrite: bool = False
    duration: float = math.inf
    alerts: Sequence[str] = ()
    on_event: str | None = None
    mqtt: str | None = None
    osc: str | None = None


def run(options: Options) -> int:
    """Listen until the input ends, the duration is over or a signal comes.

    Returns:
        the exit code: 0, also after the key q, or 128 and the number of the signal (Ctrl-C: 130).

    Raises:
        SerLiveError: for what cannot be read, run or written, after everything is summed up and closed.
    """
    _check_paths(options)
    deferred: list[str] = []  # until the screen closes
    with Interrupts() as interrupts, Watchdog(end_loading) as watchdog, ExitStack() as stack:
        stack.enter_context(silence_libraries())
        try:
            with interrupts.awaiting():  # a pipe may say nothing
                source = stack.enter_context(closing(_open(options)))
        except Interrupted:
            return 128 + interrupts.signal
        voices = lanes_of(options.channels, options.lane_names, source.channels)
        with watchdog.watching("load", load_seconds(options.device)):
            lanes = Lanes(
                voices,
                Classifier(options.model, options.device),
                channels=source.channels,
                sample_rate=source.sample_rate,
                **asdict(options.settings),
            )
        session = _session(options, source, lanes)
        rules = [parse_rule(text, lanes.classifier.labels, lanes.names) for text in options.alerts]
        tell = teller(options.format, deferred)
        listeners = _listeners(options, tell)
        try:
            with interrupts.awaiting():  # a named pipe may have no reader
                sinks = _sinks(options, source, interrupts, stack)
        except Interrupted:
            return 128 + interrupts.signal
        with ExitStack() as while_it_shows:
            sinks += listeners
            desk = None
            if options.format == "tui":
                desk = Desk(session, live=source.live, quit=interrupts.quit)
                sinks.append(_screen(session, desk, interrupts, while_it_shows))
            listener = Listener(
                source,
                lanes,
                sinks,
                session,
                channels=options.channels,
                speed=options.speed,
                duration=options.duration,
                device=options.device,
                tell=tell,
                alerts=Alerts(rules, lanes.names) if rules else None,
                desk=desk,
                interrupts=interrupts,
                watchdog=watchdog,
            )
            watchdog.progress = lambda: lanes.classifier.windows
            watchdog.end = _ending(listener, while_it_shows, options, interrupts, deferred)
            summary = listener.listen()
        if options.format == "tui":
            say(summary_lines(summary), interrupts)
        for message in deferred:
            complain(message)
    if listener.error is not None and not listener.reported:
        raise listener.error
    if listener.error is not None:
        return 1
    return 128 + interrupts.signal if interrupts.signal and not interrupts.asked else 0


def _ending(
    listener: Listener, while_it_shows: ExitStack, options: Options, interrupts: Interrupts, deferred: list[str]
) -> Callable[[str, int], None]:
    """Return what ends the program in the middle of a window: records and recording are closed, the screen is left."""

    def end(what: str, number: int) -> None:
        try:
            error = ModelError(
                f"the model took over {LIMIT_SECONDS:.0f} s for a window: it hangs or is too slow, use another one"
            )
            interrupts.signal = number or signal.SIGTERM  # so that no output is waited for
            summary = listener.abandon(None if number else error)
            while_it_shows.close()
            if options.format == "tui":
                say(summary_lines(summary), interrupts)
            for message in [*deferred, *([] if number else [str(error)])]:
                complain(message)
        finally:
            os._exit(128 + number if number else 1)

    return end


def _session(options: Options, source: Source, lanes: Lanes) -> Session:
    total = min(math.inf if source.total is None else source.total, options.duration)
    return Session(
        source=source.name,
        model=lanes.classifier.path.name,
        device=lanes.classifier.device,
        labels=lanes.classifier.labels,
        total=None if math.isinf(total) else total,
        lanes=tuple(LaneState(name=name) for name in lanes.names),
    )


def _sinks(options: Options, source: Source, interrupts: Interrupts, stack: ExitStack) -> list[Sink]:
    """Open the outputs, and replace no old file before all are open; the stack closes them."""
    sinks: list[Sink] = []
    files: list[OutputFile] = []
    if options.record is not None:
        recorder = Recorder(options.record, source.sample_rate, source.channels, overwrite=options.overwrite)
        files.append(stack.enter_context(recorder).file)
        sinks.append(recorder)
    for path in options.out:
        output = open_output(path, overwrite=options.overwrite, contents=options.contents)
        files.append(stack.enter_context(closing(output.file)))
        _make_patient(output.lines, output.file, source, interrupts, stack)
        sinks.append(output.sink)
    refuse_doubles(files)
    if options.format == "tui":
        return sinks
    standard = open_standard_output(interrupts, live=source.live)
    stack.callback(_close, standard)
    return [*sinks, JsonLines(standard) if options.format == "jsonl" else PlainLines(standard, summary_lines)]


def _listeners(options: Options, tell: Callable[[str], object]) -> list[Sink]:
    """Return those that act on what is heard."""
    sinks: list[Sink] = []
    if options.on_event is not None:
        sinks.append(Hook(options.on_event, tell))
    if options.mqtt is not None:
        from ser_live.outputs.mqtt import Mqtt

        sinks.append(Mqtt(options.mqtt, tell))
    if options.osc is not None:
        from ser_live.outputs.osc import Osc

        sinks.append(Osc(options.osc))
    return sinks


def _make_patient(lines: LineFile, file: OutputFile, source: Source, interrupts: Interrupts, stack: ExitStack) -> None:
    """Put a named pipe or a terminal behind a thread that waits for its reader; a file needs none."""
    if may_block(file.fileno()):
        with suppress(RuntimeError):  # no thread may be started: then what writes waits
            lines.raw = PatientFile(file, interrupts, live=source.live)
            stack.callback(_close, lines)


def _screen(session: Session, desk: Desk, interrupts: Interrupts, stack: ExitStack) -> Screen:
    """Return the entered screen; a thread waits for the terminal where that is stopped (Ctrl-S)."""
    # a picture waits for the one before it: nothing piles up, and what restores the terminal never waits
    standard = open_standard_output(interrupts, live=True)
    stack.callback(_close, standard)
    if not isinstance(standard.raw, PatientFile):
        return stack.enter_context(Screen(session, desk=desk))
    terminal = PatientText(standard.raw, sys.stdout)
    console = TerminalConsole(cast(TextIO, terminal))
    return stack.enter_context(Screen(session, console, busy=lambda: terminal.busy, desk=desk))


def _close(file: LineFile) -> None:
    """Close what a sink has not closed: it has failed already, or was never used."""
    with suppress(OutputError, BrokenPipeError):
        file.close()


def _open(options: Options) -> Source:
    if options.file is not None:
        raw = None if options.raw is None else parse_raw(options.raw)
        return open_source(options.file, track=options.track, raw=raw)
    if options.input_device == LOOPBACK:
        return LoopbackSource()
    # more than two are opened when asked for
    channels = channel_number(options.channels) or max(2, len(options.lane_names))
    microphone = MicrophoneSource(options.input_device, channels=channels)
    try:
        microphone.start()  # before anything that is written is touched: a device may open and then not start
    except SourceError:
        microphone.close()
        raise
    return ReconnectingMicrophone(microphone) if options.reconnect else microphone


def _check_paths(options: Options) -> None:
    """Refuse outputs that are the input or the model, and two outputs that are one file."""
    refuse_taken(
        [path for path in (options.file, options.model) if path is not None],
        [*options.out, *([options.record] if options.record is not None else [])],
        screen=options.format == "tui",
    )
