"""Put the program together: source, pipeline, screen, outputs and recording for what the command line asks."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, TextIO

from ser_live.app.listener import Listener
from ser_live.config import Settings
from ser_live.display import Screen, summary_lines
from ser_live.errors import SettingsError
from ser_live.interrupts import Interrupted, Interrupts
from ser_live.outputs.lines import complain, open_file, open_standard_output, say, silence_libraries
from ser_live.outputs.recording import Recorder
from ser_live.outputs.records import JsonLines, Output, Outputs, PlainLines
from ser_live.pipeline import EmotionPipeline
from ser_live.sources import NO_MICROPHONE, MicrophoneSource, Source, check_channels, list_devices, open_source

__all__ = ["Device", "Format", "Options", "device_lines", "model_lines", "run"]

Format = Literal["tui", "plain", "jsonl"]
Device = Literal["auto", "cpu", "cuda"]


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the command line asks for.

    Attributes:
        file: path of a recording, `-` for a WAV stream on standard input, None for the microphone.
        input_device: microphone by name part or index; None = the system's default.
        device: compute device.
        model: path of a model; None = the shipped one.
        settings: of the pipeline.
        channels: `mix`, `left`, `right` or a number.
        speed: seconds of a recording to play in a second; infinite = as fast as it can.
        format: of standard output.
        out: JSONL files to write.
        record: WAV file to write.
        duration: seconds of input after which to end.
    """

    file: str | None = None
    input_device: str | int | None = None
    device: Device = "auto"
    model: Path | None = None
    settings: Settings = field(default_factory=Settings)
    channels: str = "mix"
    speed: float = math.inf
    format: Format = "plain"
    out: Sequence[Path] = ()
    record: Path | None = None
    duration: float = math.inf


def run(options: Options) -> int:
    """Listen until the input ends, the duration is over or a signal comes.

    Returns:
        the exit code: 0, or 128 and the number of the signal (Ctrl-C: 130).

    Raises:
        SerLiveError: for what cannot be read, run or written, after everything is summed up and closed.
    """
    _check_paths(options)
    unsaid: list[str] = []  # until the screen closes
    with Interrupts() as interrupts, ExitStack() as stack:
        if options.file is None:
            stack.enter_context(silence_libraries())
        try:
            with interrupts.awaiting():  # a pipe may say nothing
                source = stack.enter_context(closing(_open(options)))
        except Interrupted:
            return 128 + interrupts.signal
        check_channels(options.channels, source.channels)
        pipeline = EmotionPipeline(
            options.model, sample_rate=source.sample_rate, device=options.device, **asdict(options.settings)
        )
        recorder = None
        if options.record is not None:
            recorder = stack.enter_context(Recorder(options.record, source.sample_rate, source.channels))
        outputs: list[Output] = [JsonLines(stack.enter_context(closing(open_file(path)))) for path in options.out]
        standard = stack.enter_context(closing(open_standard_output()))
        if options.format == "jsonl":
            outputs.append(JsonLines(standard))
        elif options.format == "plain":
            outputs.append(PlainLines(standard, summary_lines))
        view: AbstractContextManager[Screen | None] = Screen() if options.format == "tui" else nullcontext()
        with view as screen:
            listener = Listener(
                source,
                pipeline,
                Outputs(outputs),
                recorder=recorder,
                screen=screen,
                channels=options.channels,
                speed=options.speed,
                duration=options.duration,
                device=options.device,
                tell=_teller(options.format, unsaid),
                interrupts=interrupts,
            )
            summary = listener.listen()
        if screen is not None:
            say(summary_lines(summary))
        for message in unsaid:
            complain(message)
    if listener.error is not None:
        raise listener.error
    return 128 + interrupts.signal if interrupts.signal else 0


def _open(options: Options) -> Source:
    if options.file is not None:
        return open_source(options.file)
    channels = int(options.channels) if options.channels.isdecimal() else 2  # more are opened when asked for
    return MicrophoneSource(options.input_device, channels=channels)


def _check_paths(options: Options) -> None:
    """Nothing that is written may be what is read, or be written twice."""
    taken = [Path(path) for path in (options.file, options.model) if path is not None and path != "-"]
    for path in [*options.out, *([options.record] if options.record is not None else [])]:
        if any(_same(path, other) for other in taken):
            raise SettingsError(f"{path} would be overwritten while it is in use: write to another path")
        taken.append(path)


def _same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:  # one of them is not there yet
        return os.path.realpath(path) == os.path.realpath(other)


def _teller(kind: Format, unsaid: list[str]) -> Callable[[str], object]:
    """Where messages go: to standard error, with the screen afterwards, and not twice to one terminal."""
    if kind != "jsonl" and _is_terminal(sys.stdout) and _is_terminal(sys.stderr):
        return lambda message: None  # plain lines and the screen's summary tell it
    return unsaid.append if kind == "tui" else complain


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


def device_lines() -> list[str]:
    """List the microphones as a table for a person.

    Raises:
        SourceError: without PortAudio.
    """
    with silence_libraries():
        devices = list_devices()
    if not devices:
        return [NO_MICROPHONE]
    rows = [("", "index", "name", "channels", "rate", "system")]
    for one in devices:
        mark = "*" if one.is_default else ""
        rows.append((mark, str(one.index), one.name, str(one.channels), str(one.sample_rate), one.host_api))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return [*table, "* = the default; choose another one with --input-device"]


def model_lines(path: Path | None = None, device: Device = "auto") -> list[str]:
    """Say what a model carries, as lines for a person.

    Raises:
        ModelError: for a model that cannot be run.
    """
    classifier = EmotionPipeline(path, device=device).classifier
    contract = classifier.contract
    of_input = {
        "window": f"{contract.window_seconds:g} s of speech at {contract.sample_rate} Hz",
        "preprocessing": list(contract.preprocessing),
        "features": str(contract.features),
    }
    if contract.range_db is not None:
        of_input["dynamic range"] = f"{contract.range_db:g} dB"
    lines = {
        "model": str(classifier.path),
        "sha256": classifier.sha256,
        "device": classifier.device,
        "labels": list(contract.labels),
        "input": of_input,
        "temperature": contract.temperature,
        "abstention": contract.abstention,
        "training": contract.training,
        "scores": contract.scores,
    }
    return list(_tree(lines))


def _tree(value: Any, indent: str = "") -> Iterator[str]:
    """Lines of nested fields; a list of plain values stays in one line."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            if _is_flat(item):
                yield f"{indent}{name}: {' '.join(map(str, item)) if isinstance(item, (list, tuple)) else item}"
            else:
                yield f"{indent}{name}:"
                yield from _tree(item, indent + "  ")
    elif isinstance(value, (list, tuple)):
        for item in value:
            first, *others = _tree(item, indent + "  ") if item else [""]
            yield f"{indent}- {first.lstrip()}"
            yield from others
    else:
        yield f"{indent}{value}"


def _is_flat(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return not any(isinstance(item, (Mapping, list, tuple)) for item in value)
    return not isinstance(value, Mapping)
