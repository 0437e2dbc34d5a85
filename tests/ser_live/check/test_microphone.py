"""The doctor at a microphone, against a false PortAudio."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from false_portaudio import DEVICES, PortAudio, PortAudioError, Stream
from voices import noise

from ser_live.check import device
from ser_live.check.examine import Request, examine
from ser_live.check.meter import Meter, bar, level, word
from ser_live.check.report import Finding, exit_code, verdict
from ser_live.interrupts import Interrupts
from ser_live.sources import NO_MICROPHONE
from ser_live.types import FloatArray


class Card(PortAudio):
    """A PortAudio that plays three seconds as soon as its stream starts."""

    def __init__(self, devices: list[dict[str, Any]] = DEVICES, default: int | None = 1) -> None:
        super().__init__(devices, default)
        self.loudness = 0.01
        self.refuses_to_start = self.lost = False

    def InputStream(self, **settings: Any) -> Stream:  # noqa: N802
        stream = super().InputStream(**settings)
        begin = stream.start

        def start() -> None:
            if self.refuses_to_start:
                raise PortAudioError("Device unavailable")
            begin()
            for number in range(60):
                shape = (settings["blocksize"], settings["channels"])
                block = np.random.default_rng(number).normal(0, 1, shape).astype(np.float32)
                stream.give(np.float32(self.loudness) * block, overflow=self.lost)

        stream.start = start  # type: ignore[method-assign]
        return stream

    def get_portaudio_version(self) -> tuple[int, str]:
        return 1246976, "PortAudio V19.7.0-devel, revision 147dd722548358763a8b649b3e4b41dfffbcfbb6"


class Heard(Meter):
    """A meter that keeps what it is shown."""

    def __init__(self) -> None:
        self.left: list[float] = []

    def hear(self, block: FloatArray, left: float) -> None:
        self.left.append(left)


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Card:
    module = Card()
    monkeypatch.setitem(sys.modules, "sounddevice", module)
    return module


def examined(model: Path, meter: Meter | None = None, **fields: Any) -> dict[str, Finding]:
    request = Request(model=model, device="cpu", **{"seconds": 2.0, **fields})
    with Interrupts() as interrupts:
        return {finding.name: finding for finding in examine(request, meter or Meter(), interrupts)}


def test_a_microphone_with_its_native_rate_and_channels(card: Card, tiny_path: Path) -> None:
    meter = Heard()
    found = examined(tiny_path, meter)
    assert found["portaudio"].text == "PortAudio V19.7.0-devel"
    assert found["device"].text == "1 Built-in Microphone (MME), 44100 Hz, 1 channel"
    assert found["sound"].values == {"seconds": 2.0, "zero_share": 0.0}
    assert found["noise"].values["noise_dbfs"] == pytest.approx(-40, abs=0.5)
    assert found["speech"].light == "grey"
    assert found["speech"].advice == "start again and say a sentence"
    assert len(meter.left) == 40
    assert (meter.left[0], meter.left[-1]) == (pytest.approx(1.95), 0.0)
    assert exit_code(found.values()) == 0


def test_a_chosen_device_of_which_a_part_is_used(card: Card, tiny_path: Path) -> None:
    found = examined(tiny_path, input_device="interface")
    assert "96000 Hz, 2 channels (of its 96000 Hz, 8 channels)" in found["device"].text
    assert found["device"].values["native_channels"] == 8
    assert found["channels"].values["channels"] == 2
    assert found["disk"].values["hours"] < 1000


def test_zeros_are_grey_and_name_the_menu(card: Card, tiny_path: Path) -> None:
    card.loudness = 0.0
    found = examined(tiny_path)
    assert found["sound"].light == "grey"
    assert found["sound"].advice == device.unmute()
    assert exit_code(found.values()) == 0
    assert "unclear" in verdict(found.values())


def test_a_device_in_use_elsewhere(card: Card, tiny_path: Path) -> None:
    card.accepts = lambda rate, channels: False
    found = examined(tiny_path)
    assert found["device"].light == "red"
    assert "cannot be opened (Invalid (44100, 1)): close the programs that use it" in found["device"].text
    assert found["speed"].light == "green"  # the rest is examined all the same
    assert exit_code(found.values()) == 1
    assert "fails" in verdict(found.values())
    card.accepts, card.refuses_to_start = lambda rate, channels: True, True
    assert "(Device unavailable): close the programs" in examined(tiny_path)["device"].text


def test_a_device_that_is_not_there(card: Card, tiny_path: Path) -> None:
    found = examined(tiny_path, input_device="yeti stero")
    assert found["device"].light == "red"
    assert "no input device fits 'yeti stero' (did you mean 'Yeti Stereo Microphone'?)" in found["device"].text


def test_no_portaudio(monkeypatch: pytest.MonkeyPatch, tiny_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    found = examined(tiny_path)
    assert found["portaudio"].light == "red"
    assert "install it with" in found["portaudio"].text
    assert "device" not in found
    assert exit_code(found.values()) == 1


@pytest.mark.parametrize("there", [False, True])
def test_no_device_inside_a_container_and_elsewhere(
    there: bool, monkeypatch: pytest.MonkeyPatch, tiny_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", Card([DEVICES[0]], default=None))
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(device.Path, "exists", lambda path: there if str(path) == "/dev/snd" else path.is_file())
    text = examined(tiny_path)["device"].text
    assert text == NO_MICROPHONE if there else "inside a container, start it with `--device /dev/snd`" in text


def test_a_model_that_cannot_run(card: Card, tmp_path: Path) -> None:
    found = examined(tmp_path / "none.onnx")
    assert "there is no model at" in found["model"].text
    assert exit_code(found.values()) == 1
    assert found["disk"].light == "green"


def test_the_bar_of_the_level() -> None:
    assert (level(np.zeros((9, 2), np.float32)), level(np.zeros((0, 1), np.float32))) == (-70, -70)
    assert level(noise(1, level=0.1)[:, None]) == pytest.approx(-20, abs=0.2)
    assert [word(dbfs) for dbfs in (-70.0, -60.0, -20.0, -3.0)] == ["silent", "quiet", "good", "loud"]
    assert str(bar(-35.0, 3.4)) == "  " + "█" * 18 + "░" * 17 + "  -35 dBFS  good     3 s left"
    assert "#" * 35 in str(bar(2.0, 0, unicode=False))
