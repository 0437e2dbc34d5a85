"""What libsndfile does not read: through the ffmpeg of this computer, else through PyAV, else not at all."""

from __future__ import annotations

import os

from ser_live.sources.ffmpeg import FfmpegReader, find_ffmpeg
from ser_live.sources.pyav import PyavReader
from ser_live.sources.sniff import ForeignFileError

__all__ = ["open_media"]


def open_media(
    path: str | os.PathLike[str], name: str, track: int | None, foreign: ForeignFileError
) -> FfmpegReader | PyavReader:
    """Open a file that libsndfile does not read.

    Args:
        path: of the file.
        name: of the source, for messages.
        track: number of the audio track to hear, from 1; None = the default one.
        foreign: why libsndfile does not read it.

    Raises:
        SourceError: where nobody reads it; `foreign` itself where there is no decoder.
        SettingsError: for a track that is not there.
    """
    program = find_ffmpeg()
    if program is not None:
        try:
            return FfmpegReader(program, path, name, track, foreign)
        except OSError:  # it cannot be started
            pass
    try:
        return PyavReader(path, name, track, foreign)
    except ImportError:
        raise foreign from None
