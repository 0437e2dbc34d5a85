"""What two sides of a split have in common besides speakers: equal recordings and spoken sentences."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterable, Sequence
from pathlib import Path

from ser_train.corpora import Clip

__all__ = ["equal_recordings", "sentences_in_common"]

_PIECE = 4096  # bytes


def equal_recordings(clips: Sequence[Clip]) -> list[list[Clip]]:
    """Groups of clips whose files hold the same bytes.

    Only files of one size are compared, first by a piece of their middle, and only those that agree there are read
    whole. Empty files and those that cannot be read are no recordings, and are left to whoever decodes them.
    """
    groups = [list(clips)]
    for key in (_size, _middle, _digest):
        groups = [same for group in groups for same in _equal(group, key)]
    return groups


def sentences_in_common(train: Iterable[Clip], test: Iterable[Clip]) -> tuple[int, int]:
    """How many of the test's sentences are spoken in training too, and how many there are; unknown ones not counted."""
    tested = {clip.text for clip in test if clip.text}
    return len(tested & {clip.text for clip in train}), len(tested)


def _equal(clips: Sequence[Clip], key: Callable[[Path], Hashable]) -> list[list[Clip]]:
    """Groups of two clips or more with one key."""
    groups: dict[Hashable, list[Clip]] = {}
    for clip in clips:
        try:
            found = key(clip.path)
        except OSError:
            continue
        if found != 0:
            groups.setdefault(found, []).append(clip)
    return [group for group in groups.values() if len(group) > 1]


def _size(path: Path) -> int:
    return path.stat().st_size


def _middle(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _PIECE) // 2)
        return file.read(_PIECE)


def _digest(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()
