"""Recordings through libsndfile, read in order, with their damage reported."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

import numpy as np
import soundfile

from ser_live.errors import SourceError
from ser_live.sources.base import BLOCK_SECONDS, block_frames, check_format, shortfall
from ser_live.sources.libsndfile import Straight, Uncounted, open_file, open_stream, words
from ser_live.sources.mp3 import Mp3Frames
from ser_live.sources.sniff import ForeignFileError, mp3_knows_its_length, ogg_breaks_off, refusal
from ser_live.types import Event, FloatArray

__all__ = ["CodecReader"]

_STEP_SECONDS = 0.05  # a decoding error loses what came with it: at most this much
_UNKNOWN = 1 << 62  # libsndfile says more than that where a stream does not know its length
_GAP_SECONDS = 0.1  # so much less than promised is a gap, not the delay of an encoder
_SYSTEM_ERROR = "System error"  # libsndfile's words for a disk that fails


class CodecReader:
    """A file that libsndfile decodes.

    Args:
        path: of the file.
        name: of the source, for messages.
        share: how much of the samples that the header promises is there, 0 to 1.

    Raises:
        SourceError: where libsndfile cannot read it.
    """

    def __init__(self, path: str | os.PathLike[str], name: str, *, share: float = 1.0) -> None:
        self._name = name
        self._path = path
        self._uncounted: Uncounted | None = None
        self._frames: Mp3Frames | None = None
        try:
            self._file = open_file(path)
        except ForeignFileError as foreign:
            if foreign.named or not self._resume(0):
                raise
        try:
            if self._frames is None and self._file.format == "MP3" and not mp3_knows_its_length(path):
                self._file.close()
                if not self._resume(0):  # of another layer, or damaged all over
                    self._uncounted = Uncounted(path)
                    self._file = open_stream(self._uncounted, path)
            self.sample_rate: int = self._file.samplerate
            self.channels: int = self._file.channels
            check_format(name, self.sample_rate, self.channels)
        except BaseException:
            self.close()
            raise
        frames = self._file.frames
        self.total: float | None = frames / self.sample_rate if frames < _UNKNOWN else None
        self._promised = None if self.total is None else self.total / max(share, 1e-9)
        self._broken_off = self._file.format == "OGG" and ogg_breaks_off(path)

    def blocks(self) -> Iterator[FloatArray | Event]:
        """Yield blocks of half a second, and at the end an event where something is missing.

        Raises:
            SourceError: where nothing can be decoded, or the disk fails.
        """
        length = block_frames(BLOCK_SECONDS, self.sample_rate, self.channels)
        done = 0
        while True:
            block = np.empty((length, self.channels), np.float32)
            filled, damage = self._fill(block)
            done += filled
            if filled:
                yield block[:filled]
            damage = self._disk_error() or damage
            if filled < length and not self._go_on(done, damage):
                break
        seconds = done / self.sample_rate
        if damage.startswith(_SYSTEM_ERROR):
            raise SourceError(
                f"{self._name}: reading failed at {seconds:.1f} s ({damage}); what came before it was processed"
            )
        if not done:
            raise refusal(self._path, damage or "it holds no sample")
        if (event := self._missing(seconds, damage)) is not None:
            yield event

    def _fill(self, block: FloatArray) -> tuple[int, str]:
        """Decode into the block; return how many frames came, and the errors that libsndfile reported."""
        step = block_frames(_STEP_SECONDS, self.sample_rate, self.channels)
        filled = 0
        try:
            while filled < len(block) and (got := len(self._file.read(out=block[filled : filled + step]))):
                filled += got
        except soundfile.LibsndfileError as error:
            return filled, words(error)
        return filled, ""

    def _disk_error(self) -> str:
        """Return a failure of the disk in the words of libsndfile, or ""; raise any other failure of a read."""
        for file in (self._uncounted, self._frames):
            if file is not None and file.failure is not None:
                if not isinstance(file.failure, OSError):
                    raise file.failure
                return f"{_SYSTEM_ERROR}: {file.failure.strerror}"
        return ""

    def _go_on(self, done: int, damage: str) -> bool:
        """Go on behind a gap of an MP3 where there are more frames; return whether there are."""
        if self._file.format != "MP3" or self._frames is not None or damage.startswith(_SYSTEM_ERROR):
            return False
        short = self._promised is not None and self._promised - done / self.sample_rate > _GAP_SECONDS
        return bool(damage or short) and self._resume(done)

    def _resume(self, done: int) -> bool:
        """Read the frames of an MP3 alone, without what is between them, from that sample on; return whether it has."""
        frames = Mp3Frames(self._path)
        file = None
        with suppress(soundfile.LibsndfileError, OSError):
            file = Straight(frames) if frames.found else None
            if file is not None and self._skip(file, done):
                if (before := getattr(self, "_file", None)) is not None:
                    before.close()
                self._file, self._frames = file, frames
                return True
        if file is not None:
            file.close()
        frames.close()
        if frames.failure is not None and not isinstance(frames.failure, OSError):
            raise frames.failure
        return False

    def _skip(self, file: Straight, done: int) -> bool:
        """Skip the samples that were heard already; return whether it is the same sound, and has so many."""
        if done and (file.samplerate, file.channels) != (self.sample_rate, self.channels):
            return False
        scratch = np.empty((block_frames(BLOCK_SECONDS, file.samplerate, file.channels), file.channels), np.float32)
        while done and (got := len(file.read(out=scratch[:done]))):
            done -= got
        return not done

    def _missing(self, seconds: float, damage: str) -> Event | None:
        gaps = self._frames.damage(seconds, self._promised) if self._frames is not None else ""
        if gaps:
            message = f"{self._name}: {gaps}; what is there was heard"
        elif damage:
            message = f"{self._name}: damaged at {seconds:.1f} s ({damage}), what comes after it cannot be decoded"
            if self._promised is not None:
                message += f"; the header promises {self._promised:.1f} s"
        elif self._promised is not None and self._promised - seconds > 0.5 / self.sample_rate:
            return shortfall(self._name, self._promised, seconds)
        elif self._broken_off:
            message = f"{self._name}: the recording breaks off at {seconds:.1f} s, without the end mark of its stream"
        else:
            return None
        return Event(kind="signal", start=round(seconds, 6), fields={"message": message})

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        if self._uncounted is not None:
            self._uncounted.close()
        if self._frames is not None:
            self._frames.close()
