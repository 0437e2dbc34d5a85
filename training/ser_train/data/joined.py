"""Join windows of two clips of a speaker, as most windows of a stream are, because its pauses are cut out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ser_live.types import SAMPLE_RATE
from ser_train.data.windows import WindowSet

__all__ = ["WindowJoiner"]

_SHORTEST = 0.3
"""Seconds of the later clip in a joined window, at least."""
_WHOLE = 0.6
"""Seconds of the later clip from which on its emotion is the whole target."""


class WindowJoiner:
    """Join windows to the end of another clip of the same speaker.

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
        for speaker, positions in of_speaker.items():
            for label in {windows.labels[i] for i in positions}:
                self._others[speaker, label, True] = [i for i in positions if windows.labels[i] == label]
                self._others[speaker, label, False] = [i for i in positions if windows.labels[i] != label]
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
        """Rewrite a share of the windows in place: the end of another clip, then the beginning of their own clip.

        Half of them keep the emotion and half change it. The share of the later clip's target rises with its seconds
        and is all of it from 0.6 s on.

        Args:
            positions: of the windows' clips in the training side.
            samples: `(batch, samples)`.
            lengths: `(batch,)`, how many of them are speech.
            targets: `(batch, labels)`.
            share: of the windows that are joined.
            random: what is drawn comes from it.

        Returns:
            which windows were rewritten, `(batch,)`.
        """
        windows = self._windows
        rewritten = torch.zeros(len(positions), dtype=torch.bool)
        for row, position in enumerate(positions):
            if random.random() >= share:
                continue
            same = bool(random.random() < 0.5)
            candidates = self._others[self._speakers[position], windows.labels[position], same]
            others = [other for other in candidates if other != position]
            if not others:
                continue
            before = int(others[random.integers(len(others))])
            first, last = windows.cache.bounds[windows.clips[position]].tolist()
            later = int(random.uniform(_SHORTEST * SAMPLE_RATE, min(last - first, windows.window)))
            earlier = windows.cache.speech(windows.clips[before])[later - windows.window :]
            length = len(earlier) + later
            samples[row] = 0
            samples[row, : len(earlier)] = torch.from_numpy(earlier)
            samples[row, len(earlier) : length] = torch.from_numpy(
                windows.cache.speech(windows.clips[position], 0, later)
            )
            lengths[row] = length
            weight = min(1.0, later / (_WHOLE * SAMPLE_RATE))
            targets[row] = torch.lerp(windows.distributions[before], windows.distributions[position], weight)
            rewritten[row] = True
        return rewritten
