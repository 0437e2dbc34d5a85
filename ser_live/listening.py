"""The live program without its screen: records to a function, or to an `async for`."""

from __future__ import annotations

import asyncio
import math
import os
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import closing
from typing import Any, Final

from ser_live.app.listener import Listener
from ser_live.arguments import check_path, choice_of_channels, names_of_lanes
from ser_live.classifier import Classifier, Device
from ser_live.errors import SerLiveError, SettingsError
from ser_live.interrupts import Interrupts
from ser_live.lanes import Lanes, lanes_of
from ser_live.outputs.base import Sink
from ser_live.session import LaneState, Session
from ser_live.sources import FileSource, MicrophoneSource, Source, channel_number
from ser_live.types import Event, FloatArray, Prediction

__all__ = ["listen", "stream"]

Record = Prediction | Event

_MOST: Final = 1000
"""Records of a recording that wait for a slow `async for`; the recording then waits with them."""
_POLL_SECONDS: Final = 0.1


def listen(
    on_record: Callable[[Record], object],
    path: str | os.PathLike[str] | None = None,
    *,
    input_device: str | int | None = None,
    model: str | os.PathLike[str] | Classifier | None = None,
    device: Device = "auto",
    channels: str | int = "mix",
    lane_names: Sequence[str] | None = (),
    speed: float = math.inf,
    duration: float = math.inf,
    stop: threading.Event | None = None,
    **settings: Any,
) -> dict[str, Any]:
    """Listen to a microphone or a recording, and call a function with each prediction and event as it becomes known.

    Args:
        on_record: called in this thread; while it runs nothing is heard, and a microphone's sound waits for some
            seconds before it is lost. What it raises ends the session and comes out of here.
        path: of a recording; None for a microphone.
        input_device: microphone by a part of its name or by its index, None for the system's default.
        model: path of a model, or a `Classifier` to share; the shipped model by default.
        device: `auto`, `cpu` or `cuda`; not used with a `Classifier`.
        channels: `mix`, `left`, `right` or the number of a channel, from 1; `split` for a lane a channel.
        lane_names: of those lanes, in the order of their channels.
        speed: seconds of a recording in a second; infinite = as fast as it can.
        duration: seconds of the source after which to end.
        stop: when it is set, from any thread, the session ends within half a second of the sound.
        settings: fields of `ser_live.config.Settings`, e.g. `step=0.5`.

    Returns:
        the fields of the summary, as in the last JSON line.

    Raises:
        SourceError, SettingsError, ModelError: as `ser_live.analyze`, also after records have come.

    Example:
        >>> from pathlib import Path
        >>> call = Path(__file__).parent.parent / "examples" / "call.wav"
        >>> listen(lambda record: None, call, duration=2.0)["ended"]
        'duration'
    """
    choice, names = choice_of_channels(channels), names_of_lanes(lane_names)
    classifier = model if isinstance(model, Classifier) else Classifier(model, device)
    interrupts = Interrupts()  # not entered: the signals of the process stay its own
    with closing(_open(path, input_device, choice, names)) as source:
        lanes = Lanes(
            lanes_of(choice, names, source.channels),
            classifier,
            channels=source.channels,
            sample_rate=source.sample_rate,
            **settings,
        )
        session = Session(
            source=source.name,
            model=classifier.path.name,
            device=classifier.device,
            labels=classifier.labels,
            total=source.total,
            lanes=tuple(LaneState(name=name) for name in lanes.names),
        )
        listener = Listener(
            source,
            lanes,
            [_Calling(on_record, stop, interrupts)],
            session,
            channels=choice,
            speed=speed,
            duration=duration,
            device=device,
            interrupts=interrupts,
        )
        summary = listener.listen()
    if listener.error is not None:
        raise listener.error
    return summary


async def stream(path: str | os.PathLike[str] | None = None, **options: Any) -> AsyncIterator[Record]:
    """Yield each prediction and event as it becomes known; the computing is done in a thread of its own.

    Leaving the loop ends the session. A recording waits for a slow loop; a microphone does not.

    Args:
        path: of a recording; None for a microphone.
        options: as `listen` takes them, but for `stop`.

    Raises:
        SerLiveError: as `listen` does.

    Example:
        >>> async def labels(path):
        ...     return [record.label async for record in stream(path) if isinstance(record, Prediction)]
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[Record | BaseException | None] = asyncio.Queue()
    room = threading.Semaphore(_MOST)
    stop = threading.Event()

    def put(item: Record | BaseException | None) -> None:
        while path is not None and not stop.is_set() and not room.acquire(timeout=_POLL_SECONDS):
            pass
        if not loop.is_closed():
            loop.call_soon_threadsafe(queue.put_nowait, item)

    def work() -> None:
        try:
            listen(put, path, stop=stop, **options)
        except BaseException as error:  # it is raised again where the records are read
            put(error)
        else:
            put(None)

    thread = threading.Thread(target=work, daemon=True, name="ser-live stream")
    thread.start()
    try:
        while (item := await queue.get()) is not None:
            room.release()
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stop.set()
        await asyncio.to_thread(thread.join)


class _Calling(Sink):
    """A sink that is a function, and that ends the session when an event is set."""

    name = "the function"

    def __init__(
        self, on_record: Callable[[Record], object], stop: threading.Event | None, interrupts: Interrupts
    ) -> None:
        self._on_record = on_record
        self._stop = stop
        self._interrupts = interrupts

    def hear(self, block: FloatArray) -> None:
        """End the session, if it is to end."""
        if self._stop is not None and self._stop.is_set():
            self._interrupts.quit()

    def take(self, record: Record) -> None:
        """Call the function."""
        self._on_record(record)


def _open(
    path: str | os.PathLike[str] | None, input_device: str | int | None, channels: str, names: Sequence[str]
) -> Source:
    if path is not None:
        if input_device is not None:
            raise SettingsError("a path and an input_device name two inputs: give one of them")
        check_path(path, "a path is a text or a Path")
        return FileSource(path)
    microphone = MicrophoneSource(input_device, channels=channel_number(channels) or max(2, len(names)))
    try:
        microphone.start()
    except SerLiveError:
        microphone.close()
        raise
    return microphone
