"""Digests of what clips hold: a file is read once, however many clips are stretches of it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ser_train.corpora.clip import WHOLE, Clip

__all__ = ["Digests"]

_BLOCK = 2**20  # bytes


class Digests:
    """Compute digests of files and clips; those of files are kept."""

    def __init__(self) -> None:
        self._files: dict[Path, bytes] = {}

    def file(self, path: Path) -> bytes:
        """Return the SHA-256 of a file's bytes.

        Raises:
            OSError: if it cannot be read.
        """
        if path not in self._files:
            digest = hashlib.sha256()
            with path.open("rb") as file:
                while block := file.read(_BLOCK):
                    digest.update(block)
            self._files[path] = digest.digest()
        return self._files[path]

    def clip(self, clip: Clip) -> bytes:
        """Return bytes that differ if the file's bytes do, or the part of it that the clip is.

        Raises:
            OSError: if it cannot be read.
        """
        digest = self.file(clip.path)
        return digest if clip.excerpt == WHOLE else digest + repr(tuple(clip.excerpt)).encode()
