"""What the computer plays: calls, films, games."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, Final, Protocol

import numpy as np

from ser_live.errors import SourceError, shortened
from ser_live.sources.child import Child
from ser_live.sources.microphone import BLOCK_SECONDS
from ser_live.types import Event, FloatArray

__all__ = ["LOOPBACK", "LoopbackSource"]

LOOPBACK: Final = "loopback"
"""What `--input-device` calls it."""
_RATE: Final = 48_000
_CHANNELS: Final = 2
_BLOCK: Final = round(BLOCK_SECONDS * _RATE)
_BYTES: Final = 4 * _CHANNELS  # a frame
_PATIENCE_SECONDS: Final = 10.0
_CONSENT: Final = "this session hears what the computer plays: tell the people whose voices these are, and ask them"
_MAC: Final = (
    "macOS lets no program hear what it plays: install BlackHole (https://existential.audio/blackhole), let the sound "
    "go there as well, and give --input-device BlackHole"
)


class _Recorder(Protocol):
    """Something that gives what the computer plays: `name`, and float32 blocks `(frames, channels)`."""

    name: str

    def read(self) -> FloatArray: ...

    def close(self) -> None: ...


class LoopbackSource:
    """What the default loudspeakers play, at 48 kHz with two channels.

    Linux: the monitor of the default sink of PulseAudio or PipeWire, through `parec`. Windows: SoundCard, of the extra
    `[loopback]`. macOS has nothing of the kind. Silence is sound too: nothing that plays is no error.

    Raises:
        SourceError: where it cannot be heard; the sentence says what to install.
    """

    live = True
    total: float | None = None
    sample_rate = _RATE
    channels = _CHANNELS

    def __init__(self, platform: str = sys.platform) -> None:
        if platform == "darwin":
            raise SourceError(_MAC)
        self._closed = False
        self._recorder: _Recorder = SoundCardRecorder() if platform == "win32" else _Parec()
        self.name = f"system sound ({self._recorder.name})"

    def blocks(self) -> Iterator[FloatArray | Event]:
        """Yield the sound until `close`, after a word about the people who are heard.

        Raises:
            SourceError: where the sound server ends.
        """
        yield Event(kind="device", start=0.0, end=0.0, fields={"message": _CONSENT, "loopback": True})
        while not self._closed:
            yield self._recorder.read()

    def close(self) -> None:
        """Release it; may be called twice."""
        self._closed = True
        self._recorder.close()


class _Parec:
    """The monitor of the default sink, through PulseAudio's own recorder, which PipeWire answers too."""

    def __init__(self) -> None:
        program = shutil.which("parec")
        if program is None:
            raise SourceError(
                "what the computer plays is heard through parec, which is not there: install it with "
                "`apt-get install pulseaudio-utils` (or your distribution's package of that name)"
            )
        self._heard = 0.0
        self._left = b""
        self.name = f"monitor of {_default_sink()}"
        form = ["--raw", "--format=float32le", f"--rate={_RATE}", f"--channels={_CHANNELS}"]
        command = [program, "--device=@DEFAULT_MONITOR@", "--client-name=ser-live", "--latency-msec=50", *form]
        try:
            self._child = Child(command, patience=_PATIENCE_SECONDS)
        except OSError as error:
            raise SourceError(f"{program} cannot be started ({error}): install pulseaudio-utils again") from None
        try:
            self._left = self._child.read(_BLOCK * _BYTES)  # whether there is a server shows only now
            if not self._left:
                raise self._ended()
        except BaseException:
            self._child.close()
            raise

    def read(self) -> FloatArray:
        data = self._left
        while len(data) < _BYTES or len(data) % _BYTES:
            part = self._child.read(_BLOCK * _BYTES - len(data) % _BYTES)
            if not part:
                raise self._ended()
            data += part
        self._left = b""
        block: FloatArray = np.frombuffer(data, "<f4").reshape(-1, _CHANNELS).astype(np.float32)
        self._heard += len(block) / _RATE
        return block

    def _ended(self) -> SourceError:
        said = self._child.messages
        reason = f" ({shortened(said[-1])})" if said else ""
        if self._heard:
            return SourceError(
                f"the sound of the system ended after {self._heard:.1f} s{reason}: "
                "see whether its sound server runs, and start again"
            )
        return SourceError(
            f"what the computer plays cannot be heard{reason}: it needs PulseAudio or PipeWire with pipewire-pulse; "
            "see whether `pactl info` answers"
        )

    def close(self) -> None:
        self._child.close()


def _default_sink() -> str:
    """Return the name of the loudspeakers."""
    try:
        done = subprocess.run(
            ["pactl", "get-default-sink"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=2
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return "the loudspeakers"
    return shortened(done.stdout.strip() or "the loudspeakers", 80)


class SoundCardRecorder:
    """The default loudspeakers through SoundCard: WASAPI on Windows."""

    def __init__(self) -> None:
        try:
            import soundcard
        except Exception as error:  # its import asks the sound server
            raise SourceError(
                f"what the computer plays is heard through SoundCard, which does not load ({shortened(error)}): "
                "pip install 'ser-live[loopback]', and see whether sound works at all"
            ) from None
        self._context: Any = None
        try:
            speaker = soundcard.default_speaker()
            self.name = str(speaker.name)
            ids = (speaker.id, f"{speaker.id}.monitor")  # of WASAPI, of PulseAudio
            microphone = next(one for one in soundcard.all_microphones(include_loopback=True) if one.id in ids)
            self._context = microphone.recorder(samplerate=_RATE, channels=_CHANNELS, blocksize=_BLOCK)
            self._recorder = self._context.__enter__()
        except Exception as error:  # of COM, of cffi, of its own: it has no base
            raise SourceError(
                f"what the computer plays cannot be heard ({shortened(repr(error))}): "
                "see whether loudspeakers are connected"
            ) from None

    def read(self) -> FloatArray:
        try:
            block: FloatArray = np.asarray(self._recorder.record(numframes=_BLOCK), np.float32)
        except Exception as error:
            raise SourceError(
                f"the sound of the system ended ({shortened(error)}): see which loudspeakers are chosen, start again"
            ) from None
        return block

    def close(self) -> None:
        context, self._context = self._context, None
        if context is not None:
            context.__exit__(None, None, None)
