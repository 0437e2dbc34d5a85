"""Arrays of clips and of their augmented copies, computed once and kept on disk.

The arrays of a corpus stand in one memory-mapped file beside an index. The name of the file is a digest of the
recordings, the settings and the code that computes them, so that a change of any of them makes a new file.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ser_live.resample import resample
from ser_live.types import FloatArray
from ser_train.corpora import Clip
from ser_train.corpora.audio import RecordingError, read_clip
from ser_train.corpora.digests import Digests
from ser_train.errors import TrainingError
from ser_train.files import write_whole
from ser_train.papers.augmentation import Copy, copy_code, make_copy
from ser_train.papers.features import KINDS

__all__ = ["Arrays", "Examples", "build_arrays"]

Progress = Callable[[int, int], None]
"""Called with how many clips are done and how many there are."""

Examples = NDArray[np.int64]
"""Which arrays: `(examples, 2)`, the position of the clip and the number of its copy, 0 for the clip itself."""


@dataclass(frozen=True, kw_only=True)
class Arrays:
    """Arrays of many clips.

    Attributes:
        clips: that could be decoded.
        places: file of each clip and its position in the file, `(clips, 2)`.
        files: memory-mapped `(clips, copies + 1, *shape)`, the clip itself first.
        digests: of what each file was computed from.
        faulty: names of clips that could not be used, with the reason.
    """

    clips: list[Clip]
    places: NDArray[np.int64]
    files: list[NDArray[np.float32]]
    digests: list[str]
    faulty: dict[str, str]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one array."""
        return tuple(self.files[0].shape[2:])

    def take(self, examples: Examples) -> FloatArray:
        """Return the arrays of examples, `(examples, *shape)`."""
        values = np.empty((len(examples), *self.shape), np.float32)
        for i, (clip, copy) in enumerate(examples.tolist()):
            file, place = self.places[clip].tolist()
            values[i] = self.files[file][place, copy]
        return values


def build_arrays(
    clips: Sequence[Clip],
    kind: str,
    settings: Any,
    copies: Mapping[str, Sequence[Copy]],
    folder: Path,
    progress: Progress,
    workers: int | None = None,
) -> Arrays:
    """Open the arrays of clips; compute those that are not there yet.

    Args:
        clips: of one corpus or several.
        kind: of `ser_train.papers.features.KINDS`.
        settings: of that kind.
        copies: of each clip, by corpus; what is drawn for them depends only on the name of the recording.
        folder: for the files.
        progress: called while arrays are computed.
        workers: processes; None takes one for each core.

    Raises:
        TrainingError: if the folder cannot be written, or no clip could be used.
    """
    used: list[Clip] = []
    places: list[tuple[int, int]] = []
    files: list[NDArray[np.float32]] = []
    digests: list[str] = []
    faulty: dict[str, str] = {}
    for corpus in sorted({clip.corpus for clip in clips}):
        members = [clip for clip in clips if clip.corpus == corpus]
        digest = _digest(members, kind, settings, copies[corpus])
        path = folder / f"papers-{corpus}-{digest}"
        compute = partial(_compute, kind=kind, settings=settings, copies=tuple(copies[corpus]))
        try:
            if not path.with_suffix(".json").exists():
                folder.mkdir(parents=True, exist_ok=True)
                _write(members, path, compute, progress, workers)
            faults = json.loads(path.with_suffix(".json").read_text())
        except BrokenProcessPool:
            raise TrainingError(
                "a process that computes features died: look whether memory is left, and give librosa's compiled "
                "functions a fresh folder (NUMBA_CACHE_DIR=FOLDER)"
            ) from None
        except OSError as error:
            raise TrainingError(f"the cache {path} cannot be written: {error.strerror or error}") from None
        faulty |= faults
        kept = [i for i, clip in enumerate(members) if clip.name not in faults]
        if kept:
            used += [members[i] for i in kept]
            places += [(len(files), i) for i in kept]
            files.append(np.load(path.with_suffix(".npy"), mmap_mode="r"))
            digests.append(digest)
    if not used:
        raise TrainingError("none of the clips can be used: look at the recordings")
    return Arrays(clips=used, places=np.array(places, np.int64), files=files, digests=digests, faulty=faulty)


def _digest(clips: Sequence[Clip], kind: str, settings: Any, copies: Sequence[Copy]) -> str:
    """Digest of the recordings, of what is computed from them, and of the code that does it."""
    digest = hashlib.sha256(json.dumps([kind, asdict(settings), [asdict(copy) for copy in copies]]).encode())
    for source in (inspect.getsource(KINDS[kind].compute), *map(copy_code, copies)):
        digest.update(source.encode())
    for name in (*KINDS[kind].code, "ser_live.resample"):
        digest.update(Path(str(import_module(name).__file__)).read_bytes())
    digests = Digests()
    for clip in clips:
        digest.update(clip.name.encode() + b"\0" + digests.clip(clip))
    return digest.hexdigest()[:16]


def _write(
    clips: Sequence[Clip],
    path: Path,
    compute: Callable[[Clip], tuple[FloatArray | None, str]],
    progress: Progress,
    workers: int | None,
) -> None:
    """Compute the arrays of all clips; the index, which names the faulty ones, is written last and whole."""
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
    write_whole(path.with_suffix(".json"), json.dumps(faulty), "the cache")


def _compute(clip: Clip, *, kind: str, settings: Any, copies: Sequence[Copy]) -> tuple[FloatArray | None, str]:
    """Arrays of a clip and of its copies, `(copies + 1, *shape)`, or None and what is wrong with it."""
    try:
        samples, rate = read_clip(clip)
    except RecordingError as error:
        return None, error.reason
    if not samples.any():
        return None, "holds silence alone"
    signal = resample(samples, rate, settings.sample_rate)
    prepare, array = KINDS[kind].prepare, KINDS[kind].compute
    if prepare is not None:
        signal = prepare(signal, settings)
    if not signal.size:
        return None, "holds no speech"
    seed = hashlib.sha256(f"{clip.corpus} {clip.name}".encode()).digest()[:8]
    generator = np.random.default_rng(int.from_bytes(seed, "little"))
    signals = [signal, *(make_copy(signal, settings.sample_rate, copy, generator) for copy in copies)]
    return cast(FloatArray, np.stack([array(samples, settings) for samples in signals])), ""
