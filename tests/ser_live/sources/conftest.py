"""What tests of several sources hear."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile
from false_portaudio import DEVICES, PortAudio
from recordings import RATE, sound

from ser_live.sources import MicrophoneSource


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    """Three seconds of 16-bit mono with the plain header of 44 bytes."""
    path = tmp_path / "plain.wav"
    soundfile.write(path, sound(3.0), RATE, subtype="PCM_16")
    assert path.stat().st_size == 44 + 3 * RATE * 2
    return path


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
