"""All examinations in order, each finding as soon as it is known."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ser_live.check.device import TimedMicrophone, no_device, portaudio, timing
from ser_live.check.machine import card_finding, disk_finding, model_finding, run_model, speed_finding
from ser_live.check.meter import Meter
from ser_live.check.report import Finding, unmeasured
from ser_live.check.verdicts import OF_SOUND, sound_findings, timing_finding, zeros_finding
from ser_live.classifier import Device
from ser_live.errors import ModelError, SourceError
from ser_live.interrupts import Interrupts
from ser_live.resample import resample
from ser_live.sources import InputDevice, Source, list_devices, open_source
from ser_live.sources.devices import find_device
from ser_live.types import FloatArray
from ser_live.vad import SpeechDetector

__all__ = ["FILE_SECONDS", "LIVE_SECONDS", "Request", "examine"]

LIVE_SECONDS: Final = 7.0
"""Of listening: the whole takes ten."""
FILE_SECONDS: Final = 60.0
"""Of a recording that are measured."""
_USUAL_RATE, _USUAL_CHANNELS = 48_000, 2  # of what --record would write, where no device is there to say


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to examine.

    Attributes:
        file: a recording in place of the microphone.
        input_device: microphone by name part or index; None = the system's default.
        device: compute device.
        model: path of a model; None = the shipped one.
        seconds: to listen; None = as long as is usual.
    """

    file: str | None = None
    input_device: str | None = None
    device: Device = "auto"
    model: Path | None = None
    seconds: float | None = None


def examine(request: Request, meter: Meter, interrupts: Interrupts) -> Iterator[Finding]:
    """Examine microphone or recording, model and machine.

    Args:
        request: what to examine.
        meter: shows the level while somebody speaks.
        interrupts: Ctrl-C ends the listening.

    Yields:
        a finding for each examination, in the order of `NAMES`; where one fails, those that depend on it are left out.

    Raises:
        Interrupted: when a signal comes while it listens.
    """
    rate, channels = _USUAL_RATE, _USUAL_CHANNELS
    if request.file is not None:
        yield from _recording(request.file, request.seconds or FILE_SECONDS, interrupts)
    else:
        opened = yield from _microphone(request, meter, interrupts)
        rate, channels = opened or (rate, channels)
    try:
        run = run_model(request.model, request.device)
    except ModelError as error:
        yield Finding(name="model", light="red", text=str(error))
    else:
        yield model_finding(run)
        yield card_finding(run)
        yield speed_finding(run)
    yield disk_finding(rate, channels)


def _microphone(
    request: Request, meter: Meter, interrupts: Interrupts
) -> Generator[Finding, None, tuple[int, int] | None]:
    """Yield what there is to say of the microphone; return its rate and channels, None where it cannot be opened."""
    try:
        yield portaudio()
    except SourceError as error:
        yield Finding(name="portaudio", light="red", text=str(error))
        return None
    try:
        chosen = find_device(list_devices(), request.input_device)
        microphone = TimedMicrophone(chosen.index)
    except SourceError as error:
        yield Finding(name="device", light="red", text=no_device(str(error)))
        return None
    with closing(microphone):
        seconds = request.seconds or LIVE_SECONDS
        try:
            microphone.start()
            with meter.listening(seconds), interrupts.awaiting():
                blocks = list(_blocks(microphone, seconds, meter))
        except SourceError as error:
            yield Finding(name="device", light="red", text=str(error))
            return None
        yield _device(chosen, microphone)
    yield timing_finding(timing(microphone.arrivals, microphone.sample_rate, microphone.lost))
    yield from _sound(np.concatenate(blocks), microphone.sample_rate, live=True)
    return microphone.sample_rate, microphone.channels


def _device(chosen: InputDevice, microphone: TimedMicrophone) -> Finding:
    opened = f"{microphone.sample_rate} Hz, {microphone.channels} channel{'s' if microphone.channels > 1 else ''}"
    native = ""
    if (chosen.sample_rate, chosen.channels) != (microphone.sample_rate, microphone.channels):
        native = f" (of its {chosen.sample_rate} Hz, {chosen.channels} channels)"
    values = {
        "index": chosen.index,
        "name": chosen.name,
        "host_api": chosen.host_api,
        "is_default": chosen.is_default,
        "native_rate_hz": chosen.sample_rate,
        "native_channels": chosen.channels,
        "rate_hz": microphone.sample_rate,
        "channels": microphone.channels,
    }
    return Finding(name="device", light="green", text=f"{chosen}, {opened}{native}", values=values)


def _recording(file: str, seconds: float, interrupts: Interrupts) -> Iterator[Finding]:
    try:
        with interrupts.awaiting(), closing(open_source(file)) as source:
            blocks = list(_blocks(source, seconds, Meter()))
    except SourceError as error:
        yield Finding(name="file", light="red", text=str(error))
        return
    heard = sum(map(len, blocks)) / source.sample_rate
    text = f"{source.name}, {source.sample_rate} Hz, {source.channels} channel{'s' if source.channels > 1 else ''}"
    if source.total is not None and source.total > heard + 1:
        text += f"; the first {heard:.0f} s of {source.total:.0f} s"
    values = {
        "name": source.name,
        "rate_hz": source.sample_rate,
        "channels": source.channels,
        "seconds": None if source.total is None else round(source.total, 3),
        "examined_seconds": round(heard, 3),
    }
    yield Finding(name="file", light="green", text=text, values=values)
    yield from _sound(np.concatenate(blocks), source.sample_rate, live=False)


def _blocks(source: Source, seconds: float, meter: Meter) -> Iterator[FloatArray]:
    """Yield at most so many seconds of a source, and at least one block."""
    left = max(1, round(seconds * source.sample_rate))
    for block in source.blocks():
        if not isinstance(block, np.ndarray):
            continue  # an event: what it tells is measured here
        yield block[:left]
        left -= len(block)
        meter.hear(block, max(0.0, left / source.sample_rate))
        if left <= 0:
            return


def _sound(samples: FloatArray, rate: int, *, live: bool) -> Iterator[Finding]:
    zeros = zeros_finding(samples, len(samples) / rate, live=live)
    yield zeros
    if zeros.light in ("grey", "red"):
        yield from (unmeasured(name, "there is no sound") for name in OF_SOUND)
        return
    yield from sound_findings(samples, rate, _speech(samples, rate), live=live)


def _speech(samples: FloatArray, rate: int) -> NDArray[np.bool_]:
    """Return which cells of 10 ms the program itself would call speech, in the loudest channel."""
    loudest = samples[:, int(np.square(samples).sum(axis=0).argmax())]
    detector = SpeechDetector()
    return np.concatenate([detector.feed(resample(loudest, rate)), detector.flush()])
