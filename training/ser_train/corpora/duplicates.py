"""Find recordings of equal bytes, and count sentences that two sets of clips share."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence

from ser_train.corpora.clip import Clip
from ser_train.corpora.digests import Digests

__all__ = ["equal_recordings", "sentences_in_common"]

_PIECE = 4096  # bytes


def equal_recordings(clips: Sequence[Clip]) -> list[list[Clip]]:
    """Group the clips that are the same part of files of the same bytes, those of a group in the order given.

    Only files of one size are compared, first by a piece of their middle, and only those that agree there are read
    whole. Empty files and those that cannot be read are no recordings and stand in no group.
    """
    groups = [list(clips)]
    for key in (_size, _middle, Digests().clip):
        groups = [same for group in groups for same in _equal(group, key)]
    return groups


def sentences_in_common(train: Iterable[Clip], test: Iterable[Clip]) -> tuple[int, int]:
    """Count the test's sentences that are spoken in training too, and all of them; unknown ones are not counted."""
    tested = {clip.text for clip in test if clip.text}
    return len(tested & {clip.text for clip in train}), len(tested)


def _equal(clips: Sequence[Clip], key: Callable[[Clip], Hashable]) -> list[list[Clip]]:
    """Group the clips of one key, where there are two or more."""
    groups: dict[Hashable, list[Clip]] = {}
    for clip in clips:
        try:
            value = key(clip)
        except OSError:
            continue
        if value is not None:
            groups.setdefault(value, []).append(clip)
    return [group for group in groups.values() if len(group) > 1]


def _size(clip: Clip) -> Hashable:
    """Return a file's bytes and which part of it the clip is; None for an empty file."""
    size = clip.path.stat().st_size
    return (size, clip.excerpt) if size else None


def _middle(clip: Clip) -> bytes:
    with clip.path.open("rb") as file:
        file.seek(max(0, clip.path.stat().st_size - _PIECE) // 2)
        return file.read(_PIECE)
