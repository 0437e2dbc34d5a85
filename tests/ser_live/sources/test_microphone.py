"""The microphone: against a false PortAudio, and through a real one on a virtual sound card."""

from __future__ import annotations

import atexit
import json
import queue
import signal
import subprocess
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from soundcard import SoundCard
from soundcard import card as card

from ser_live.errors import SourceError
from ser_live.sources import NO_MICROPHONE, InputDevice, MicrophoneSource, list_devices, microphone
from ser_live.sources.devices import find_device
from ser_live.types import Event, FloatArray

# --- a false PortAudio ----------------------------------------------------------------------------------------------


class PortAudioError(Exception):
    pass


class Stream:
    """As `sounddevice.InputStream`; the test is the sound card."""

    def __init__(self, **settings: Any) -> None:
        self.settings = settings
        self.started = self.closed = 0
        self.hangs = False

    def start(self) -> None:
        self.started += 1

    def abort(self) -> None:
        if self.hangs:
            threading.Event().wait(60)

    def close(self) -> None:
        self.closed += 1

    def give(self, block: FloatArray, *, overflow: bool = False) -> None:
        data = block.copy()
        self.settings["callback"](data, len(data), None, types.SimpleNamespace(input_overflow=overflow))
        data[:] = 99  # PortAudio uses its buffer again

    def end(self) -> None:
        self.settings["finished_callback"]()


class PortAudio(types.ModuleType):
    """As `sounddevice`, with the devices that it is given."""

    PortAudioError = PortAudioError

    def __init__(self, devices: Sequence[dict[str, Any]], default: int | None = 1) -> None:
        super().__init__("sounddevice")
        self.devices, self.default = devices, default
        self.accepts: Callable[[int, int], bool] = lambda rate, channels: True
        self.tried: list[tuple[int, int]] = []
        self.at_exit = lambda: None
        self._exit_handler = self.at_exit

    def query_hostapis(self) -> list[dict[str, Any]]:
        return [{"name": "MME"}, {"name": "Windows WASAPI"}]

    def query_devices(self, kind: str | None = None) -> Any:
        if kind is None:
            return self.devices
        if self.default is None:
            raise PortAudioError("Error querying device -1")
        return self.devices[self.default]

    def InputStream(self, **settings: Any) -> Stream:  # noqa: N802
        self.tried.append((settings["samplerate"], settings["channels"]))
        if not self.accepts(*self.tried[-1]):
            raise PortAudioError(f"Invalid {self.tried[-1]}")
        return Stream(**settings)


def device(index: int, name: str, *, channels: int = 2, rate: float = 48_000.0, api: int = 0) -> dict[str, Any]:
    return {
        "index": index,
        "name": name,
        "hostapi": api,
        "max_input_channels": channels,
        "max_output_channels": 2 - min(channels, 2),
        "default_samplerate": rate,
    }


DEVICES = [
    device(0, "Loudspeaker", channels=0),
    device(1, "Built-in Microphone", channels=1, rate=44_100.0),
    device(2, "Yeti Stereo Microphone"),
    device(3, "Interface 18i8", channels=8, rate=96_000.0),
    device(4, "Yeti Stereo Microphone", api=1),
    device(5, "Line In", api=1),
    device(6, "Line In 2", api=1),
]


@pytest.fixture
def portaudio(monkeypatch: pytest.MonkeyPatch) -> PortAudio:
    module = PortAudio(DEVICES)
    monkeypatch.setitem(sys.modules, "sounddevice", module)
    return module


@pytest.fixture
def source(portaudio: PortAudio) -> Iterator[MicrophoneSource]:
    """The default microphone: one channel at 44.1 kHz."""
    source = MicrophoneSource()
    yield source
    source.close()


def stream(source: MicrophoneSource) -> Stream:
    false: Stream = source._stream
    return false


BLOCK = 2205  # 50 ms


def noise(seed: int = 0) -> FloatArray:
    return np.random.default_rng(seed).uniform(-1, 1, (BLOCK, 1)).astype(np.float32)


