"""Recordings elsewhere: URLs such as `s3://bucket/calls`, through fsspec, which the extra `[archive]` brings."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ser_live.errors import SourceError, shortened

__all__ = ["RemoteFile", "fetched", "is_remote", "remote_files"]

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")  # one letter would be a drive of Windows


@dataclass(frozen=True, kw_only=True)
class RemoteFile:
    """A file elsewhere.

    Attributes:
        url: of the file.
        size: bytes.
    """

    url: str
    size: int


def is_remote(path: str) -> bool:
    """Whether a path is a URL.

    >>> is_remote("s3://calls/a.wav"), is_remote("C:/calls/a.wav")
    (True, False)
    """
    return _SCHEME.match(path) is not None


def remote_files(url: str) -> Iterator[RemoteFile]:
    """Yield the file that a URL names, or those below it.

    Raises:
        SourceError: if fsspec is not installed, or the place cannot be read.
    """
    try:
        system, place = _system(url)
        names = system.find(place) if system.isdir(place) else [place]
        files = [RemoteFile(url=system.unstrip_protocol(name), size=int(system.size(name) or 0)) for name in names]
    except SourceError:
        raise
    except Exception as error:  # each kind of storage has errors of its own
        raise _unreadable(url, error) from None
    yield from files


@contextmanager
def fetched(path: str) -> Iterator[Path]:
    """Give a recording as a file on this machine: a path as it is, a URL as a copy that goes again.

    Raises:
        SourceError: if it cannot be fetched.
    """
    if not is_remote(path):
        yield Path(path)
        return
    with tempfile.TemporaryDirectory(prefix="ser-live-") as folder:
        copy = Path(folder) / path.rpartition("/")[2]
        try:
            system, place = _system(path)
            system.get_file(place, str(copy))
        except SourceError:
            raise
        except Exception as error:  # each kind of storage has errors of its own
            raise _unreadable(path, error) from None
        yield copy


def _system(url: str) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise SourceError(
            f"{shortened(url)} is not on this machine, and fsspec, which fetches it, is not installed: "
            "pip install 'ser-live[archive]'"
        ) from None
    system, place = url_to_fs(url)
    return system, str(place)


def _unreadable(url: str, error: Exception) -> SourceError:
    reason = " ".join(str(error).split()) or type(error).__name__
    return SourceError(f"{shortened(url)} cannot be read: {shortened(reason)}: check the address and your rights")
