"""Sound without a header, from a pipe or a file."""

from __future__ import annotations

import io
import os
import threading
from pathlib import Path

import numpy as np
import pytest
from recordings import RATE, read, sound

from ser_live.errors import SettingsError, SourceError
from ser_live.sources import PipeSource, open_source, parse_raw
from ser_live.types import FloatArray


def through_a_pipe(data: bytes, raw: str, folder: Path) -> tuple[PipeSource, FloatArray, list[str]]:
    fifo = folder / "fifo"
    os.mkfifo(fifo)
    writer = threading.Thread(target=fifo.write_bytes, args=(data,), daemon=True)
    writer.start()
    source = open_source(fifo, raw=parse_raw(raw))
    assert isinstance(source, PipeSource)
    heard, events = read(source)
    writer.join()
    return source, heard, [event.fields["message"] for event in events]


@pytest.mark.parametrize("channels", [1, 2, 5])
@pytest.mark.parametrize("encoding", ["s16", "f32"])
def test_a_pipe(tmp_path: Path, encoding: str, channels: int) -> None:
    signal = sound(1.3, channels=channels)
    data = (signal * 32768).astype("<i2") if encoding == "s16" else signal.astype("<f4")
    source, heard, told = through_a_pipe(data.tobytes(), f"{RATE},{channels},{encoding}", tmp_path)
    assert (source.sample_rate, source.channels, source.total) == (RATE, channels, None)
    assert told == []
    expected = data.astype(np.float32) / (32768 if encoding == "s16" else 1)
    assert np.array_equal(heard, expected)


def test_one_channel_of_16_bits_if_not_said(tmp_path: Path) -> None:
    source, heard, _ = through_a_pipe(b"\x00\x40" * 8000, "8000", tmp_path)
    assert (source.sample_rate, source.channels) == (8000, 1)
    assert np.array_equal(heard, np.full((8000, 1), 0.5, np.float32))


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "x.raw"
    path.write_bytes(bytes(2 * 3 * 8000))
    source = open_source(path, raw=parse_raw("8000"))
    assert (source.name, source.total) == ("x.raw", 3.0)
    heard, events = read(source)
    assert len(heard) == 24_000
    assert events == []
    with pytest.raises(SourceError, match="there is no file"):
        open_source(tmp_path / "no.raw", raw=parse_raw("8000"))
    with pytest.raises(SourceError, match="is a folder"):
        open_source(tmp_path, raw=parse_raw("8000"))


@pytest.mark.parametrize(("more", "raw", "size"), [(1, "8000", 2), (3, "8000,2", 4), (7, "8000,2,f32", 8)])
def test_odd_bytes_at_the_end_are_told(tmp_path: Path, more: int, raw: str, size: int) -> None:
    _, heard, told = through_a_pipe(bytes(8000 * size + more), raw, tmp_path)
    assert len(heard) == 8000
    assert told == [f"{tmp_path}/fifo: {more} bytes at the end are left out, a sample of all channels has {size} bytes"]


@pytest.mark.parametrize("data", [b"", b"\x01"])
def test_no_sample(data: bytes) -> None:
    with pytest.raises(SourceError, match="sound without a header was expected, but not one sample came"):
        list(PipeSource(io.BytesIO(data), raw=parse_raw("8000")).blocks())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "a rate of 1000 to 1000000 was expected, not ''"),
        ("fast", "a rate of 1000 to 1000000 was expected, not 'fast'"),
        ("16k", "not '16k'"),
        ("16000.0", "not '16000.0'"),
        ("-16000", "not '-16000'"),
        ("999", "not '999'"),
        ("9" * 5000, "a rate of 1000 to 1000000 was expected, not '999"),
        ("²", "not '²'"),
        ("16000,", "channels of 1 to 1024 was expected, not ''"),
        ("16000,0", "channels of 1 to 1024 was expected, not '0'"),
        ("16000,1025", "not '1025'"),
        ("16000,s16", "not 's16'"),
        ("16000,1,", "the encoding is s16 or f32, little endian, not ''"),
        ("16000,1,s24", "the encoding is s16 or f32, little endian, not 's24'"),
        ("16000,1,s16,x", "'16000,1,s16,x' has 4 values"),
        ("16000 1", "not '16000 1'"),
    ],
)
def test_malformed(text: str, reason: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_raw(text)
    message = str(caught.value)
    assert message.startswith("--raw takes RATE[,CHANNELS[,s16|f32]], such as 16000 or 48000,2,f32: ")
    assert reason in message
    assert len(message) < 400
