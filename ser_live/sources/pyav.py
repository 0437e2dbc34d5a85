"""Recordings through PyAV, the libraries of ffmpeg inside our own process: `pip install "ser-live[media]"`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

import numpy as np

from ser_live.errors import shortened
from ser_live.sources.base import BLOCK_SECONDS, block_frames, check_format
from ser_live.sources.probe import FORMATS, KNOWS_LENGTH
from ser_live.sources.sniff import ForeignFileError
from ser_live.sources.tracks import Track, choose, ending, from_the_start
from ser_live.types import Event, FloatArray

__all__ = ["PyavReader"]

_SAFE: Final = {"format_whitelist": FORMATS, "protocol_whitelist": "pipe"}
_MICROSECONDS: Final = 1e-6


class PyavReader:
    """A file that PyAV decodes, at its own rate, with all channels of one track.

    Args:
        path: of the file.
        name: of the source, for messages.
        track: number to hear, from 1; None = the default one.
        foreign: why libsndfile does not read the file.

    Raises:
        ImportError: where PyAV is not installed.
        SourceError: where it gets no sound out of the file.
        SettingsError: for a track that is not there.
    """

    def __init__(self, path: str | os.PathLike[str], name: str, track: int | None, foreign: ForeignFileError) -> None:
        import av

        self._av: Any = av
        self._name, self._foreign = name, foreign
        self._damage = ""
        self._file = open(path, "rb")  # noqa: SIM115 - so no name is an option or an address
        self._container: Any = None
        try:
            self._container = _open(av, self._file)
            streams = self._container.streams.audio
            tracks = [self._track_of(stream) for stream in streams]
            number, self._choice = choose(tracks, track, name)
            self._track, self._stream = tracks[number - 1], streams[number - 1]
            self._stream.codec_context.thread_count = 1
            self.total = self._track.promised or self._length()
            self._frames = self._decoded()
            self._first: Any = next(self._frames, None)
            if self._first is None:
                raise foreign.refused_by("PyAV", self._damage or "there is no sample")
            self.sample_rate: int = self._first.sample_rate
            self.channels: int = self._first.layout.nb_channels
            check_format(name, self.sample_rate, self.channels)
        except self._av.FFmpegError as error:
            self.close()
            raise foreign.refused_by("PyAV", _reason(error)) from None
        except BaseException:
            self.close()
            raise

    def _length(self) -> float | None:
        """Return the seconds of the file where they stand in it."""
        length = self._container.duration
        knows = KNOWS_LENGTH & set(self._container.format.name.split(","))
        return length * _MICROSECONDS if length and knows else None

    def _track_of(self, stream: Any) -> Track:
        total = self._length()
        unit = stream.time_base
        start = (self._container.start_time or 0) * _MICROSECONDS
        lead = 0.0 if stream.start_time is None or unit is None else max(0.0, float(stream.start_time * unit) - start)
        promised = None
        if total is not None and stream.duration and unit is not None:
            promised = lead + float(stream.duration * unit)
        elif len(self._container.streams) == 1:
            promised = total
        return Track(
            language=(stream.language or "").replace("und", ""),
            default=bool(int(stream.disposition) & 1),
            lead=lead if promised is None or lead < promised else 0.0,
            promised=promised,
        )

    def _decoded(self) -> Iterator[Any]:
        """Yield the frames that can be decoded, and note what cannot."""
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except self._av.FFmpegError as error:
                self._damage = _reason(error)
                return
            if packet is None:
                return
            try:
                yield from packet.decode()
            except self._av.FFmpegError as error:
                self._damage = _reason(error)

    def blocks(self) -> Iterator[FloatArray | Event]:
        """Yield blocks of half a second, the message of the choice of a track, and at the end what is missing."""
        done = 0
        for item in from_the_start(self._sound(), self._track, self.sample_rate, self._choice):
            yield item
            done += 0 if isinstance(item, Event) else len(item)
        seconds = done / self.sample_rate
        if (event := ending(self._name, "PyAV", self._track, seconds, self._damage, failed=False)) is not None:
            yield event

    def _sound(self) -> Iterator[FloatArray]:
        size = block_frames(BLOCK_SECONDS, self.sample_rate, self.channels)
        held: list[FloatArray] = []
        count = 0
        for part in self._parts():
            held.append(part)
            count += len(part)
            if count >= size:
                whole = np.concatenate(held)
                for at in range(0, count - size + 1, size):
                    yield whole[at : at + size]
                held = [whole[count - count % size :]]
                count %= size
        if count:
            yield np.concatenate(held)

    def _parts(self) -> Iterator[FloatArray]:
        """Yield the frames as float32 `(frames, channels)`, whatever they are."""
        resampler: Any = None
        kind: object = None
        frame = self._first
        while frame is not None:
            if (now := (frame.format.name, frame.layout.name, frame.sample_rate)) != kind:
                if resampler is not None:
                    yield from map(self._samples, resampler.resample(None))
                resampler = self._av.AudioResampler("flt", self._first.layout, self.sample_rate)
                kind = now
            frame.pts = None  # it would fill gaps
            yield from map(self._samples, resampler.resample(frame))
            frame = next(self._frames, None)
        yield from map(self._samples, resampler.resample(None))

    def _samples(self, frame: Any) -> FloatArray:
        samples: FloatArray = frame.to_ndarray().reshape(-1, self.channels)
        return samples

    def close(self) -> None:
        """Close the file."""
        if self._container is not None:
            self._container.close()
        self._file.close()


def _reason(error: Any) -> str:
    return shortened("".join(c if c.isprintable() else " " for c in str(error.strerror)), 120)


def _open(av: Any, file: BinaryIO) -> Any:
    """Open a container; tags that are no text are no error."""
    try:
        return av.open(file, options=dict(_SAFE), metadata_errors="replace")
    except TypeError:  # from version 19 on they never are, and there is no such argument
        return av.open(file, options=dict(_SAFE))
