"""Which device is meant, and how it is opened, against a false PortAudio."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from false_portaudio import BLOCK, DEVICES, PortAudio, PortAudioError, stream

from ser_live.errors import SourceError
from ser_live.sources import NO_MICROPHONE, InputDevice, MicrophoneSource, list_devices
from ser_live.sources.devices import find_device


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
