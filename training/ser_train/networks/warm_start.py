"""Weights that a run starts from, kept with the speakers of the run that made them: these are never measured on."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ser_train.corpora import Clip
from ser_train.errors import TrainingError
from ser_train.files import write_whole

__all__ = ["Start", "begin_with", "groups", "load_start", "refuse_shared_speakers", "save_start"]


@dataclass(frozen=True, kw_only=True)
class Start:
    """A trained network to go on from.

    Attributes:
        weights: its state by name.
        speakers: whose clips it was trained on.
        origin: its contract's `training`: recipe, corpora with licences, split, seed, commit.
    """

    weights: Mapping[str, Tensor]
    speakers: Sequence[str]
    origin: Mapping[str, Any]


def save_start(path: Path, start: Start) -> None:
    """Write the weights of a run for others to start from.

    Raises:
        TrainingError: if they cannot be written.
    """
    data = io.BytesIO()
    torch.save({"weights": dict(start.weights), "speakers": list(start.speakers), "origin": dict(start.origin)}, data)
    write_whole(path, data.getbuffer(), "the weights")


def load_start(path: Path) -> Start:
    """Read what `save_start` wrote.

    Raises:
        TrainingError: if it is not there, or holds something else.
    """
    if not path.exists():
        raise TrainingError(f"there are no weights {path} to start from: make them with `ser-train fit --keep-weights`")
    try:
        return Start(**torch.load(path, weights_only=True, map_location="cpu"))
    except Exception:  # torch raises half a dozen kinds for a broken file
        raise TrainingError(
            f"{path} holds no weights to start from: make them with `ser-train fit --keep-weights`"
        ) from None


def refuse_shared_speakers(start: Start, clips: Sequence[Clip], side: str) -> None:
    """Refuse to measure on, or choose by, speakers whose clips the weights were trained on.

    Raises:
        TrainingError: naming them.
    """
    shared = sorted(set(start.speakers) & {clip.speaker for clip in clips})
    if shared:
        raise TrainingError(
            f"the weights to start from were trained on {len(shared)} {side} speakers ({', '.join(shared[:3])}): "
            "start from weights of a run with other speakers"
        )


def begin_with(model: nn.Module, start: Start) -> set[str]:
    """Give a network every weight whose name and shape the start shares, and say which.

    Other labels make another output layer, which then begins afresh.

    Raises:
        TrainingError: if the two are not of one architecture and size.
    """
    state = model.state_dict()
    fitting = {n: w for n, w in start.weights.items() if n in state and state[n].shape == w.shape}
    taken = sum(weight.numel() for weight in fitting.values())
    if taken < 0.9 * sum(weight.numel() for weight in state.values()):
        raise TrainingError(
            "the weights to start from do not fit the network of the recipe: give it the same [model] as the "
            "run that made them"
        )
    model.load_state_dict(fitting, strict=False)
    return set(fitting)


def groups(network: nn.Module, given: Collection[str], rate: float) -> list[dict[str, Any]]:
    """Return two groups of parameters for an optimiser, the second those from a start; `share` scales the rate."""
    parts: list[list[nn.Parameter]] = [[], []]
    for name, weight in network.named_parameters():
        parts[name in given].append(weight)
    return [{"params": weights, "share": share} for weights, share in zip(parts, (1.0, rate), strict=True)]
