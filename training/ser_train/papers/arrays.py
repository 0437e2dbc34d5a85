"""Every clip's array, and those of its augmented copies, computed once and kept on disk.

The arrays of a corpus's clips stand in one memory-mapped file beside an index. The file's name is a digest of every
recording's content, of the settings and of the code that computes them: what changes any of it makes a new file.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import numpy as np
import soundfile
from numpy.typing import NDArray

from ser_live.resample import resample
from ser_live.types import FloatArray
from ser_train.corpora import Clip
from ser_train.errors import TrainingError
from ser_train.papers.augmentation import Copy, copy_code, make_copy
from ser_train.papers.features import KINDS

__all__ = ["Arrays", "Rows", "build_arrays"]

Progress = Callable[[int, int], None]
"""Called with the clips done and the clips there are."""

Rows = NDArray[np.int64]
"""Which arrays: `(rows, 2)`, the clip's position and the copy's, 0 for the clip itself."""


@dataclass(frozen=True, kw_only=True)
class Arrays:
    """Arrays of many clips.

    Attributes:
        clips: those that could be decoded.
        places: the file and the position in it of each clip, `(clips, 2)`.
        files: memory-mapped `(clips, copies + 1, *shape)`, the clip itself first.
        digests: of what each file was computed from.
        faulty: clips that could not be used, with the reason.
    """

    clips: list[Clip]
    places: NDArray[np.int64]
    files: list[NDArray[np.float32]]
    digests: list[str]
    faulty: dict[str, str]

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one array."""
        return tuple(self.files[0].shape[2:])

    def take(self, rows: Rows) -> FloatArray:
        """The arrays of some rows, `(rows, *shape)`."""
        taken = np.empty((len(rows), *self.shape), np.float32)
        for i, (clip, copy) in enumerate(rows.tolist()):
            file, place = self.places[clip].tolist()
            taken[i] = self.files[file][place, copy]
        return taken


def build_arrays(
    clips: Sequence[Clip],
    kind: str,
    settings: Any,
    copies: Mapping[str, Sequence[Copy]],
    folder: Path,
    progress: Progress,
    workers: int | None = None,
) -> Arrays:
    """Open the arrays of these clips, computing what is not there yet.

    Args:
        clips: of one corpus or several.
        kind: of `ser_train.papers.features.KINDS`.
        settings: of that kind.
        copies: of each clip of a corpus; what is drawn for them depends on the recording's name alone.
        folder: for the files.
        progress: of those that are computed.
        workers: processes; None is one for each core.

    Raises:
        TrainingError: if the folder cannot be written, or no clip could be used.
    """
    used: list[Clip] = []
    places: list[tuple[int, int]] = []
    files: list[NDArray[np.float32]] = []
    digests: list[str] = []
    faulty: dict[str, str] = {}
    for corpus in sorted({clip.corpus for clip in clips}):
        own = [clip for clip in clips if clip.corpus == corpus]
        digest = _digest(own, kind, settings, copies[corpus])
        path = folder / f"papers-{corpus}-{digest}"
        compute = partial(_compute, kind=kind, settings=settings, copies=tuple(copies[corpus]))
        try:
            if not path.with_suffix(".json").exists():
                folder.mkdir(parents=True, exist_ok=True)
                _write(own, path, compute, progress, workers)
            bad = json.loads(path.with_suffix(".json").read_text())
        except OSError as error:
            raise TrainingError(f"the cache {path} cannot be written: {error.strerror or error}") from None
        faulty |= bad
        kept = [i for i, clip in enumerate(own) if clip.name not in bad]
        if kept:
            used += [own[i] for i in kept]
            places += [(len(files), i) for i in kept]
            files.append(np.load(path.with_suffix(".npy"), mmap_mode="r"))
            digests.append(digest)
    if not used:
        raise TrainingError("none of the clips can be used: look at the recordings")
    return Arrays(clips=used, places=np.array(places, np.int64), files=files, digests=digests, faulty=faulty)


def _digest(clips: Sequence[Clip], kind: str, settings: Any, copies: Sequence[Copy]) -> str:
    """Digest of the recordings, of what is computed of them, and of the code that does it."""
    digest = hashlib.sha256(json.dumps([kind, asdict(settings), [asdict(copy) for copy in copies]]).encode())
    for source in (inspect.getsource(KINDS[kind].compute), *map(copy_code, copies)):
        digest.update(source.encode())
    for name in (*KINDS[kind].code, "ser_live.resample"):
        digest.update(Path(str(import_module(name).__file__)).read_bytes())
    for clip in clips:
        digest.update(clip.name.encode() + b"\0" + hashlib.sha256(clip.path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _write(
    clips: Sequence[Clip],
    path: Path,
    compute: Callable[[Clip], tuple[FloatArray | None, str]],
    progress: Progress,
    workers: int | None,
) -> None:
    """Compute all clips' arrays; the index, which names those that are faulty, appears last, and whole."""
    faulty: dict[str, str] = {}
    file: NDArray[np.float32] | None = None
    temporary = path.with_suffix(".npy.tmp")
    with ProcessPoolExecutor(workers or os.cpu_count() or 1) as pool:
        for i, (clip, (arrays, fault)) in enumerate(zip(clips, pool.map(compute, clips, chunksize=4), strict=True)):
            if arrays is None:
                faulty[clip.name] = fault
            else:
                if file is None:
                    shape = (len(clips), *arrays.shape)
                    file = np.lib.format.open_memmap(temporary, mode="w+", dtype=np.float32, shape=shape)
                file[i] = arrays
            progress(i + 1, len(clips))
    if file is not None:
        file.flush()  # type: ignore[attr-defined] # a memmap
        temporary.rename(path.with_suffix(".npy"))
    index = path.with_suffix(".json.tmp")
    index.write_text(json.dumps(faulty))
    index.rename(path.with_suffix(".json"))


def _compute(clip: Clip, *, kind: str, settings: Any, copies: Sequence[Copy]) -> tuple[FloatArray | None, str]:
    """Arrays of a clip and of its copies, `(copies + 1, *shape)`, or what is wrong with it."""
    try:
        samples, rate = soundfile.read(clip.path, dtype="float32", always_2d=True)
    except (OSError, RuntimeError) as error:
        return None, f"cannot be decoded: {error}"
    if not np.isfinite(samples).all() or not samples.any():
        return None, "holds silence, or samples that are not numbers"
    signal = resample(samples.mean(axis=1), rate, settings.sample_rate)
    prepare, array = KINDS[kind].prepare, KINDS[kind].compute
    if prepare is not None:
        signal = prepare(signal, settings)
    if not signal.size:
        return None, "holds no speech"
    seed = hashlib.sha256(f"{clip.corpus} {clip.name}".encode()).digest()[:8]
    generator = np.random.default_rng(int.from_bytes(seed, "little"))
    signals = [signal, *(make_copy(signal, settings.sample_rate, copy, generator) for copy in copies)]
    return cast(FloatArray, np.stack([array(one, settings) for one in signals])), ""
