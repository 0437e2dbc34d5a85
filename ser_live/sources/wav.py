"""WAV streams, from a file or a pipe: RIFF and RF64, also where the header does not know the length.

libsndfile needs to seek and believes a header's length of 0; this reader does neither.
Formats: https://www.mmsp.ece.mcgill.ca/Documents/AudioFormats/WAVE/WAVE.html and EBU Tech 3306 (RF64).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from ser_live.errors import SourceError
from ser_live.sources.base import block_frames, check_format, shortfall
from ser_live.sources.pcm import Encoding, decode, find_encoding
from ser_live.types import Event, FloatArray

__all__ = ["WavHeader", "read_blocks", "read_header"]

Read = Callable[[int], bytes]
"""Return at least one byte and at most that many; none at the end."""

_MARKS: Final = (b"RIFF", b"RF64", b"BW64")
_EXTENSIBLE: Final = 0xFFFE
_SKIP: Final = 65_536
_MAX_FORMAT: Final = 4_096  # bytes of a `fmt ` or `ds64` chunk; real ones have 16 to 50


@dataclass(frozen=True, kw_only=True)
class WavHeader:
    """What stands before the samples.

    Attributes:
        sample_rate: in Hz.
        channels: 1 to 1024.
        tag: the format's number in the standard.
        encoding: how a sample is written, None where this module cannot decode it.
        size: bytes of samples that the header promises, None where it does not know.
        start: bytes before the first sample.
    """

    sample_rate: int
    channels: int
    tag: int
    encoding: Encoding | None
    size: int | None
    start: int

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of every channel."""
        return self.channels * (self.encoding.width if self.encoding else 1)

    def seconds(self, size: int) -> float:
        """Return the seconds in that many bytes of samples."""
        return size // self.frame_bytes / self.sample_rate


class _Walk:
    """Read exactly the bytes that are asked for, and count them."""

    def __init__(self, read: Read, name: str, remedy: str) -> None:
        self.read, self.name, self.remedy, self.position = read, name, remedy, 0

    def take(self, count: int) -> bytes:
        parts = b""
        while len(parts) < count:
            part = self.read(count - len(parts))
            if not part:
                raise self.broken("it ends in its header" if self.position + len(parts) else "it is empty")
            parts += part
        self.position += count
        return parts

    def skip(self, count: int) -> None:
        while count > 0:
            count -= len(self.take(min(count, _SKIP)))

    def broken(self, reason: str) -> SourceError:
        return SourceError(f"{self.name}: a WAV stream was expected, but {reason}: try {self.remedy}")


def read_header(read: Read, name: str, remedy: str) -> WavHeader:
    """Read up to the first sample.

    Args:
        read: see `Read`; nothing beyond the header is taken from it.
        name: of the source, for messages.
        remedy: the command to try instead.

    Raises:
        SourceError: where this is no WAV stream, or ends before its samples, or has a format that cannot be.
    """
    walk = _Walk(read, name, remedy)
    mark = walk.take(4)
    if mark not in _MARKS:
        raise walk.broken(f"it starts with {mark!r}")
    walk.skip(4)  # the length of all; the data chunk's own is what counts
    if (kind := walk.take(4)) != b"WAVE":
        raise walk.broken(f"it is a {kind!r} file")
    format_chunk, long_size = b"", None
    while True:
        chunk, size = struct.unpack("<4sI", walk.take(8))
        if chunk == b"data":
            break
        if chunk in (b"fmt ", b"ds64") and size <= _MAX_FORMAT:
            content = walk.take(size)
            if chunk == b"fmt ":
                format_chunk = content
            elif size >= 16:
                long_size = struct.unpack_from("<Q", content, 8)[0]
            walk.skip(size % 2)
        else:
            walk.skip(size + size % 2)
    if len(format_chunk) < 16:
        raise walk.broken("its `fmt ` chunk is missing or too short")
    if mark != b"RIFF" and size == 0xFFFF_FFFF and long_size is not None:
        promised = long_size if 0 < long_size < 1 << 62 else None
    else:
        promised = None if _is_placeholder(size) else size
    return _header(format_chunk, promised, walk)


def _is_placeholder(size: int) -> bool:
    """Return whether a writer that cannot seek left this length: ffmpeg all ones, sox 0x7ffff000, arecord 2^31, 0."""
    return size == 0 or 0x7FFF_0000 <= size <= 0x8000_0000 or size >= 0xFFFF_0000


def _header(chunk: bytes, size: int | None, walk: _Walk) -> WavHeader:
    tag, channels, sample_rate, _, align, bits = struct.unpack_from("<HHIIHH", chunk)
    if tag == _EXTENSIBLE and len(chunk) >= 26:
        tag = struct.unpack_from("<H", chunk, 24)[0]
    check_format(walk.name, sample_rate, channels)
    encoding = find_encoding(tag, bits)
    if encoding and align not in (0, channels * encoding.width):
        encoding = None
    return WavHeader(
        sample_rate=sample_rate, channels=channels, tag=tag, encoding=encoding, size=size, start=walk.position
    )


def read_blocks(
    read: Read,
    header: WavHeader,
    name: str,
    *,
    limit: int | None,
    least: float,
    most: float,
    beyond: Callable[[], bytes] = bytes,
) -> Iterator[FloatArray | Event]:
    """Yield the samples after the header, and an event at the end where they are not as many as promised.

    Args:
        read: see `Read`.
        header: with an encoding.
        name: of the source, for messages.
        limit: bytes of samples to read at most, None to read all that comes.
        least: seconds in a block, but for the last.
        most: seconds in a block, at most.
        beyond: return the first bytes of sound that come after the limit, none where none does.

    Raises:
        SourceError: where there is no sample at all, or reading fails.
    """
    encoding, frame = header.encoding, header.frame_bytes
    assert encoding is not None
    fewest = block_frames(least, header.sample_rate, header.channels) * frame
    largest = block_frames(most, header.sample_rate, header.channels) * frame
    done, held, left = 0, b"", limit
    while True:
        wanted = largest - len(held) if left is None else min(largest - len(held), left)
        try:
            data = read(wanted) if wanted else beyond()
        except OSError as error:
            raise SourceError(
                f"{name}: reading failed at {header.seconds(done):.1f} s ({error.strerror}); "
                "what came before it was processed"
            ) from None
        held += data
        left = left - len(data) if left else None
        if data and len(held) < fewest:
            continue
        if whole := len(held) // frame * frame:
            done += whole
            yield decode(held[:whole], encoding, header.channels)
            held = held[whole:]
        if not data:
            break
    if not done:
        if not header.start:
            raise SourceError(
                f"{name}: sound without a header was expected, but not one sample came: check what writes it"
            )
        raise SourceError(f"{name}: there is a header but no sample after it: nothing was recorded, or the copy broke")
    if header.size is not None and header.size // frame != done // frame:
        yield shortfall(name, header.seconds(header.size), header.seconds(done))
    elif header.size is None and held:
        message = f"{name}: {len(held)} bytes at the end are left out, a sample of all channels has {frame} bytes"
        yield Event(kind="signal", start=round(header.seconds(done), 6), fields={"message": message})
