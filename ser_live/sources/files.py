"""Recordings: WAV by our own reader, everything else through libsndfile, in blocks."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Protocol

from ser_live.errors import SourceError
from ser_live.sources.base import BLOCK_SECONDS, convert_command, shown
from ser_live.sources.codecs import CodecReader
from ser_live.sources.media import open_media
from ser_live.sources.sniff import NOISY, ForeignFileError, refusal, share_there
from ser_live.sources.tracks import check_track
from ser_live.sources.wav import WavHeader, read_blocks, read_header
from ser_live.types import Event, FloatArray

__all__ = ["FileSource"]

_WAV_MARKS = (b"RIFF", b"RF64", b"BW64")


class FileSource:
    """A recording: WAV, FLAC, OGG Vorbis, Opus, MP3, AIFF; with ffmpeg or PyAV also m4a, mp4, webm, amr, wma, ….

    The first block is decoded at once, so that a file without any sound is refused before work starts.

    Args:
        path: of the file.
        track: number of the audio track to hear, from 1; None = the default one.

    Raises:
        SourceError: where it is missing, not readable, no recording, or holds no sample that can be decoded.
        SettingsError: for a track that it does not have.
    """

    live = False

    def __init__(self, path: str | os.PathLike[str], *, track: int | None = None) -> None:
        size = _check_file(path)
        self.name = shown(Path(path).name)
        self._closed = False
        try:
            self._reader, self._blocks = _begin(_open(path, self.name, size))
        except ForeignFileError as foreign:
            self._reader, self._blocks = _begin(open_media(path, self.name, track, foreign))
        else:
            self._check_single(track)
        self.sample_rate = self._reader.sample_rate
        self.channels = self._reader.channels
        self.total = self._reader.total

    def _check_single(self, track: int | None) -> None:
        try:
            check_track(track, self.name, 1)
        except BaseException:
            self.close()
            raise

    def blocks(self) -> Iterator[FloatArray | Event]:
        """Yield the recording in blocks of half a second."""
        while not self._closed and (item := next(self._blocks, None)) is not None:
            yield item

    def close(self) -> None:
        """Close the file."""
        self._closed = True
        self._reader.close()


def _begin(reader: _Reader) -> tuple[_Reader, Iterator[FloatArray | Event]]:
    """Decode the first block; return the reader and all its blocks."""
    try:
        rest = reader.blocks()
        return reader, chain([next(rest)], rest)
    except BaseException:
        reader.close()
        raise


class _Reader(Protocol):
    sample_rate: int
    channels: int
    total: float | None

    def blocks(self) -> Iterator[FloatArray | Event]: ...

    def close(self) -> None: ...


class _WavReader:
    """A WAV file whose samples we decode ourselves; the size of the file shows whether its header is wrong."""

    def __init__(self, file: io.FileIO, header: WavHeader, name: str, size: int) -> None:
        self.sample_rate = header.sample_rate
        self.channels = header.channels
        self._file, self._header, self._name = file, header, name
        there = size - header.start
        self._limit = header.size if header.size is not None and not _goes_on(file, header, there) else None
        self.total: float | None = header.seconds(there if self._limit is None else min(self._limit, there))

    def blocks(self) -> Iterator[FloatArray | Event]:
        return read_blocks(
            self._file.read, self._header, self._name, limit=self._limit, least=BLOCK_SECONDS, most=BLOCK_SECONDS
        )

    def close(self) -> None:
        self._file.close()


def _goes_on(file: io.FileIO, header: WavHeader, there: int) -> bool:
    """Return whether samples, not another chunk, follow what the header promises, as where a recorder died."""
    assert header.size is not None
    after = header.size + header.size % 2
    if (there - after) / header.frame_bytes < 0.1 * header.sample_rate:
        return False
    file.seek(header.start + after)
    chunk = file.read(4)
    file.seek(header.start)
    return not all(0x20 <= byte < 0x7F for byte in chunk)


def _check_file(path: str | os.PathLike[str]) -> int:
    """Return the size of a file that may be read; raise `SourceError` with the reason for any other."""
    place = shown(path)
    try:
        status = os.stat(path)
        if stat.S_ISREG(status.st_mode):
            open(path, "rb").close()
    except PermissionError:
        raise SourceError(f"{place} may not be read by this user: change its permissions") from None
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a zero byte in the name
        raise SourceError(f"there is no file {place}: check the path") from None
    except OSError as error:
        raise SourceError(f"{place} cannot be read: {error.strerror}") from None
    if stat.S_ISDIR(status.st_mode):
        raise SourceError(f"{place} is a folder, where an audio file was expected: give one of the files in it")
    if not stat.S_ISREG(status.st_mode):
        raise SourceError(f"{place} is no regular file: read it as a pipe with `ser-live --file - < {place}`")
    if status.st_size == 0:
        raise SourceError(f"{place} is empty (0 bytes), where an audio file was expected: copy or export it again")
    return status.st_size


def _open(path: str | os.PathLike[str], name: str, size: int) -> _Reader:
    file = io.FileIO(path)
    try:
        if (head := file.read(12))[:4] not in _WAV_MARKS or (len(head) == 12 and head[8:] != b"WAVE"):
            file.close()
            if head.startswith(NOISY):
                raise refusal(path, "")
            return CodecReader(path, name, share=share_there(path))
        file.seek(0)
        header = read_header(file.read, name, convert_command(path))
        if header.encoding is not None:
            return _WavReader(file, header, name, size)
    except OSError as error:
        file.close()
        raise SourceError(f"{shown(path)} cannot be read: {error.strerror}") from None
    except BaseException:
        file.close()
        raise
    file.close()
    there = size - header.start
    return CodecReader(path, name, share=min(1.0, there / header.size) if header.size else 1.0)
