"""A WAV stream as it comes, from standard input or a named pipe."""

from __future__ import annotations

import os
import select
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from ser_live.errors import SettingsError, SourceError
from ser_live.sources.base import BLOCK_SECONDS, convert_command, shown
from ser_live.sources.files import FileSource
from ser_live.sources.wav import WavHeader, read_blocks, read_header
from ser_live.types import Event, FloatArray
from ser_live.waiting import waiting_input

__all__ = ["PipeSource", "open_source"]

_LEAST_SECONDS: Final = 0.02  # a live pipe is handed on as soon as that much is there


_BEYOND_SECONDS: Final = 0.5  # that a writer has to go on where its header promises no more


class PipeSource:
    """A WAV stream that cannot be sought: PCM of 8 to 32 bits, float, A-law or µ-law; RIFF or RF64; or a raw one.

    The constructor waits for the header.

    Args:
        stream: binary, e.g. `sys.stdin.buffer`; it stays open after `close`, unless `owned`.
        name: for the screen and the session record.
        owned: whether `close` closes the stream.
        raw: the header that the stream does not have, None where it has one.

    Raises:
        SourceError: for a terminal, an empty stream, one that is no WAV, or an encoding that is not known.
    """

    live = False

    def __init__(
        self, stream: BinaryIO, *, name: str = "standard input", owned: bool = False, raw: WavHeader | None = None
    ) -> None:
        self.name = name
        self._stream = stream
        self._owned = owned
        self._closed = False
        # read1 returns what is there; an unbuffered stream has no read1, and its read does so too
        self._read = getattr(stream, "read1", stream.read)
        try:
            self._open(raw)
        except BaseException:
            self.close()
            raise

    def _open(self, raw: WavHeader | None) -> None:
        if self._stream.isatty():
            wanted = "a WAV stream was expected: pipe one in," if raw is None else "sound was expected: pipe it in, or"
            raise SourceError(f"{self.name} is a terminal, where {wanted} {convert_command()}")
        try:
            self._header = header = raw or read_header(self._read, self.name, convert_command())
        except OSError as error:
            raise SourceError(f"{self.name} cannot be read: {error.strerror}") from None
        if header.encoding is None:
            raise SourceError(
                f"{self.name}: PCM, float, A-law or µ-law samples were expected, but the WAV stream has the encoding "
                f"0x{header.tag:04x}: use {convert_command()}"
            )
        self.sample_rate = header.sample_rate
        self.channels = header.channels
        self.total = None if header.size is None else header.seconds(header.size)

    def blocks(self) -> Iterator[FloatArray | Event]:
        """Yield what comes, in blocks of 20 ms to half a second."""
        reading = read_blocks(
            self._read,
            self._header,
            self.name,
            limit=self._header.size,
            least=_LEAST_SECONDS,
            most=BLOCK_SECONDS,
            beyond=self._beyond,
        )
        while not self._closed and (item := next(reading, None)) is not None:
            yield item

    def _beyond(self) -> bytes:
        """Return what comes right after the promised samples where it is sound, no other chunk and no end."""
        with suppress(OSError, ValueError):  # Windows asks only sockets; a stream in memory has no descriptor
            if not select.select([self._stream], [], [], _BEYOND_SECONDS)[0]:
                return b""
        assert self._header.size is not None
        pad, start = self._header.size % 2, b""
        while len(start) < 4 + pad and (part := self._read(4 + pad - len(start))):
            start += part
        is_chunk = all(0x20 <= byte < 0x7F for byte in start[pad:])
        return b"" if len(start) < 4 + pad or is_chunk else start

    def close(self) -> None:
        """Stop reading."""
        self._closed = True
        if self._owned:
            self._stream.close()


def open_source(
    path: str | os.PathLike[str], *, track: int | None = None, raw: WavHeader | None = None
) -> FileSource | PipeSource:
    """Open what `--file` names: a recording, `-` for standard input, or a named pipe such as `<(…)` in bash.

    Args:
        path: of the recording.
        track: number of the audio track to hear, from 1; None = the default one.
        raw: for sound without a header: what `parse_raw` made of `--raw`.

    Raises:
        SourceError: for what cannot be read.
        SettingsError: for a track that is not there, or of a pipe.
    """
    if os.fspath(path) == "-":
        _refuse_track(track)
        if sys.stdin is None:
            raise SourceError(f"standard input is closed, where a WAV stream was expected: use {convert_command()}")
        return PipeSource(waiting_input(sys.stdin.buffer), raw=raw)
    try:
        status = os.stat(path)
        mode = status.st_mode
    except (OSError, ValueError):
        mode = 0  # FileSource says what is wrong
    piped = stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)
    if not piped and (raw is None or not stat.S_ISREG(mode)):
        return FileSource(path, track=track)
    _refuse_track(track)
    try:
        stream = open(path, "rb")  # noqa: SIM115
    except OSError as error:
        raise SourceError(f"{shown(path)} cannot be read: {error.strerror}") from None
    source = PipeSource(stream, name=shown(path) if piped else shown(Path(path).name), owned=True, raw=raw)
    if raw is not None and not piped:
        source.total = raw.seconds(status.st_size)
    return source


def _refuse_track(track: int | None) -> None:
    if track is not None:
        raise SettingsError(
            "--track chooses one of the audio tracks of a file, and pipes and raw sound have one: leave it out"
        )
