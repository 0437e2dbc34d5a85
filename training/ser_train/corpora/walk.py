"""Go through a folder: links are followed, loops of links are ended, what is hidden is kept apart."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Tree", "walk"]


@dataclass(kw_only=True)
class Tree:
    """What lies in a folder, at any depth.

    Attributes:
        files: sorted.
        hidden: files whose name, or the name of a folder on the way, begins with a point.
        broken: links to nothing.
        closed: folders that cannot be opened.
    """

    files: Sequence[Path]
    hidden: list[Path] = field(default_factory=list)
    broken: list[Path] = field(default_factory=list)
    closed: list[Path] = field(default_factory=list)


def walk(folder: Path) -> Tree:
    """List the files below a folder; what is no folder has none.

    Every folder is gone through once, by the way without links where there is one.
    """
    files: list[Path] = []
    tree = Tree(files=files)
    seen = {os.path.realpath(folder)}
    waiting = [folder]
    links: list[Path] = []
    while waiting or links:
        if not waiting:  # folders first, then what links lead to
            link = links.pop(0)
            real = os.path.realpath(link)
            if real in seen:
                continue
            seen.add(real)
            waiting.append(link)
        here = waiting.pop()
        hidden = any(part.startswith(".") for part in here.relative_to(folder).parts)
        try:
            entries = sorted(os.scandir(here), key=lambda entry: entry.name)
        except NotADirectoryError:
            continue
        except OSError:
            tree.closed.append(here)
            continue
        for entry in entries:
            path = here / entry.name
            if _is_folder(entry):
                if entry.is_symlink():
                    links.append(path)
                else:
                    seen.add(os.path.realpath(path))
                    waiting.append(path)
            elif not _is_file(entry):
                if entry.is_symlink():
                    tree.broken.append(path)
            elif hidden or entry.name.startswith("."):
                tree.hidden.append(path)
            else:
                files.append(path)
    files.sort()
    return tree


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False
