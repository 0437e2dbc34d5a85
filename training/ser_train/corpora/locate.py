"""Find the file that a table names, although another system spells the name otherwise."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from ser_train.errors import TrainingError

__all__ = ["Locator"]


class Locator:
    """Find files below a folder by the names that a table gives them.

    Backslashes are taken for slashes, and another case or another Unicode form of a name for the name, where no file
    has the very name.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._listed: dict[Path, dict[str, list[str]]] = {}

    def find(self, name: str, where: str) -> Path:
        """Return the path of a file, as it is named where there is none.

        Args:
            name: relative to the folder, or absolute.
            where: it is named, for messages.

        Raises:
            TrainingError: if several files differ from the name only in case or Unicode form.
        """
        path = self._folder / name
        if os.path.exists(path):
            return path
        plain = self._folder / name.replace("\\", "/")
        if os.path.exists(plain):
            return plain
        found = Path(plain.anchor)
        for part in plain.parts[1:] if plain.anchor else plain.parts:
            found = found / self._entry(found, part, where)
        return found if os.path.exists(found) else plain

    def _entry(self, folder: Path, name: str, where: str) -> str:
        """Return the name in a folder that is meant by a name; the name itself where there is none."""
        if name == ".." or os.path.exists(folder / name):
            return name
        names: Sequence[str] = self._entries(folder).get(_key(name), ())
        if len(names) > 1:
            raise TrainingError(
                f"{where}: {name} may be {' or '.join(names)} in {folder}: write the name as the file is named"
            )
        return names[0] if names else name

    def _entries(self, folder: Path) -> dict[str, list[str]]:
        if folder not in self._listed:
            entries: dict[str, list[str]] = {}
            try:
                for name in sorted(os.listdir(folder)):
                    entries.setdefault(_key(name), []).append(name)
            except (OSError, ValueError):
                pass
            self._listed[folder] = entries
        return self._listed[folder]


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
