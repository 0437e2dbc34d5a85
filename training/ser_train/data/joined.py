"""Windows that span two clips of a speaker: a stream has hardly any others, its pauses being cut out of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ser_live.types import SAMPLE_RATE
from ser_train.data.windows import WindowSet

__all__ = ["Partners"]

_LEAST = 0.3
"""Seconds of its own that a window has which goes on from another clip."""
_HEARD = 0.6
"""Seconds after which a changed emotion is to be told."""


class Partners:
    """The clips of each speaker that a window can go on from.

    Args:
        windows: a training side.
        usable: positions of the clips with speech enough.
    """

    def __init__(self, windows: WindowSet, usable: Sequence[int]) -> None:
        self._windows = windows
        self._others: dict[tuple[str, int, bool], list[int]] = {}
        speakers = [windows.cache.clips[clip].speaker for clip in windows.clips]
        of_speaker: dict[str, list[int]] = {}
        for i in usable:
            of_speaker.setdefault(speakers[i], []).append(i)
        for speaker, own in of_speaker.items():
            for label in {windows.labels[i] for i in own}:
                self._others[speaker, label, True] = [i for i in own if windows.labels[i] == label]
                self._others[speaker, label, False] = [i for i in own if windows.labels[i] != label]
        self._speakers = speakers

    def join(
        self,
        positions: Sequence[int],
        samples: Tensor,
        lengths: Tensor,
        targets: Tensor,
        share: float,
        random: np.random.Generator,
    ) -> Tensor:
        """Rewrite a share of the windows in place: the end of another clip, then the beginning of the window's own.

        Half of them go on in the emotion that was, half change it; of a change, what is new is the target from
        `_HEARD` seconds of it on, and before that as much of the target as of those seconds.

        Returns:
            which windows were rewritten, `(batch,)`.
        """
        windows = self._windows
        rewritten = torch.zeros(len(positions), dtype=torch.bool)
        for row, position in enumerate(positions):
            if random.random() >= share:
                continue
            same = bool(random.random() < 0.5)
            everyone = self._others[self._speakers[position], windows.labels[position], same]
            others = [other for other in everyone if other != position]
            if not others:
                continue
            before = int(others[random.integers(len(others))])
            first, last = windows.cache.bounds[windows.clips[position]].tolist()
            own = int(random.uniform(_LEAST * SAMPLE_RATE, min(last - first, windows.window)))
            earlier = windows.cache.speech(windows.clips[before])[own - windows.window :]
            length = len(earlier) + own
            samples[row] = 0
            samples[row, : len(earlier)] = torch.from_numpy(earlier)
            samples[row, len(earlier) : length] = torch.from_numpy(
                windows.cache.speech(windows.clips[position], 0, own)
            )
            lengths[row] = length
            new = min(1.0, own / (_HEARD * SAMPLE_RATE))
            targets[row] = torch.lerp(windows.distributions[before], windows.distributions[position], new)
            rewritten[row] = True
        return rewritten
