"""What a file is, read from its own bytes: for messages, and for lengths that libsndfile does not tell."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from ser_live.sources.base import convert_command, shown

__all__ = ["mp3_knows_its_length", "ogg_breaks_off", "refusal", "share_there"]

_HEAD: Final = 4_096
_OGG_PAGE: Final = 65_307  # the longest, RFC 3533
_READABLE: Final = "WAV, FLAC, OGG Vorbis, Opus or MP3"
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
)
_OWN: Final = (b"fLaC", b"OggS", b"ID3", b"FORM", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xfa")
_FOREIGN_ENDINGS: Final = {".m4a", ".mp4", ".aac", ".webm", ".mka", ".mkv", ".wma", ".amr", ".3gp", ".mov", ".ac3"}


def refusal(path: str | os.PathLike[str], reason: str) -> str:
    """Return the sentence for a file from which libsndfile gets nothing.

    Args:
        path: of the file.
        reason: libsndfile's own.
    """
    place, command = shown(path), convert_command(path)
    with open(path, "rb") as file:
        head = file.read(_HEAD)
    for offset, mark, kind in _FOREIGN:
        if head[offset:].startswith(mark):
            return f"{place} is {kind}, which is not read directly ({_READABLE} are): use {command}"
    if head.startswith(_OWN):
        return f"{place}: nothing can be decoded from it ({reason}), it is damaged or of a rare kind: try {command}"
    if _is_text(head):
        return f"{place} is text, where an audio file ({_READABLE}) was expected: give another file"
    if Path(shown(path)).suffix.lower() in _FOREIGN_ENDINGS:
        return f"{place} is not read directly ({_READABLE} are): use {command}"
    return (
        f"{place} was not recognised as {_READABLE} (it starts with {head[:4]!r}): "
        f"if it holds sound at all, use {command}"
    )


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
    return any(mark in frame[:200] for mark in (b"Xing", b"Info", b"VBRI"))


def ogg_breaks_off(path: str | os.PathLike[str]) -> bool:
    """Return whether the last page of an OGG file is not marked as the last of its stream."""
    with open(path, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 2 * _OGG_PAGE))
        tail = file.read()
    page = tail.rfind(b"OggS")
    return page >= 0 and len(tail) > page + 5 and not tail[page + 5] & 4