def zeros() -> FloatArray:
    return np.zeros((BLOCK, 1), np.float32)


# --- which device ---------------------------------------------------------------------------------------------------


def test_only_inputs_are_listed(portaudio: PortAudio) -> None:
    listed = list_devices()
    assert [found.index for found in listed] == [1, 2, 3, 4, 5, 6]
    assert listed[0] == InputDevice(
        index=1, name="Built-in Microphone", channels=1, sample_rate=44_100, host_api="MME", is_default=True
    )
    assert [found.is_default for found in listed[1:]] == [False] * 5


def test_no_device_is_an_empty_list_and_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", PortAudio([DEVICES[0]], default=None))
    assert list_devices() == []
    with pytest.raises(SourceError) as caught:
        MicrophoneSource()
    assert str(caught.value) == NO_MICROPHONE


def test_no_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", PortAudio(DEVICES, default=None))
    with pytest.raises(SourceError, match=r"no default microphone: choose with --input-device from 1 Built-in Mic"):
        MicrophoneSource()
    assert MicrophoneSource("interface").name == "Interface 18i8"


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (None, 1),
        (3, 3),
        ("3", 3),
        (" 3 ", 3),
        ("built", 1),
        ("18I8", 3),
        ("Yeti Stereo Microphone", 2),  # twice there: the default's host API decides
        ("yeti", 2),
        ("yeti stereo microphone, windows wasapi", 4),
        ("line in", 5),  # exactly that, and not Line In 2
    ],
)
def test_the_device_that_is_meant(portaudio: PortAudio, wanted: str | int | None, index: int) -> None:
    assert find_device(list_devices(), wanted).index == index


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (
            "yety stereo microfone",
            "fits 'yety stereo microfone' (did you mean 'Yeti Stereo Microphone' or ",
        ),
        ("zzz", "no input device fits 'zzz': there are 1 Built-in Microphone (MME), 2 Yeti"),
        ("", "no input device fits ''"),
        (0, "there is no input device 0: choose from 1 Built-in"),  # an output
        ("17", "there is no input device 17"),
        (-1, "there is no input device -1"),
        (
            "wasapi",
            "several input devices fit 'wasapi': choose by number from 4 Yeti Stereo Microphone (Windows WASAPI)",
        ),
    ],
)
def test_an_unknown_device(portaudio: PortAudio, wanted: str | int, sentence: str) -> None:
    with pytest.raises(SourceError) as caught:
        MicrophoneSource(wanted)
    assert sentence in str(caught.value)


def test_many_devices_are_not_all_listed() -> None:
    many = [
        InputDevice(index=n, name=f"Mic {n}", channels=1, sample_rate=48_000, host_api="ALSA", is_default=False)
        for n in range(40)
    ]
    with pytest.raises(SourceError, match=r"11 Mic 11 \(ALSA\) and 28 more \(`ser-live --list-devices`\)$"):
        find_device(many, "x")


