"""Fetch a corpus that everybody may fetch: a broken transfer continues where it broke, checksums are compared.

pooch (https://www.fatiando.org/pooch) checks and places the file; it starts a broken transfer anew, so the transfer
itself is done here.
"""

from __future__ import annotations

import logging
import os
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pooch
import requests

from ser_train.corpora.clip import Archive
from ser_train.errors import TrainingError

__all__ = ["Progress", "fetch", "unpack"]

Progress = Callable[[int, int | None], None]
"""Called with the bytes there are and the bytes there will be, None where the server does not say."""

_BLOCK = 1 << 16  # bytes
_TIMEOUT = (15, 60)  # seconds to connect, and between two pieces of an answer


class _Transfer:
    """A downloader for pooch that keeps a broken transfer's bytes in a file of their own and asks only for the rest."""

    def __init__(self, partial: Path, progress: Progress) -> None:
        self._partial = partial
        self._progress = progress

    def __call__(self, url: str, output_file: str, pooch: Any, check_only: bool = False) -> None:
        """Fetch `url` into `output_file`.

        Raises:
            TrainingError: if the server refuses, cannot be reached or breaks off, or the disk is full.
        """
        try:
            self._fetch(url)
            os.replace(self._partial, output_file)
        except requests.RequestException as error:
            if there := self._there():
                raise TrainingError(
                    f"the transfer of {url} broke after {there / 1e6:.1f} MB ({_reason(error)}): run the same command "
                    "again, it goes on from there"
                ) from None
            raise TrainingError(
                f"{url} cannot be fetched ({_reason(error)}): check your connection, try later, or download it by hand"
            ) from None

    def _there(self) -> int:
        """Return the number of bytes that an earlier transfer left."""
        return self._partial.stat().st_size if self._partial.exists() else 0

    def _fetch(self, url: str) -> None:
        there = self._there()
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={there}-"} if there else {})
        with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT) as answer:
            part = answer.headers.get("Content-Range", "")
            if there and part == f"bytes */{there}":  # refused because all of it is here
                return
            if there and answer.status_code in (206, 416) and not part.startswith(f"bytes {there}-"):
                self._partial.unlink()  # these bytes are no beginning of that file
                self._fetch(url)
                return
            if answer.status_code >= 400:
                raise TrainingError(
                    f"{url} answers {answer.status_code} {answer.reason}: the corpus has moved or its server has a "
                    "fault: try later, or download it by hand"
                )
            if answer.status_code != 206:
                there = 0  # the server sends it from the start
            length = answer.headers.get("Content-Length")
            total = there + int(length) if length else None
            with self._partial.open("ab" if there else "wb") as file:
                for block in answer.iter_content(_BLOCK):
                    file.write(block)
                    there += len(block)
                    self._progress(there, total)
        if total is not None and there < total:
            raise requests.ConnectionError("the server closed the connection")


def _reason(error: requests.RequestException) -> str:
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.ConnectionError):
        return "the server cannot be reached" if error.request is not None else "the connection was lost"
    return "the connection was lost"


def fetch(archive: Archive, folder: Path, progress: Progress) -> Path:
    """Fetch an archive into a folder, unless it is there already with the right checksum, and return its path.

    Raises:
        TrainingError: if it cannot be fetched or stored, or its checksum is wrong; then it is deleted.
    """
    name = archive.url.rsplit("/", 1)[-1]
    pooch.get_logger().setLevel(logging.WARNING)
    transfer = _Transfer(folder / f"{name}.part", progress)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return Path(
            pooch.retrieve(archive.url, known_hash=archive.checksum, fname=name, path=folder, downloader=transfer)
        )
    except TrainingError:
        raise
    except ValueError:  # pooch's word for a wrong checksum
        raise TrainingError(
            f"{name} came with a wrong checksum and was deleted: run the command again; if that happens twice, the "
            f"file at {archive.url} is not the one that its owners described"
        ) from None
    except OSError as error:
        raise TrainingError(
            f"{name} cannot be stored in {folder} ({error.strerror or error}): make room, or choose another --into; "
            "what came is kept"
        ) from None


def unpack(archive: Path, folder: Path) -> int:
    """Unpack a zip file into a folder and return the number of files.

    Raises:
        TrainingError: if it is damaged (then it is deleted) or cannot be stored.
    """
    try:
        with zipfile.ZipFile(archive) as content:
            content.extractall(folder)  # takes `..` and leading slashes out of paths: none leaves the folder
            return sum(not member.is_dir() for member in content.infolist())
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, zlib.error) as error:
        archive.unlink(missing_ok=True)
        raise TrainingError(f"{archive} is a damaged zip file ({error}) and was deleted: download it again") from None
    except OSError as error:
        raise TrainingError(
            f"{archive} cannot be unpacked into {folder} ({error.strerror or error}): make room, or choose another "
            "--into"
        ) from None
