"""Recordings through an `ffmpeg` of this computer: it runs as a child and gives a WAV stream.

Only the path of the file stands on its command line. The file may not make it open another file or the network.
Options: https://ffmpeg.org/ffmpeg.html and https://ffmpeg.org/ffmpeg-formats.html
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from typing import Final

from ser_live.errors import SourceError
from ser_live.sources.base import BLOCK_SECONDS
from ser_live.sources.child import Child
from ser_live.sources.probe import FORMATS, Probe, read_probe
from ser_live.sources.sniff import ForeignFileError
from ser_live.sources.tracks import Track, choose, ending, from_the_start, no_such_track
from ser_live.sources.wav import read_blocks, read_header
from ser_live.types import Event, FloatArray

__all__ = ["PATIENCE_SECONDS", "FfmpegReader", "find_ffmpeg"]

PATIENCE_SECONDS = 30.0
"""An ffmpeg that gives nothing for so long is ended."""
_SAFE: Final = ["-protocol_whitelist", "file,pipe", "-format_whitelist", FORMATS]
_QUIET: Final = ["-hide_banner", "-v", "error"]
_LIST: Final = (
    "format=format_name,start_time,duration:stream=codec_type,codec_name,start_time,duration"
    ":stream_disposition=default,attached_pic:stream_tags=language,DURATION"
)
_MOST_PROBED: Final = 1_000_000  # bytes
_VAGUE: Final = re.compile(
    r"(Error (opening|writing|closing|while decoding|submitting)|Conversion failed|Invalid (data found|argument)"
    r"|Decode error|Nothing was written|Last message repeated|av_interleaved_write_frame)"
)


def find_ffmpeg() -> str | None:
    """Return the path of the program, None where there is none."""
    return shutil.which("ffmpeg")


class FfmpegReader:
    """A file that an ffmpeg decodes, at its own rate, with all channels of one track.

    Args:
        program: path of ffmpeg; an ffprobe on the PATH lists tracks and lengths, and without it the first is heard.
        path: of the file.
        name: of the source, for messages.
        track: number to hear, from 1; None = the default one.
        foreign: why libsndfile does not read the file.

    Raises:
        OSError: where ffmpeg cannot be started.
        SourceError: where it gets no sound out of the file.
        SettingsError: for a track that is not there.
    """

    def __init__(
        self, program: str, path: str | os.PathLike[str], name: str, track: int | None, foreign: ForeignFileError
    ) -> None:
        self._name = name
        self._foreign = foreign
        url = b"file:" + os.fsencode(path)  # so that no name is an option or an address
        probe = self._probe(url)
        number, self._choice = (track or 1, None) if probe is None else choose(probe.tracks, track, name)
        self._track = Track() if probe is None else probe.tracks[number - 1]
        self._others = () if probe is None else probe.others(number)
        self.total = None if probe is None else self._track.promised or probe.total
        sound = ["-map", f"0:a:{number - 1}", "-c:a", "pcm_f32le", "-f", "wav", "pipe:1"]
        before = ["-nostdin", *_QUIET, "-threads", "1", *_SAFE, "-i"]
        self._child = Child([program, *before, os.fsdecode(url), *sound], patience=PATIENCE_SECONDS)
        try:
            self._header = read_header(self._child.read, name, "another file")
        except SourceError:
            code = self._child.result()
            reason = self._reason(code)
            self.close()
            if self._child.hung:
                raise SourceError(_hung(name, "")) from None
            if any("matches no streams" in line for line in self._useful()):
                raise no_such_track(track, name) from None
            raise foreign.refused_by("ffmpeg", reason) from None
        except BaseException:
            self.close()
            raise
        self.sample_rate, self.channels = self._header.sample_rate, self._header.channels

    def _probe(self, url: bytes) -> Probe | None:
        """Ask ffprobe what is in the file; None where it is not there or cannot tell."""
        program = shutil.which("ffprobe")
        if program is None:
            return None
        command = [program, *_QUIET, *_SAFE, "-of", "json", "-show_entries", _LIST, "-i", os.fsdecode(url)]
        try:
            child = Child(command, patience=PATIENCE_SECONDS)
        except OSError:
            return None
        text = b""
        with closing(child):
            while (part := child.read(65_536)) and len(text) < _MOST_PROBED:
                text += part
            if child.hung:
                raise SourceError(_hung(self._name, "", "ffprobe"))
        return read_probe(text)

    def blocks(self) -> Iterator[FloatArray | Event]:
        """Yield blocks of half a second, the message of the choice of a track, and at the end what is missing.

        Raises:
            SourceError: where there is no sample, or ffmpeg gives nothing more.
        """
        done = 0
        for item in from_the_start(self._sound(), self._track, self.sample_rate, self._choice):
            yield item
            done += 0 if isinstance(item, Event) else len(item)
        seconds, code = done / self.sample_rate, self._child.result()
        if self._child.hung:
            raise SourceError(_hung(self._name, f" at {seconds:.1f} s"))
        damage = self._reason(code) if code or self._useful() else ""
        if (event := ending(self._name, "ffmpeg", self._track, seconds, damage, failed=code != 0)) is not None:
            yield event

    def _sound(self) -> Iterator[FloatArray]:
        """Yield the samples that come; raise where none does."""
        least = most = BLOCK_SECONDS
        reading = read_blocks(self._child.read, self._header, self._name, limit=None, least=least, most=most)
        try:
            for item in reading:
                if not isinstance(item, Event):
                    yield item
        except SourceError:  # there is no sample
            reason = self._reason(self._child.result())
            if self._child.hung:
                raise SourceError(_hung(self._name, "")) from None
            raise self._foreign.refused_by("ffmpeg", reason) from None

    def _useful(self) -> list[str]:
        """Return what ffmpeg said of the track, cleaned."""
        lines = (line for line in self._child.messages if not line.startswith(tuple(f"[{o} @" for o in self._others)))
        texts = (re.sub(r"^(\[[^\]]*\] ?)+", "", line).strip() for line in lines)
        return ["".join(c if c.isprintable() else " " for c in text) for text in texts if text]

    def _reason(self, code: int) -> str:
        """Return the last line that says something, or the exit code."""
        lines = [line.rpartition(": ")[2] if line.startswith("file:") else line for line in self._useful()]
        told = [line for line in lines if not _VAGUE.match(line)] or lines
        if told:
            return told[-1] if len(told[-1]) <= 120 else told[-1][:119] + "…"
        return f"it was ended by signal {-code}" if code < 0 else f"exit code {code}" if code else "there is no sample"

    def close(self) -> None:
        """End ffmpeg."""
        self._child.close()


def _hung(name: str, place: str, program: str = "ffmpeg") -> str:
    kept = "; what came before it was processed" if place else ""
    return (
        f"{name}: {program} gave nothing for {PATIENCE_SECONDS:g} s{place} and was ended{kept}: "
        "copy the file to this computer, or export it again"
    )
