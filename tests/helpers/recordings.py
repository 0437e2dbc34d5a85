"""Make recordings, whole and damaged, and read them through a source."""

from __future__ import annotations

import math
import struct
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ser_live.errors import SourceError
from ser_live.sources import FileSource, Source
from ser_live.sources.base import BLOCK_SECONDS
from ser_live.types import Event, FloatArray

RATE = 16_000


def sound(seconds: float, *, rate: int = RATE, channels: int = 1, seed: int = 0) -> NDArray[np.float64]:
    """A gliding tone in noise, another one in every channel; `(frames, channels)` within ±0.6."""
    time = np.arange(round(seconds * rate)) / rate
    noise = np.random.default_rng(seed).uniform(-0.1, 0.1, (len(time), channels))
    tones = [0.5 * np.sin(2 * np.pi * (200 + 100 * channel + 50 * time) * time) for channel in range(channels)]
    return np.stack(tones, axis=1) + noise


def read(source: Source) -> tuple[FloatArray, list[Event]]:
    """All the sound of a source, and its events; the events must come at the place that they name."""
    blocks: list[FloatArray] = []
    events: list[Event] = []
    with closing(source):
        for item in source.blocks():
            if isinstance(item, Event):
                events.append(item)
                assert item.start == pytest.approx(sum(map(len, blocks)) / source.sample_rate, abs=1e-6)
            else:
                assert item.dtype == np.float32
                assert 0 < len(item) <= math.ceil(BLOCK_SECONDS * source.sample_rate)
                assert item.shape[1] == source.channels
                blocks.append(item)
    return np.concatenate(blocks), events


def patch(path: Path, offset: int, layout: str, value: int) -> Path:
    data = bytearray(path.read_bytes())
    struct.pack_into(layout, data, offset, value)
    path.write_bytes(data)
    return path


def without_count(path: Path) -> None:
    """Take away the first frame of an MP3, which counts the others: as a program writes it that cannot go back."""
    data = path.read_bytes()
    path.write_bytes(data[data.index(data[:2], 4) :])


def refused(path: Path | str) -> str:
    with pytest.raises(SourceError) as caught:
        FileSource(path)
    message = str(caught.value)
    assert "\n" not in message
    return message
