"""Count the files that look as if they could be used and are not, each with its reason."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ser_train.corpora.endings import ENDINGS, OTHER_SOUNDS

__all__ = ["Unused", "sounds"]


class Unused:
    """Files that are not used, by reason; a file counts once."""

    def __init__(self) -> None:
        self._reasons: dict[Path, str] = {}

    def add(self, paths: Iterable[Path], reason: str) -> None:
        """Add files; of a file that is there already the first reason stays."""
        for path in paths:
            self._reasons.setdefault(path, reason)

    def remove(self, paths: Iterable[Path]) -> None:
        """Forget files that another source gave."""
        for path in paths:
            self._reasons.pop(path, None)

    def of(self, reason: str) -> list[Path]:
        """Return the files that are not used for this reason."""
        return [path for path, theirs in self._reasons.items() if theirs == reason]

    @property
    def paths(self) -> list[Path]:
        """All of them."""
        return list(self._reasons)

    def notes(self) -> list[str]:
        """Return a sentence for each reason."""
        notes = []
        for reason in dict.fromkeys(self._reasons.values()):
            paths = self.of(reason)
            which = f"{len(paths):,} files, such as {paths[0]}" if len(paths) > 1 else str(paths[0])
            notes.append(f"not used: {which}: {reason}")
        return notes


def sounds(paths: Iterable[Path]) -> list[Path]:
    """Return the files whose ending is a sound's, read or not."""
    return [path for path in paths if path.suffix.lower() in ENDINGS | OTHER_SOUNDS]
