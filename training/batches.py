"""Training and validation windows out of the cached speech, cut where the live path cuts them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from ser_live.config import Settings
from ser_live.types import SAMPLE_RATE
from training.augment import Augmentation, Sounds, augment_features, augment_samples
from training.cache import SpeechCache
from training.features import TorchFrontEnd
from training.partners import Partners
from training.teachers import Teachers

__all__ = ["Batch", "WindowSet", "live_windows", "training_batches", "validation_batches"]


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Windows as the model takes them.

    Shape:
        features `(batch, frames, n_mels)`, targets `(batch, labels)` summing to 1, clips `(batch,)` the index of each
        window's clip, seconds `(batch,)` of speech.
    """

    features: Tensor
    targets: Tensor
    clips: Tensor
    seconds: Tensor


def live_windows(speech: int, window: int) -> list[tuple[int, int]]:
    """Start and end, in samples of speech, of the windows that the live path cuts from an utterance of that length.

    What `ser_live.windows.SpeechWindows` does, in closed form; a test holds one to the other.
    """
    settings = Settings()
    step, first, last = (round(s * SAMPLE_RATE) for s in (settings.step, settings.first, settings.min_last))
    ends = list(range(min(first, window), speech + 1, step))
    owed = speech - (ends[-1] if ends else 0)
    if owed and owed >= last:
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
        targets: what each clip is trained towards, `(clips, labels)`; None is its label alone.
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
        """Samples `(batch, window)`, lengths and targets of windows given as (position in this set, window)."""
        samples = torch.zeros(len(chosen), self.window)
        lengths = torch.zeros(len(chosen), dtype=torch.long)
        for row, (position, number) in enumerate(chosen):
            start, end = self.windows[position][number]
            speech = self.cache.speech(self.clips[position], start, end)
            samples[row, : len(speech)] = torch.from_numpy(speech)
            lengths[row] = len(speech)
        return samples, lengths, self.distributions[[position for position, _ in chosen]]


def validation_batches(windows: WindowSet, front_end: TorchFrontEnd, size: int = 256) -> Iterator[Batch]:
    """Every live window of every clip, as it is."""
    everything = [(i, k) for i, cuts in enumerate(windows.windows) for k in range(len(cuts))]
    for at in range(0, len(everything), size):
        chosen = everything[at : at + size]
        samples, lengths, targets = windows.batch(chosen)
        features, _ = front_end(samples, lengths)
        yield Batch(
            features=features,
            targets=targets,
            clips=torch.tensor([i for i, _ in chosen]),
            seconds=lengths / SAMPLE_RATE,
        )


def training_batches(
    windows: WindowSet,
    front_end: TorchFrontEnd,
    settings: Augmentation,
    sounds: Sounds,
    *,
    size: int,
    short: float,
    seed: tuple[int, int],
    joined: float = 0.0,
    teachers: Teachers | None = None,
    teaching: float = 0.0,
) -> Iterator[Batch]:
    """One window of every clip in random order, augmented; equal for an equal seed (run, epoch).

    Teachers hear each window as it is, before the augmentation that the model hears it through, and are `teaching` of
    its target; windows that go on from another clip are left to the labels, for teachers may not have learnt changes.
    """
    random = np.random.default_rng(seed)
    generator = torch.Generator().manual_seed(int(random.integers(2**62)))
    usable = [i for i, cuts in enumerate(windows.windows) if cuts]
    order = random.permutation(usable).tolist()
    partners = Partners(windows, usable) if joined else None
    for at in range(0, len(order) - size // 2, size):
        positions = order[at : at + size]
        chosen = [(i, _pick(len(windows.windows[i]), short, random.random)) for i in positions]
        samples, lengths, targets = windows.batch(chosen)
        spans = torch.zeros(len(chosen), dtype=torch.bool)
        if partners is not None:
            spans = partners.join(positions, samples, lengths, targets, joined, random)
        if teachers is not None:
            opinions = teachers.opinions(front_end(samples, lengths)[0])
            targets = torch.lerp(targets, opinions, teaching * ~spans[:, None])
        samples, lengths = augment_samples(samples, lengths, sounds, settings, generator)
        features, frames = front_end(samples, lengths)
        features, targets = augment_features(features, frames, targets, settings, generator)
        yield Batch(
            features=features,
            targets=targets,
            clips=torch.tensor(positions),
            seconds=lengths / SAMPLE_RATE,
        )


def _pick(count: int, short: float, draw: Callable[[], float]) -> int:
    """The clip's last window, or for a share `short` any of its windows."""
    return int(draw() * count) if draw() < short else count - 1
