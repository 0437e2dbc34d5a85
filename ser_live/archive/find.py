"""Which recordings there are: files, folders, lists, and what was left out for which reason."""

from __future__ import annotations

import fnmatch
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from ser_live.archive.remote import RemoteFile, is_remote, remote_files
from ser_live.errors import SettingsError, SourceError, shortened

__all__ = ["ENDINGS", "Found", "Recording", "find"]

ENDINGS: Final = frozenset(
    {".wav", ".flac", ".aiff", ".aif", ".aifc", ".au", ".snd", ".caf", ".w64", ".rf64", ".opus", ".ogg", ".oga"}
    | {".mp3", ".m4a", ".m4b", ".mp4", ".m4v", ".mov", ".webm", ".mkv", ".mka", ".avi", ".flv", ".3gp", ".aac"}
    | {".wma", ".wmv", ".amr", ".awb", ".ape", ".wv", ".ac3", ".mpg", ".mpeg", ".mp2"}
)
"""Endings of the files that are taken for recordings in a folder. A file that is named itself may have any other."""


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A recording that was found.

    Attributes:
        path: where it is: a path, or a URL such as `s3://bucket/call.wav`.
        name: of its results below the output folder, with `/`; no two recordings share one.
        size: bytes.
        modified: when it was changed last, nanoseconds since 1970; 0 where that is not known.
    """

    path: str
    name: str
    size: int
    modified: int


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was found.

    Attributes:
        recordings: in order of their names.
        left_out: how many files were not taken, by reason.
    """

    recordings: Sequence[Recording]
    left_out: Counter[str]


def find(paths: Sequence[str], *, pattern: str | None, out: Path) -> Found:
    """Find the recordings that the command line names.

    Args:
        paths: files, folders, URLs, `@FILE` for a list with a path a line, `-` for such a list on standard input.
        pattern: what the name of a file in a folder must fit, such as `*.wav`; None = the endings of recordings.
        out: the output folder, which is never looked into.

    Raises:
        SourceError: for what is not there, or where nothing is found.
        SettingsError: if two recordings would have the same results.
    """
    left_out: Counter[str] = Counter()
    named = list(_named(paths))
    local: dict[str, Path] = {}  # by its true path, so that no file is taken twice
    remote: list[RemoteFile] = []
    walk = _Walk(pattern, out, left_out)
    for name in named:
        if is_remote(name):
            for file in remote_files(name):
                if _fits(PurePosixPath(file.url).name, pattern):
                    remote.append(file)
                else:
                    left_out["no recording by its name"] += 1
            continue
        path = Path(name)
        if not path.exists():
            raise SourceError(f"there is no file or folder {shortened(name)}: check the path")
        for here in walk.files(path) if path.is_dir() else [path]:
            if local.setdefault(os.path.realpath(here), here) is not here:
                left_out["named twice"] += 1
    recordings = [*_local_recordings(local.values(), named), *_remote_recordings(remote)]
    recordings.sort(key=lambda recording: recording.name)
    if not recordings:
        raise SourceError(_nothing(named, pattern, left_out))
    _refuse_equal_names(recordings)
    return Found(recordings=recordings, left_out=left_out)


def _named(paths: Iterable[str]) -> Iterator[str]:
    """Yield what the command line names, lists taken apart."""
    for path in paths:
        if path == "-":
            yield from _lines(sys.stdin.read() if sys.stdin is not None else "")
        elif path.startswith("@"):
            try:
                yield from _lines(Path(path[1:]).read_text(encoding="utf-8-sig"))
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or "it is no text in UTF-8"
                raise SourceError(f"the list {shortened(path[1:])} cannot be read: {reason}: check the path") from None
        else:
            yield path


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


class _Walk:
    """Go through folders: links are followed once, loops of links end, what is no recording is counted."""

    def __init__(self, pattern: str | None, out: Path, left_out: Counter[str]) -> None:
        self._pattern = pattern
        self._seen: set[str] = set()
        self._out = os.path.realpath(out)
        self._left_out = left_out

    def files(self, folder: Path) -> Iterator[Path]:
        """Yield the recordings below a folder."""
        waiting = [folder]
        while waiting:
            here = waiting.pop()
            real = os.path.realpath(here)
            if real in self._seen or real == self._out:
                continue
            self._seen.add(real)
            try:
                entries = sorted(os.scandir(here), key=lambda entry: entry.name, reverse=True)
            except OSError:
                self._left_out["in a folder that may not be opened"] += 1
                continue
            for entry in entries:
                if entry.name.startswith("."):
                    self._left_out["hidden"] += 1
                elif _is(entry, "is_dir"):
                    waiting.append(Path(entry.path))
                elif not _is(entry, "is_file"):
                    self._left_out["no regular file, or a link to nothing"] += 1
                elif _fits(entry.name, self._pattern):
                    yield Path(entry.path)
                else:
                    self._left_out["no recording by its name"] += 1


def _is(entry: os.DirEntry[str], what: str) -> bool:
    try:
        return bool(getattr(entry, what)())
    except OSError:  # a link to itself
        return False


def _fits(name: str, pattern: str | None) -> bool:
    if pattern is not None:
        return fnmatch.fnmatch(name.lower(), pattern.lower())
    return os.path.splitext(name)[1].lower() in ENDINGS


def _local_recordings(files: Iterable[Path], named: Sequence[str]) -> Iterator[Recording]:
    """Name each file by its way from the deepest folder that holds everything that was named."""
    places = [os.path.abspath(name) for name in named if not is_remote(name)]
    folders = [place if os.path.isdir(place) else os.path.dirname(place) for place in places]
    try:
        top = os.path.commonpath(folders) if folders else ""
    except ValueError:  # two drives
        top = ""
    for file in files:
        try:
            status = file.stat()
        except OSError:  # it went away meanwhile
            continue
        place = os.path.abspath(file)
        name = os.path.relpath(place, top) if top else os.path.splitdrive(place)[1].lstrip("\\/")
        yield Recording(path=str(file), name=Path(name).as_posix(), size=status.st_size, modified=status.st_mtime_ns)


def _remote_recordings(files: Sequence[RemoteFile]) -> Iterator[Recording]:
    for file in files:
        name = file.url.partition("://")[2].strip("/").replace("\\", "/")
        yield Recording(path=file.url, name=name, size=file.size, modified=0)


def _nothing(named: Sequence[str], pattern: str | None, left_out: Counter[str]) -> str:
    where = "the list, which is empty" if not named else shortened(", ".join(named), 120)
    what = f"names like {pattern}" if pattern is not None else f"endings like {', '.join(sorted(ENDINGS)[-4:])}"
    there = "; ".join(f"{count:,} {reason}" for reason, count in left_out.most_common())
    return f"no recording was found in {where}: looked for {what}{f' ({there})' if there else ''}"


def _refuse_equal_names(recordings: Sequence[Recording]) -> None:
    """Refuse names that differ in nothing but the case of letters: some disks take them for one file."""
    seen: dict[str, Recording] = {}
    for recording in recordings:
        other = seen.setdefault(recording.name.casefold(), recording)
        if other is not recording:
            raise SettingsError(
                f"{shortened(other.path)} and {shortened(recording.path)} would have their results in one file: "
                "rename one, or give them to two commands"
            )