def test_no_portaudio(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(SourceError) as caught:
        MicrophoneSource()
    assert "needs PortAudio (PortAudio library not found): install it with `apt-get install libportaudio2`" in str(
        caught.value
    )
    for platform in ("darwin", "win32"):
        monkeypatch.setattr(sys, "platform", platform)
        with pytest.raises(SourceError, match="`pip install --force-reinstall sounddevice`"):
            list_devices()


# --- how it is opened -----------------------------------------------------------------------------------------------


def test_opened_at_its_own_rate(portaudio: PortAudio, source: MicrophoneSource) -> None:
    assert (source.name, source.sample_rate, source.channels) == ("Built-in Microphone", 44_100, 1)
    assert (source.live, source.total, source.only_zeros) == (True, None, True)
    settings = stream(source).settings
    assert (settings["device"], settings["dtype"], settings["blocksize"]) == (1, "float32", BLOCK)
    assert portaudio.tried == [(44_100, 1)]
    assert stream(source).started == 0


def test_two_of_many_channels_unless_more_are_asked_for(portaudio: PortAudio) -> None:
    assert MicrophoneSource(3).channels == 2
    assert MicrophoneSource(3, channels=5).channels == 5
    assert MicrophoneSource(3, channels=64).channels == 8


@pytest.mark.parametrize(
    ("accepts", "opened"),
    [
        (lambda rate, channels: channels == 1, (96_000, 1)),
        (lambda rate, channels: channels == 8, (96_000, 8)),  # refuses one and two
        (lambda rate, channels: rate == 48_000, (48_000, 2)),
        (lambda rate, channels: (rate, channels) == (16_000, 8), (16_000, 8)),
    ],
)
def test_what_a_device_refuses_is_not_insisted_on(
    portaudio: PortAudio, accepts: Callable[[int, int], bool], opened: tuple[int, int]
) -> None:
    portaudio.accepts = accepts
    source = MicrophoneSource(3)
    assert (source.sample_rate, source.channels) == opened
    assert stream(source).settings["blocksize"] == opened[0] // 20


def test_a_device_that_refuses_everything(portaudio: PortAudio) -> None:
    portaudio.accepts = lambda rate, channels: False
    with pytest.raises(SourceError) as caught:
        MicrophoneSource(3)
    assert "'Interface 18i8' cannot be opened (Invalid (96000, 2)): close the programs that use it" in str(caught.value)
    assert len(portaudio.tried) == len(set(portaudio.tried)) == 12


def test_a_device_that_does_not_start(source: MicrophoneSource, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise PortAudioError("Device unavailable")

    monkeypatch.setattr(stream(source), "start", refuse)
    with pytest.raises(SourceError, match=r"cannot be opened \(Device unavailable\)"):
        next(source.blocks())


# --- what it gives --------------------------------------------------------------------------------------------------


def drain(source: MicrophoneSource) -> tuple[list[FloatArray | Event], str]:
    """All that a source gives until its device ends, and the sentence with which it does."""
    stream(source).end()
    items = []
    with pytest.raises(SourceError) as caught:  # noqa: PT012
        for item in source.blocks():
            items.append(item)
    return items, str(caught.value)


def events(items: Sequence[FloatArray | Event]) -> list[Event]:
    return [item for item in items if isinstance(item, Event)]


def test_blocks_are_copied_and_kept_to_the_last(source: MicrophoneSource) -> None:
    for seed in range(3):
        stream(source).give(noise(seed))
    items, sentence = drain(source)
    assert len(items) == 3
    for seed, item in enumerate(items):
        assert np.array_equal(item, noise(seed))  # type: ignore[arg-type]
    assert source.only_zeros is False
    assert "'Built-in Microphone' gives no more sound after 0.1 s: it was unplugged" in sentence
    assert stream(source).started == 1


def test_a_flag_of_portaudio_is_an_overflow(source: MicrophoneSource) -> None:
    for number in range(6):
        stream(source).give(noise(), overflow=number in (2, 5))
    items, _ = drain(source)
    assert [index for index, item in enumerate(items) if isinstance(item, Event)] == [2, 6]
    first, second = events(items)
    assert (first.kind, first.start, first.end, first.fields["blocks"]) == ("overflow", 0.1, 0.1, 1)
    assert "sound from the microphone was lost" in first.fields["message"]
    assert (second.start, dict(second.fields)) == (0.25, {"blocks": 1})  # said in words only once


def test_a_full_queue_loses_the_newest_and_counts_them(source: MicrophoneSource) -> None:
    for number in range(203):
        stream(source).give(noise(number))
    blocks = source.blocks()
    got = [next(blocks) for _ in range(200)]  # ten seconds
    assert np.array_equal(got[199], noise(199))  # type: ignore[arg-type]
    stream(source).give(noise(1000))
    event, after = next(blocks), next(blocks)
    assert isinstance(event, Event)
    assert (event.kind, event.start, event.fields["blocks"]) == ("overflow", 10.0, 3)
    assert np.array_equal(after, noise(1000))  # type: ignore[arg-type]
    for _ in range(202):
        stream(source).give(noise())
    items, _ = drain_rest(source, blocks)
    assert len(items) == 201
    assert events(items[:200]) == []
    assert events(items)[0].fields == {"blocks": 2}  # lost at the very end, and told


def drain_rest(source: MicrophoneSource, blocks: Iterator[FloatArray | Event]) -> tuple[list[FloatArray | Event], str]:
    stream(source).end()
    items = []
    with pytest.raises(SourceError) as caught:  # noqa: PT012
        for item in blocks:
            items.append(item)
    return items, str(caught.value)


@pytest.mark.parametrize(
    ("platform", "hint"), [("linux", "pactl"), ("darwin", "Privacy & Security > Microphone"), ("win32", "desktop apps")]
)
def test_nothing_but_zeros_is_told_once(
    source: MicrophoneSource, monkeypatch: pytest.MonkeyPatch, platform: str, hint: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    for _ in range(150):
        stream(source).give(zeros())
    items, _ = drain(source)
    assert [index for index, item in enumerate(items) if isinstance(item, Event)] == [60]
    (event,) = events(items)
    assert (event.kind, event.start, event.end) == ("device", 0.0, None)
    assert event.fields["message"].startswith(
        "the microphone has delivered only zeros for 3 s: microphone permission or mute? ("
    )
    assert hint in event.fields["message"]
    assert source.only_zeros is True


def test_the_end_of_the_zeros_is_told_and_a_later_mute_is_written_without_words(source: MicrophoneSource) -> None:
    for number in range(200):
        stream(source).give(noise() if number == 100 else zeros())
    items, _ = drain(source)
    first, second, third = events(items)
    assert (second.kind, second.start, second.end) == ("device", 0.0, pytest.approx(5.05))
    assert "message" in first.fields
    assert "message" in second.fields
    assert (third.kind, third.start, third.end) == ("device", pytest.approx(5.05), None)
    assert third.fields == {"zeros": True}
    assert source.only_zeros is False


def test_a_mute_in_mid_session_is_told_and_a_short_pause_is_not(source: MicrophoneSource) -> None:
    quiet = zeros()
    quiet[-1] = 1e-9
    for count in (59, 70):
        stream(source).give(quiet)
        for _ in range(count):
            stream(source).give(zeros())
    items, _ = drain(source)
    (event,) = events(items)
    assert event.start == pytest.approx(3.05)
    assert "only zeros" in event.fields["message"]
    assert source.only_zeros is False


# --- how it ends ----------------------------------------------------------------------------------------------------


def test_a_device_that_falls_silent_is_gone(source: MicrophoneSource, monkeypatch: pytest.MonkeyPatch) -> None:
    # PortAudio over ALSA may simply stop calling
    monkeypatch.setattr(microphone, "STALL_SECONDS", 0.3)
    stream(source).give(noise())
    blocks = source.blocks()
    next(blocks)
    started = time.monotonic()
    with pytest.raises(SourceError, match=r"gives no more sound after 0\.1 s"):
        next(blocks)
    assert time.monotonic() - started >= 0.3


def test_time_in_which_the_process_stood_still_is_not_the_device_s_silence(
    source: MicrophoneSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, asked = [0.0], [0]

    def empty_after_a_long_stop(timeout: float) -> None:  # Ctrl-Z for a minute while a block was awaited
        asked[0] += 1
        now[0] += 60.0 if asked[0] == 1 else timeout
        raise queue.Empty

    monkeypatch.setattr(microphone.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(source._queue, "get", empty_after_a_long_stop)
    monkeypatch.setattr(source, "_started", True)
    monkeypatch.setattr(microphone, "FIRST_SECONDS", 1.0)
    with pytest.raises(SourceError, match="gives no more sound"):
        next(source.blocks())
    assert 8 <= asked[0] <= 10  # each counted for what the process could wait at most


def test_a_device_is_not_gone_before_its_last_block_is(source: MicrophoneSource) -> None:
    stream(source).give(noise())
    stream(source).end()
    assert not source._gone(0.0, 0.0)
    assert len(next(source.blocks())) == BLOCK  # type: ignore[arg-type]
    assert source._gone(0.0, 0.0)


def test_the_first_block_may_take_longer(source: MicrophoneSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(microphone, "STALL_SECONDS", 0.0)
    monkeypatch.setattr(microphone, "FIRST_SECONDS", 5.0)
    threading.Timer(0.4, lambda: stream(source).give(noise())).start()
    assert len(next(source.blocks())) == BLOCK  # type: ignore[arg-type]


def test_closed_twice_and_silent_after(source: MicrophoneSource) -> None:
    stream(source).give(noise())
    stream(source).give(noise())
    blocks = source.blocks()
    next(blocks)
    assert source.only_zeros is False  # true of the block just given, not of the one before
    source.close()
    source.close()
    assert list(blocks) == []
    assert stream(source).closed == 1


def test_a_hanging_sound_server_hangs_nothing(
    portaudio: PortAudio, source: MicrophoneSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(microphone, "CLOSE_SECONDS", 0.2)
    unregistered: list[object] = []
    monkeypatch.setattr(atexit, "unregister", unregistered.append)
    stream(source).hangs = True
    started = time.monotonic()
    source.close()
    assert time.monotonic() - started < 20  # it hangs for a minute
    assert unregistered == [portaudio.at_exit]


# --- a real PortAudio on a virtual sound card -----------------------------------------------------------------------

LISTENER = """
import json, sys
import numpy as np
from ser_live.errors import SourceError
from ser_live.sources import MicrophoneSource
from ser_live.types import Event

def say(**fields):
    print(json.dumps(fields), flush=True)

heard, silent, limit, path = [], True, float(sys.argv[1]), sys.argv[2]
try:
    source = MicrophoneSource(sys.argv[3] if len(sys.argv) > 3 else None)
    say(open=source.name, rate=source.sample_rate, channels=source.channels)
    for item in source.blocks():
        if isinstance(item, Event):
            say(event=item.kind, start=item.start, end=item.end, **item.fields)
            continue
        heard.append(item)
        if len(heard) == 1:
            say(started=True)  # from here on an interrupt finds something to keep
        if silent and not source.only_zeros:
            say(sound=True)
            silent = False
        if sum(map(len, heard)) >= limit * source.sample_rate:
            break
except SourceError as error:
    say(error=str(error))
except KeyboardInterrupt:
    say(stopped=True)
if heard:
    np.save(path, np.concatenate(heard))
    say(only_zeros=source.only_zeros)
    source.close()
"""


class Listener:
    """A program that listens to the card and says what it hears."""

    def __init__(self, card: SoundCard, path: Path, seconds: float, *device: str) -> None:
        self.path = path
        self.process = subprocess.Popen(
            [sys.executable, "-c", LISTENER, str(seconds), str(path), *device],
            env=card.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def until(self, key: str) -> dict[str, Any]:
        """Read on to the line that has this key; an error that is not asked for fails the test."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            said: dict[str, Any] = json.loads(line)
            if key in said:
                return said
            assert "error" not in said, said
        raise AssertionError(f"the listener ended before it said {key!r}")

    def end(self, seconds: float) -> FloatArray:
        """Wait that long at most for the program to end; return what it heard."""
        assert self.process.wait(timeout=seconds) == 0
        heard: FloatArray = np.load(self.path)
        return heard


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    """Two seconds of 1 kHz at half of full scale, on both channels."""
    path = tmp_path / "tone.wav"
    samples = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(2 * 48_000) / 48_000)
    soundfile.write(path, np.stack([samples, samples], axis=1), 48_000, subtype="PCM_16")
    return path


@pytest.mark.soundcard
def test_a_tone_is_heard_as_it_was_played(card: SoundCard, tone: Path, tmp_path: Path) -> None:
    with Listener(card, tmp_path / "heard.npy", 4.0) as listener:
        opened = listener.until("open")
        listener.until("started")
        card.play(tone)
        assert listener.until("only_zeros") == {"only_zeros": False}
        heard = listener.end(10)
    assert opened["channels"] == 2
    rate = opened["rate"]
    assert len(heard) == pytest.approx(4 * rate, abs=0.05 * rate)
    assert heard.shape[1] == 2
    sounding = np.flatnonzero(heard.any(axis=1))
    assert (sounding[-1] - sounding[0]) / rate == pytest.approx(2.0, abs=0.05)
    middle = heard[sounding[0] + rate // 2 :][:rate]
    for channel in middle.T:
        assert np.argmax(np.abs(np.fft.rfft(channel))) == pytest.approx(1000, abs=1)
        assert np.abs(channel).max() == pytest.approx(0.5, abs=0.01)


@pytest.mark.soundcard
def test_zeros_are_told_and_then_their_end(card: SoundCard, tone: Path, tmp_path: Path) -> None:
    with Listener(card, tmp_path / "heard.npy", 60.0) as listener:
        listener.until("started")
        began = time.monotonic()
        event = listener.until("event")
        assert time.monotonic() - began > 2.5
        assert (event["event"], event["start"], event["end"]) == ("device", 0.0, None)
        assert "only zeros for 3 s" in event["message"]
        card.play(tone, wait=False)
        listener.until("sound")
        assert listener.until("event")["end"] > 3


@pytest.mark.soundcard
def test_a_server_that_dies_keeps_what_was_heard(card: SoundCard, tone: Path, tmp_path: Path) -> None:
    with Listener(card, tmp_path / "heard.npy", 60.0, "pulse") as listener:
        assert listener.until("open")["open"] == "pulse"
        listener.until("started")
        card.play(tone)
        card.kill()
        assert "the microphone 'pulse' gives no more sound after" in listener.until("error")["error"]
        heard = listener.end(20)
    assert np.percentile(np.abs(heard[heard.any(axis=1)]), 99) == pytest.approx(0.5, abs=0.01)


@pytest.mark.soundcard
def test_a_server_that_hangs_ends_the_program_all_the_same(card: SoundCard, tone: Path, tmp_path: Path) -> None:
    with Listener(card, tmp_path / "heard.npy", 60.0) as listener:
        listener.until("started")
        card.play(tone)
        card.freeze()
        began = time.monotonic()
        assert "gives no more sound" in listener.until("error")["error"]
        assert time.monotonic() - began > 2.5
        heard = listener.end(20)
    assert np.percentile(np.abs(heard[heard.any(axis=1)]), 99) == pytest.approx(0.5, abs=0.01)


@pytest.mark.soundcard
def test_ctrl_c_ends_it_at_once(card: SoundCard, tmp_path: Path) -> None:
    with Listener(card, tmp_path / "heard.npy", 60.0) as listener:
        listener.until("started")
        began = time.monotonic()
        listener.process.send_signal(signal.SIGINT)
        listener.until("stopped")
        assert time.monotonic() - began < 10  # far less than the 60 s asked for
        assert not listener.end(20).any()


@pytest.mark.soundcard
def test_devices_of_the_card(card: SoundCard, tmp_path: Path) -> None:
    code = "from ser_live.sources import list_devices; print([(d.name, d.is_default) for d in list_devices()])"
    command = [sys.executable, "-c", code]
    listed = subprocess.run(command, env=card.env, capture_output=True, text=True, check=True).stdout
    assert "('default', True)" in listed
    assert "('pulse', False)" in listed
    with Listener(card, tmp_path / "heard.npy", 1.0, "pulze") as listener:
        error = listener.until("error")["error"]
    assert "no input device fits 'pulze' (did you mean 'pulse'?): there are " in error
    card.kill()
    with Listener(card, tmp_path / "heard.npy", 1.0) as listener:
        assert listener.until("error")["error"] == NO_MICROPHONE
