"""What lies in the output folder beside the results: what is done, digests, the lock, and unfinished files."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from ser_live.archive.find import Recording
from ser_live.archive.task import FOLDER
from ser_live.errors import OutputError
from ser_live.outputs.files import why_not

__all__ = ["Digests", "Mark", "locked", "mark_done", "marked", "missing", "put", "unfinished"]

_MARKS: Final = ".done"
_UNFINISHED: Final = ".unfinished"
_DIGESTS: Final = ".digests.json"

Mark = Mapping[str, Any]
"""Of a recording whose results are whole: `key`, `digest`, `files` (ending to bytes), `rows`."""


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Make the output folder and hold it: two runs at once would remove each other's unfinished files.

    Raises:
        OutputError: if it cannot be made, or another run holds it.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        lock = open(out / ".lock", "w")  # noqa: SIM115 - held until the end of the run
    except OSError as error:
        raise OutputError(f"cannot write to the folder {out}: {why_not(error)}") from None
    with lock:
        try:
            import fcntl
        except ImportError:  # Windows: two runs at once are not told from one
            yield
            return
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OutputError(
                f"another ser-live batch is writing to {out}: wait for its end, or give another --out-dir"
            ) from None
        except OSError:  # some network disks know no locks
            pass
        yield


@contextmanager
def unfinished(out: Path) -> Iterator[Path]:
    """Give a folder for files that are being written; what an earlier run left there goes, and at the end all of it."""
    folder = out / _UNFINISHED
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir()
    except OSError as error:
        raise OutputError(f"cannot write to the folder {out}: {why_not(error)}") from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def put(source: Path, target: Path) -> None:
    """Rename a finished file to its place, whose folder is made."""
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(source, target)


def marked(out: Path, name: str) -> Mark | None:
    """Return the mark of a recording, None where it has none that is whole."""
    try:
        mark = json.loads((out / _MARKS / f"{name}.json").read_bytes())
    except (OSError, ValueError):
        return None
    whole = isinstance(mark, dict) and {"key", "digest", "files", "rows"} <= mark.keys()
    return mark if whole else None


def missing(out: Path, name: str, mark: Mark, formats: Sequence[str]) -> list[str]:
    """Return which of the formats are not there as the mark says, the JSON lines among them."""
    files = mark["files"]
    lost = []
    for ending in (".jsonl", *formats):
        size = -1
        with suppress(OSError):
            size = os.stat(out / FOLDER / f"{name}{ending}").st_size
        if size != files.get(ending, -2):
            lost.append(ending)
    return lost


def mark_done(out: Path, name: str, mark: Mark, temporary: Path) -> None:
    """Write the mark of a recording whose results are in their places."""
    temporary.write_text(json.dumps(mark, sort_keys=True), encoding="utf-8")
    put(temporary, out / _MARKS / f"{name}.json")


class Digests:
    """Digests of recordings that were read once, so that thousands need not be read again to be skipped.

    A recording whose size and time of change are as they were is taken for the same.

    Args:
        out: the output folder.
    """

    def __init__(self, out: Path) -> None:
        self._path = out / _DIGESTS
        self._known: dict[str, list[Any]] = {}
        try:
            known = json.loads(self._path.read_bytes())
            if isinstance(known, dict) and all(isinstance(each, list) and len(each) == 3 for each in known.values()):
                self._known = known
        except (OSError, ValueError):
            pass
        self._changed = False

    def of(self, recording: Recording) -> str | None:
        """Return the digest of a recording that has not changed, None where it must be read."""
        size, modified, digest = self._known.get(recording.path, (None, None, None))
        same = recording.modified and size == recording.size and modified == recording.modified
        return str(digest) if same else None

    def keep(self, recording: Recording, digest: str) -> None:
        """Remember a digest."""
        if recording.modified and digest:
            self._known[recording.path] = [recording.size, recording.modified, digest]
            self._changed = True

    def write(self, temporary: Path) -> None:
        """Write them down."""
        if self._changed:
            temporary.write_text(json.dumps(self._known, sort_keys=True), encoding="utf-8")
            os.replace(temporary, self._path)
            self._changed = False
