"""WAV streams from pipes: every encoding, every kind of header, nothing to seek in."""

from __future__ import annotations

import io
import os
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np
import pytest
import soundfile

from ser_live.errors import SourceError
from ser_live.sources import PipeSource
from ser_live.types import Event, FloatArray

RATE = 16_000


def sound(seconds: float, channels: int = 1) -> FloatArray:
    frames = round(seconds * RATE)
    return np.random.default_rng(0).uniform(-0.9, 0.9, (frames, channels)).astype(np.float32)


def wav(
    body: bytes,
    *,
    mark: bytes = b"RIFF",
    tag: int = 1,
    channels: int = 1,
    rate: int = RATE,
    bits: int = 16,
    size: int | None = None,
    before: bytes = b"",
    between: bytes = b"",
) -> bytes:
    """A WAV stream with the header that is asked for; `size` is what the data chunk claims."""
    frame = channels * ((bits + 7) // 8)
    start = struct.pack("<4sI4s", mark, 0xFFFFFFFF, b"WAVE")
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, tag, channels, rate, rate * frame, frame, bits)
    return start + before + form + between + struct.pack("<4sI", b"data", len(body) if size is None else size) + body


def chunk(name: bytes, content: bytes) -> bytes:
    """A chunk with its pad byte."""
    return struct.pack("<4sI", name, len(content)) + content + bytes(len(content) % 2)


def pcm16(samples: FloatArray) -> bytes:
    return (samples * 32767).astype("<i2").tobytes()


@contextmanager
def piped(data: bytes, *, size: int = 65_536, pause: float = 0.0) -> Iterator[BinaryIO]:
    """The reading end of a real pipe, into which another thread writes."""
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "wb", buffering=0) as out:
            try:
                for at in range(0, len(data), size):
                    out.write(data[at : at + size])
                    time.sleep(pause)
            except BrokenPipeError:
                pass

    thread = threading.Thread(target=write)
    thread.start()
    with os.fdopen(reading, "rb") as stream:
        yield stream
    thread.join()


def read(source: PipeSource) -> tuple[FloatArray, list[Event]]:
    items = list(source.blocks())
    blocks = [item for item in items if not isinstance(item, Event)]
    heard = np.concatenate(blocks)
    assert heard.shape[1] == source.channels
    assert heard.dtype == np.float32
    assert all(0.02 * source.sample_rate <= len(block) <= 0.5 * source.sample_rate for block in blocks[:-1])
    return heard, [item for item in items if isinstance(item, Event)]


def heard(data: bytes) -> tuple[FloatArray, list[Event]]:
    with piped(data) as stream:
        return read(PipeSource(stream))


# --- what can be read -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("container", ["WAV", "WAVEX", "RF64"])
@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"])
def test_a_stream_is_read_as_libsndfile_reads_a_file(subtype: str, container: str, channels: int) -> None:
    file = io.BytesIO()
    soundfile.write(file, sound(0.7, channels), RATE, format=container, subtype=subtype)
    file.seek(0)
    expected, _ = soundfile.read(file, dtype="float32", always_2d=True)
    with piped(file.getvalue()) as stream:
        source = PipeSource(stream)
        assert (source.name, source.sample_rate, source.channels) == ("standard input", RATE, channels)
        assert source.live is False
        assert source.total == pytest.approx(0.7)
        samples, events = read(source)
    assert np.array_equal(samples, expected)
    assert events == []


@pytest.mark.parametrize(("tag", "bits"), [(6, 8), (7, 8)])
def test_every_value_of_g711(tag: int, bits: int) -> None:
    data = wav(bytes(range(256)) * 4, tag=tag, bits=bits)
    expected, _ = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    assert np.array_equal(heard(data)[0], expected)


@pytest.mark.parametrize("size", [0, 0x7FFF_F000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0xFFFF_FFFF - 36])
def test_a_header_that_does_not_know_its_length(size: int) -> None:
    samples = sound(0.5)
    with piped(wav(pcm16(samples), size=size)) as stream:
        source = PipeSource(stream)
        assert source.total is None
        got, events = read(source)
    assert got == pytest.approx(samples, abs=1e-4)
    assert events == []


@pytest.mark.parametrize("promised", [0, 0xFFFF_FFFF_FFFF_FFFF])
def test_an_rf64_header_that_does_not_know_its_length(promised: int) -> None:
    ds64 = chunk(b"ds64", struct.pack("<QQQI", promised, promised, promised, 0))
    samples = sound(0.5)
    got, events = heard(wav(pcm16(samples), mark=b"RF64", before=ds64, size=0xFFFFFFFF))
    assert got == pytest.approx(samples, abs=1e-4)
    assert events == []


def test_an_rf64_header_beyond_four_gigabytes() -> None:
    ds64 = chunk(b"ds64", struct.pack("<QQQI", 6_000_000_000, 5_760_000_000, 0, 0))
    with piped(wav(pcm16(sound(0.5)), mark=b"RF64", before=ds64, size=0xFFFFFFFF)) as stream:
        source = PipeSource(stream)
        assert source.total == pytest.approx(5_760_000_000 / 2 / RATE)
        _, (event,) = read(source)
    assert "promises 180000.0 s, 0.5 s are there" in event.fields["message"]


