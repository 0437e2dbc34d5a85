"""The windows of one side of a split, cut from the cached speech where the live path cuts them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from ser_live.config import Settings
from ser_live.types import SAMPLE_RATE
from ser_train.data.speech_cache import SpeechCache

__all__ = ["WindowSet", "live_windows"]


def live_windows(speech: int, window: int) -> list[tuple[int, int]]:
    """Return start and end of the windows that the live path cuts from an utterance, both lengths in samples.

    They are those of `ser_live.windows.SpeechWindows`, computed at once; a test compares the two.
    """
    settings = Settings()
    step, first, last = (round(s * SAMPLE_RATE) for s in (settings.step, settings.first, settings.min_last))
    ends = list(range(min(first, window), speech + 1, step))
    rest = speech - (ends[-1] if ends else 0)
    if rest and rest >= last:
        ends.append(speech)
    return [(max(0, end - window), end) for end in ends]


@dataclass(frozen=True, kw_only=True)
class WindowSet:
    """One side of a split.

    Attributes:
        cache: speech of the corpora.
        clips: indices into the cache.
        labels: index of each clip's label, `(clips,)`.
        label_count: how many labels there are.
        window: samples of the longest window.
        targets: target distribution of each clip, `(clips, labels)`; None is its label alone.
    """

    cache: SpeechCache
    clips: Sequence[int]
    labels: Sequence[int]
    label_count: int
    window: int
    targets: Tensor | None = None

    @cached_property
    def distributions(self) -> Tensor:
        """Target distribution of each clip, `(clips, labels)`."""
        if self.targets is not None:
            return self.targets
        return one_hot(torch.tensor(self.labels, dtype=torch.long), self.label_count).float()

    @cached_property
    def windows(self) -> list[list[tuple[int, int]]]:
        """The live windows of each clip; none for a clip with too little speech."""
        lengths = (self.cache.bounds[:, 1] - self.cache.bounds[:, 0]).tolist()
        return [live_windows(lengths[clip], self.window) for clip in self.clips]

    def batch(self, chosen: Sequence[tuple[int, int]]) -> tuple[Tensor, Tensor, Tensor]:
        """Return samples `(batch, window)`, lengths and targets of windows given as (position in this set, window)."""
        samples = torch.zeros(len(chosen), self.window)
        lengths = torch.zeros(len(chosen), dtype=torch.long)
        for row, (position, number) in enumerate(chosen):
            start, end = self.windows[position][number]
            speech = self.cache.speech(self.clips[position], start, end)
            samples[row, : len(speech)] = torch.from_numpy(speech)
            lengths[row] = len(speech)
        return samples, lengths, self.distributions[[position for position, _ in chosen]]
