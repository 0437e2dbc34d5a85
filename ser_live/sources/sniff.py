"""What a file is, read from its own bytes: for messages, and for lengths that libsndfile does not tell."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from ser_live.errors import SourceError
from ser_live.sources.base import shown

__all__ = ["NOISY", "ForeignFileError", "mp3_knows_its_length", "ogg_breaks_off", "refusal", "share_there"]

_HEAD: Final = 4_096
_OGG_PAGE: Final = 65_307  # the longest, RFC 3533
_READABLE: Final = "WAV, FLAC, OGG Vorbis, Opus or MP3"
_REMEDY: Final = 'install ffmpeg, or PyAV with `pip install "ser-live[media]"`, and try again'
NOISY: Final = b"\xf0\x7e"
"""The beginning of the one kind of file of which libsndfile speaks on standard output, between our lines."""
_FOREIGN: Final[tuple[tuple[int, bytes, str], ...]] = (
    (4, b"ftyp", "an MP4 container (m4a, mp4, 3gp)"),
    (0, b"\x1aE\xdf\xa3", "a Matroska container (webm, mka)"),
    (0, b"0&\xb2u\x8ef\xcf\x11", "a Windows Media file (wma)"),
    (0, b"#!AMR", "an AMR file"),
    (0, b"\xff\xf1", "an AAC stream"),
    (0, b"\xff\xf9", "an AAC stream"),
    (0, b"ADIF", "an AAC stream"),
    (0, b"wvpk", "a WavPack file"),
    (0, b"MAC ", "a Monkey's Audio file"),
    (0, b"TTA1", "a True Audio file"),
    (0, b"\x0b\x77", "an AC-3 stream"),
    (0, NOISY, "a MIDI sample dump (sds)"),
    (8, b"AVI ", "an AVI file"),
    (0, b"FLV", "a Flash video"),
)
_OWN: Final = (b"fLaC", b"OggS", b"ID3", b"FORM", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xfa")
_FOREIGN_ENDINGS: Final = {
    ".m4a",
    ".mp4",
    ".aac",
    ".webm",
    ".mka",
    ".mkv",
    ".wma",
    ".amr",
    ".3gp",
    ".mov",
    ".ac3",
    ".wv",
    ".avi",
}


class ForeignFileError(SourceError):
    """A file that libsndfile does not read, and another decoder may; the message says what to install.

    Args:
        path: of the file.
        head: its first bytes.
        reason: libsndfile's own.

    Attributes:
        named: whether its first bytes say what it is.
    """

    def __init__(self, path: str | os.PathLike[str], head: bytes, reason: str) -> None:
        self._place = shown(path)
        kinds = [kind for offset, mark, kind in _FOREIGN if head[offset:].startswith(mark)]
        ending = Path(self._place).suffix.lower() in _FOREIGN_ENDINGS
        self._start = f"it starts with {head[:4]!r}"
        self._kind = f" is {kinds[0]}" if kinds else ""
        self.named = bool(kinds)
        self._own = reason if not kinds and head.startswith(_OWN) else ""
        if self._own:
            message = f"nothing can be decoded from it ({reason}), it is damaged or of a rare kind: for those {_REMEDY}"
            super().__init__(f"{self._place}: {message}")
        elif self._kind or ending:
            direct = f"is not read directly ({_READABLE} are)"
            super().__init__(f"{self._place}{self._kind}{', which' if self._kind else ''} {direct}: {_REMEDY}")
        else:
            super().__init__(
                f"{self._place} was not recognised as {_READABLE} ({self._start}): if it holds sound at all, {_REMEDY}"
            )

    def refused_by(self, decoder: str, reason: str) -> SourceError:
        """Return the sentence for a file from which the other decoder, too, gets nothing.

        Args:
            decoder: its name.
            reason: what it says.
        """
        if self._own:
            message = f"{self._place}: nothing can be decoded from it ({self._own}; {decoder}: {reason})"
        elif self._kind:
            message = f"{self._place}{self._kind}, from which {decoder} gets no sound ({reason})"
        else:
            return SourceError(
                f"{self._place} was not recognised as {_READABLE} ({self._start}), "
                f"and {decoder} gets no sound from it ({reason}): give another file"
            )
        return SourceError(f"{message}: it is damaged or cut off, copy or export it again")


def refusal(path: str | os.PathLike[str], reason: str) -> SourceError:
    """Return the error for a file from which libsndfile gets nothing: `ForeignFileError` where another decoder may.

    Args:
        path: of the file.
        reason: libsndfile's own.
    """
    with open(path, "rb") as file:
        head = file.read(_HEAD)
    if not any(head[offset:].startswith(mark) for offset, mark, _ in _FOREIGN) and _is_text(head):
        return SourceError(f"{shown(path)} is text, where an audio file ({_READABLE}) was expected: give another file")
    return ForeignFileError(path, head, reason)


def _is_text(head: bytes) -> bool:
    text = head.decode("utf-8", "ignore")  # the last character may be cut
    return len(text.encode()) >= len(head) - 3 and all(c.isprintable() or c.isspace() for c in text.lstrip("\ufeff"))


def share_there(path: str | os.PathLike[str]) -> float:
    """Return the share of the samples that an AIFF, AU or W64 file promises and has, 0 to 1; 1 for other files.

    libsndfile takes the samples that are there for all of them.
    """
    with open(path, "rb") as file:
        head = file.read(24).ljust(24, b"\0")
        size = file.seek(0, os.SEEK_END)
    if head.startswith(b"FORM"):
        start, promised = 8, int.from_bytes(head[4:8], "big")
    elif head.startswith(b".snd"):
        start, promised = int.from_bytes(head[4:8], "big"), int.from_bytes(head[8:12], "big")
        promised %= 0xFFFF_FFFF  # all bits set: not known
    elif head.startswith(b"riff"):
        start, promised = 0, int.from_bytes(head[16:24], "little")
    else:
        return 1.0
    return min(1.0, max(0, size - start) / promised) if promised else 1.0


def mp3_knows_its_length(path: str | os.PathLike[str]) -> bool:
    """Return whether the first frame of an MP3 counts the others (Xing, Info or VBRI header)."""
    with open(path, "rb") as file:
        head = file.read(10)
        if head.startswith(b"ID3") and len(head) == 10:  # its length: four times seven bits
            file.seek(10 + sum(byte << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True)))
        else:
            file.seek(0)
        frame = file.read(_HEAD)
    return frame[:1] == b"\xff" and any(mark in frame[:200] for mark in (b"Xing", b"Info", b"VBRI"))


def ogg_breaks_off(path: str | os.PathLike[str]) -> bool:
    """Return whether the last page of an OGG file is not marked as the last of its stream."""
    with open(path, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 2 * _OGG_PAGE))
        tail = file.read()
    page = tail.rfind(b"OggS")
    return page >= 0 and len(tail) > page + 5 and not tail[page + 5] & 4
