"""The state of a run on disk: whole or not at all, and of no other run."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import torch

from ser_train.augment import Sounds
from ser_train.data.windows import WindowSet
from ser_train.errors import TrainingError
from ser_train.files import write_whole
from ser_train.fitting.recipe import Recipe
from ser_train.networks.warm_start import Start

__all__ = ["load_checkpoint", "run_digest", "save_checkpoint"]


def run_digest(
    recipe: Recipe,
    sides: Iterable[WindowSet],
    sounds: Sounds,
    start: Start | None = None,
    teachers: Sequence[str] = (),
) -> str:
    """Return the digest of recipe, clips, sounds, start and teachers, which a checkpoint carries."""
    settings = dataclasses.asdict(recipe)
    for name in ("tensorboard", "measured", "start"):  # they change no weight (the given weights come below)
        del settings[name]
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode())
    for side in sides:
        clips = [side.cache.clips[clip] for clip in side.clips]
        lengths = (side.cache.bounds[:, 1] - side.cache.bounds[:, 0])[list(side.clips)].tolist()
        rows = [(clip.corpus, clip.name, label, n) for clip, label, n in zip(clips, side.labels, lengths, strict=True)]
        digest.update(json.dumps(rows).encode())
    for bank in (sounds.noises, sounds.rooms):
        digest.update(str(tuple(bank.shape)).encode() + bank[:, ::1000].contiguous().numpy().tobytes())
    for name, weight in () if start is None else sorted(start.weights.items()):
        digest.update(name.encode() + weight.contiguous().numpy().tobytes())
    digest.update(json.dumps(list(teachers)).encode())
    return digest.hexdigest()


def save_checkpoint(state: dict[str, Any], path: Path) -> None:
    """Write under a temporary name, then rename: whatever happens, the earlier checkpoint or the new one is there.

    Raises:
        TrainingError: if it cannot be written, on a full disk for instance.
    """
    buffer = io.BytesIO()
    torch.save(state, buffer)
    again = "go on from the earlier one with --resume" if path.exists() else "start again"
    write_whole(path, buffer.getbuffer(), "the checkpoint", f"make room, then {again}")


def load_checkpoint(path: Path, digest: str) -> dict[str, Any]:
    """Return the state of the run with that digest.

    Raises:
        TrainingError: if there is no checkpoint, it cannot be read, or it belongs to another run.
    """
    if not path.exists():
        raise TrainingError(f"there is no checkpoint {path} to resume from: start without --resume")
    try:
        state = torch.load(path, weights_only=True, map_location="cpu")
        known = state["digest"]
    except Exception:  # torch raises half a dozen kinds for a broken file
        raise TrainingError(f"{path} cannot be read as a checkpoint: start without --resume") from None
    if known != digest:
        raise TrainingError(f"the checkpoint {path} belongs to another recipe or other data: start without --resume")
    return dict(state)