def test_other_chunks_are_passed_over() -> None:
    samples = sound(0.5)
    before = chunk(b"JUNK", bytes(27)) + chunk(b"ds64", bytes(29)) + chunk(b"bext", b"data" * 150_000)
    between = chunk(b"LIST", b"INFOISFT\x05\x00\x00\x00Lavf\x00") + chunk(b"fact", bytes(4))
    data = wav(pcm16(samples), before=before, between=between) + chunk(b"LIST", b"\x7f\x7f" * 5000)
    got, events = heard(data)
    assert len(got) == len(samples)
    assert got == pytest.approx(samples, abs=1e-4)
    assert events == []


def test_a_partial_frame_at_the_end_is_dropped() -> None:
    got, events = heard(wav(pcm16(sound(0.1, 2)) + b"\x01\x02\x03", channels=2))
    assert got.shape == (0.1 * RATE, 2)
    assert events == []


def test_a_stream_that_ends_early() -> None:
    data = wav(pcm16(sound(0.5)), size=3 * RATE * 2)
    with piped(data) as stream:
        source = PipeSource(stream)
        assert source.total == 3.0
        _, (event,) = read(source)
    assert event.kind == "signal"
    assert event.start == 0.5
    assert event.fields["message"] == "standard input: the header promises 3.0 s, 0.5 s are there"


@pytest.mark.parametrize("promised", [1.0, 1 / RATE, 0.7 + 0.5 / RATE])
def test_a_header_that_promises_too_little(promised: float) -> None:
    samples = sound(2.0)
    got, (event,) = heard(wav(pcm16(samples), size=round(promised * RATE * 2)))
    assert got == pytest.approx(samples, abs=1e-4)
    digits = 1 if promised < 1.95 else 5
    assert event.fields["message"] == f"standard input: the header promises {promised:.{digits}f} s, 2.0 s are there"


@pytest.mark.parametrize("size", [RATE * 2, RATE * 2 - 1])
def test_what_follows_the_samples_as_it_should(size: int) -> None:
    body = pcm16(sound(1.0))[:size]
    got, events = heard(wav(body + bytes(size % 2), size=size) + chunk(b"LIST", bytes(5000)))
    assert len(got) == size // 2
    assert events == []


def test_a_writer_that_does_not_close_is_not_waited_for() -> None:
    reading, writing = os.pipe()
    os.write(writing, wav(pcm16(sound(0.5))))
    with os.fdopen(reading, "rb") as stream:
        assert len(read(PipeSource(stream))[0]) == 0.5 * RATE
    os.close(writing)


def test_bytes_that_trickle() -> None:
    samples = sound(0.1)
    with piped(wav(pcm16(samples)), size=1) as stream:
        got, _ = read(PipeSource(stream))
    assert got == pytest.approx(samples, abs=1e-4)


def test_an_unbuffered_stream() -> None:
    samples = sound(0.5)
    with piped(wav(pcm16(samples))) as stream, open(os.dup(stream.fileno()), "rb", buffering=0) as raw:
        got, _ = read(PipeSource(raw))  # type: ignore[arg-type]
    assert got == pytest.approx(samples, abs=1e-4)


def test_a_live_stream_is_handed_on_as_it_comes() -> None:
    reading, writing = os.pipe()
    os.write(writing, wav(pcm16(sound(0.03)), size=0xFFFFFFFF))
    with os.fdopen(reading, "rb") as stream:
        source = PipeSource(stream)
        blocks = source.blocks()
        assert len(next(blocks)) == 0.03 * RATE  # type: ignore[arg-type]
        os.write(writing, pcm16(sound(0.025)))
        assert len(next(blocks)) == 0.025 * RATE  # type: ignore[arg-type]
        os.close(writing)
        assert list(blocks) == []


