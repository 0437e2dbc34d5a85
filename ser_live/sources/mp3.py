"""The frames of a damaged MP3, without what stands between them: libsndfile gives up where a frame is missing."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from typing import Final

from ser_live.sources.mp3_header import LONGEST, START, frame_kind, frame_size

__all__ = ["Mp3Frames"]

_CHAIN: Final = 3  # headers that must follow each other where a stream is found
_CHUNK: Final = 1 << 14
_NO_END: Final = (1 << 63) - 1
_TAGS: Final = (b"TAG", b"APETAGEX", b"LYRICS")  # at the end


class Mp3Frames:
    """A file-like stream of whole frames that follow each other, for libsndfile, which must not know its length.

    Args:
        path: of the file.

    Attributes:
        gaps: for each place where bytes were left out, the frames before it and the bytes.
        frames: read so far.
        failure: what went wrong while libsndfile was reading, to be raised later.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.failure: BaseException | None = None
        self._file = open(path, "rb", buffering=0)  # noqa: SIM115
        self._restart()

    def _restart(self) -> None:
        self.gaps: list[tuple[int, int]] = []
        self.frames = 0
        self._bytes = 0
        self._position = 0
        self._held = b""
        self._at_end = False
        self._parts = self._find()

    @property
    def found(self) -> bool:
        """Whether there is a frame at all; to be asked before anything is read."""
        there = next(self._parts, b"") != b""
        self._restart()
        return there

    def damage(self, seconds: float, promised: float | None) -> str:
        """Return what is missing, in words, or "" for nothing.

        Args:
            seconds: of sound that all frames have given.
            promised: that the header names, None where it names none.
        """
        while self.read(_CHUNK):  # what is behind the last frame that was asked for
            pass
        lost = [(frames, count) for frames, count in self.gaps if frames]
        if lost:
            places = "1 place" if len(lost) == 1 else f"{len(lost)} places"
            first = lost[0][0] * seconds / max(1, self.frames)
            missing = f"{sum(count for _, count in lost)} bytes are no MP3"
            if promised is not None and promised > seconds:
                missing = f"{promised - seconds:.1f} of {promised:.1f} s are missing"
            return f"damaged in {places} from {first:.1f} s on, {missing}"
        if self.gaps and self.gaps[0][1] > LONGEST:
            return f"its first {self.gaps[0][1]} bytes are no MP3 and were left out"
        return ""

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place; the end is out of reach."""
        self._at_end = whence == os.SEEK_END
        if self._at_end:
            return _NO_END
        wanted = offset + (self._position if whence == os.SEEK_CUR else 0)
        if wanted < self._position:
            self._restart()
        while self._position < wanted and self._take(wanted - self._position):
            pass
        return self._position

    def tell(self) -> int:
        """Return the place, in bytes of frames."""
        return _NO_END if self._at_end else self._position

    def write(self, data: bytes) -> int:
        """Refuse: soundfile asks for the method, not for the deed."""
        raise OSError

    def read(self, count: int) -> bytes:
        """Return that many bytes, fewer at the end."""
        buffer = bytearray(count)
        return bytes(buffer[: self.readinto(memoryview(buffer))])

    def readinto(self, buffer: memoryview) -> int:
        """Fill the buffer; return how many bytes came."""
        try:
            part = b""
            while len(part) < len(buffer) and (more := self._take(len(buffer) - len(part))):
                part += more
        except BaseException as failure:  # Ctrl-C too: libsndfile, which calls this, cannot pass it on
            self.failure = failure
            return 0
        buffer[: len(part)] = part
        return len(part)

    def _take(self, count: int) -> bytes:
        if not self._held:
            self._held = next(self._parts, b"")
        part, self._held = self._held[:count], self._held[count:]
        self._position += len(part)
        return part

    def _find(self) -> Iterator[bytes]:
        """Yield the frames, and note the gaps."""
        self._file.seek(_tag_end(self._file))
        data = bytearray()
        at = skipped = kind = 0
        ended = False
        while True:
            if len(data) - at <= _CHAIN * LONGEST and not ended:
                part = self._file.read(_CHUNK)
                ended = not part
                data[:at] = b""
                at = 0
                data += part
                continue
            if skipped == 0 and kind:  # within a chain
                size = frame_size(data, at, kind)
                if size and (frame_size(data, at + size, kind) or _is_end(data, at + size, ended)):
                    self.frames += 1
                    self._bytes += size
                    yield bytes(data[at : at + size])
                    at += size
                    continue
            found = _search(data, at, kind, ended)
            if found is not None:
                skipped += found - at
                at = found
                if skipped:
                    self.gaps.append((self.frames, skipped))
                skipped, kind = 0, frame_kind(data, at)
                continue
            rest = max(at, len(data) if ended else len(data) - _CHAIN * LONGEST)
            tail = bytes(data[at : at + 8])
            skipped += rest - at
            at = rest
            if ended:
                if self.frames and skipped > LONGEST and not tail.startswith(_TAGS):
                    self.gaps.append((self.frames, skipped))
                return

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _tag_end(file: io.FileIO) -> int:
    """Return where the ID3v2 tag at the beginning ends; 0 without one."""
    file.seek(0)
    head = file.read(10)
    if not (head.startswith(b"ID3") and len(head) == 10):
        return 0
    size: int = sum(byte << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
    return 10 + size


def _is_end(data: bytearray, at: int, ended: bool) -> bool:
    """Return whether the file, but for its tags, ends there."""
    return (ended and at == len(data)) or data[at : at + 8].startswith(_TAGS)


def _search(data: bytearray, at: int, wanted: int, ended: bool) -> int | None:
    """Return where the next frame begins that others follow, None where none does before more must be read.

    Args:
        data: what has been read.
        at: where to begin.
        wanted: kind of the frame, 0 for any.
        ended: whether the file ends with the data.
    """
    while (start := START.search(data, at)) and (ended or start.start() <= len(data) - _CHAIN * LONGEST):
        at = start.start()
        kind = frame_kind(data, at)
        if kind and kind == (wanted or kind):
            end = at
            for count in range(_CHAIN):
                size = frame_size(data, end, kind)
                if not size:
                    break
                end += size
                if count and _is_end(data, end, ended):
                    return at
            else:
                return at
        at += 1
    return None
