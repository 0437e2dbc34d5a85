"""Find recordings of equal bytes, and count sentences that two sets of clips share."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterable, Sequence
from pathlib import Path

from ser_train.corpora.clip import Clip

__all__ = ["equal_recordings", "sentences_in_common"]

_PIECE = 4096  # bytes


def equal_recordings(clips: Sequence[Clip]) -> list[list[Clip]]:
    """Group the clips whose files hold the same bytes, those of a group in the order given.

    Only files of one size are compared, first by a piece of their middle, and only those that agree there are read
    whole. Empty files and those that cannot be read are no recordings and stand in no group.
    """
    groups = [list(clips)]
    for key in (_size, _middle, _digest):
        groups = [same for group in groups for same in _equal(group, key)]
    return groups


def sentences_in_common(train: Iterable[Clip], test: Iterable[Clip]) -> tuple[int, int]:
    """Count the test's sentences that are spoken in training too, and all of them; unknown ones are not counted."""
    tested = {clip.text for clip in test if clip.text}
    return len(tested & {clip.text for clip in train}), len(tested)


def _equal(clips: Sequence[Clip], key: Callable[[Path], Hashable]) -> list[list[Clip]]:
    """Group the clips of one key, where there are two or more."""
    groups: dict[Hashable, list[Clip]] = {}
    for clip in clips:
        try:
            value = key(clip.path)
        except OSError:
            continue
        if value != 0:  # bytes, of an empty file
            groups.setdefault(value, []).append(clip)
    return [group for group in groups.values() if len(group) > 1]


def _size(path: Path) -> int:
    return path.stat().st_size


def _middle(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _PIECE) // 2)
        return file.read(_PIECE)


def _digest(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()