def test_memory_is_constant() -> None:
    class Endless(io.RawIOBase):
        """A header, then 500 MB of zeros."""

        left = 500_000_000
        header = io.BytesIO(wav(b"", channels=2, rate=48_000, size=0xFFFFFFFF))

        def read(self, size: int = -1) -> bytes:
            if start := self.header.read(size):
                return start
            count = min(size, self.left)
            self.left -= count
            return bytes(count)

    tracemalloc.start()
    stream: Any = Endless()
    frames = sum(map(len, PipeSource(stream).blocks()))  # type: ignore[arg-type]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert frames == 125_000_000
    assert peak < 2e6


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
@pytest.mark.parametrize(
    "options", ["", "-c:a pcm_s24le", "-c:a pcm_f32le -ar 48000", "-rf64 always", "-c:a pcm_mulaw"]
)
def test_ffmpeg(options: str) -> None:
    tone = ["-f", "lavfi", "-i", "sine=440:d=2:r=16000"]
    command = ["ffmpeg", "-loglevel", "error", *tone, "-ac", "2", *options.split(), "-f", "wav", "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        source = PipeSource(process.stdout)
        assert source.total is None
        got, events = read(source)
    assert got.shape == (2 * source.sample_rate, 2)
    spectrum = np.abs(np.fft.rfft(got[:, 1]))
    assert np.argmax(spectrum) / 2 == 440
    assert events == []


@pytest.mark.skipif(shutil.which("sox") is None, reason="sox is not installed")
@pytest.mark.parametrize("bits", ["8", "16", "24", "32"])
def test_sox(bits: str) -> None:
    # from a pipe into a pipe sox cannot know the length
    raw = ["sox", "-D", "-t", "raw", "-r", "16000", "-e", "signed", "-b", "16", "-c", "1", "-"]
    with subprocess.Popen(
        [*raw, "-b", bits, "-t", "wav", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        samples = sound(1.0)
        process.stdin.write(pcm16(samples))
        process.stdin.close()
        source = PipeSource(process.stdout)
        got, events = read(source)
    assert got == pytest.approx(samples, abs=0.01)
    assert events == []


# --- what cannot be read: one sentence ------------------------------------------------------------------------------


def refused(data: bytes) -> str:
    with piped(data) as stream, pytest.raises(SourceError) as caught:
        list(PipeSource(stream).blocks())
    message = str(caught.value)
    assert "\n" not in message
    return message


COMMAND = "`ffmpeg -v error -nostdin -i FILE -f wav - | ser-live --file -`"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "standard input: a WAV stream was expected, but it is empty"),
        (b"RI", "but it ends in its header"),
        (wav(b"")[:30], "but it ends in its header"),
        (wav(b"", before=chunk(b"LIST", bytes(100)))[:50], "but it ends in its header"),
        (b"hello, this is text\n" * 10, "but it starts with b'hell'"),
        (b"fLaC" + bytes(100), "but it starts with b'fLaC'"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "but it is a b'AVI ' file"),
        (wav(bytes(100)).replace(b"fmt ", b"fmt?"), "its `fmt ` chunk is missing or too short"),
        (wav(bytes(100), tag=2, bits=4), "has the encoding 0x0002"),
        (wav(bytes(100), tag=1, bits=0), "has the encoding 0x0001"),
        (wav(bytes(100), tag=3, bits=16), "has the encoding 0x0003"),
        (wav(bytes(100))[:32] + b"\x05" + wav(bytes(100))[33:], "has the encoding 0x0001"),  # five bytes a frame
    ],
)
def test_refused_with_the_command_to_use(data: bytes, reason: str) -> None:
    message = refused(data)
    assert reason in message
    assert COMMAND in message


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (wav(bytes(100), channels=0), "the header says 0 channels"),
        (wav(bytes(100), rate=0), "the header says 0 samples a second"),
        (wav(b""), "there is a header but no sample after it"),
        (wav(b"\x01", size=0xFFFFFFFF), "there is a header but no sample after it"),
        (wav(b"", size=1000), "there is a header but no sample after it"),
    ],
)
def test_refused(data: bytes, reason: str) -> None:
    assert reason in refused(data)


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="terminals of Unix")
def test_a_terminal() -> None:
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "rb") as stream, pytest.raises(SourceError) as caught:
        PipeSource(stream)
    os.close(ours)
    assert "standard input is a terminal, where a WAV stream was expected" in str(caught.value)
    assert COMMAND in str(caught.value)


def test_a_stream_that_cannot_be_read() -> None:
    writing = os.open(os.devnull, os.O_WRONLY)
    with pytest.raises(SourceError, match=r"standard input cannot be read: Bad file descriptor"):
        PipeSource(os.fdopen(writing, "rb"), owned=True)


def test_a_stream_that_fails_later() -> None:
    with piped(wav(pcm16(sound(2.0)))) as stream:
        source = PipeSource(stream)
        blocks = source.blocks()
        got = [next(blocks)]
        writing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(writing, stream.fileno())
        os.close(writing)
        with pytest.raises(SourceError, match=r"reading failed at \d\.\d s \(Bad file descriptor\)"):
            got.extend(blocks)
    assert 0 < sum(map(len, got)) < 2 * RATE  # type: ignore[arg-type]


def test_close_is_heeded() -> None:
    stream = io.BytesIO(wav(pcm16(sound(3.0))))
    source = PipeSource(stream)
    blocks = source.blocks()
    next(blocks)
    source.close()
    source.close()
    assert list(blocks) == []
    assert not stream.closed
    stream.seek(0)
    PipeSource(stream, owned=True).close()
    assert stream.closed


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_ctrl_c_while_waiting() -> None:
    code = """
import sys
from ser_live.sources import open_source
try:
    for block in open_source("-").blocks():
        print(len(block), flush=True)
except KeyboardInterrupt:
    print("stopped")
"""
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(wav(pcm16(sound(0.1)), size=0xFFFFFFFF))
        process.stdin.flush()
        assert process.stdout.readline() == b"1600\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == b"stopped\n"
        process.stdin.close()
