"""Settings of the augmentation: the table `[augmentation]` of a recipe."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ser_train.errors import TrainingError
from ser_train.settings import at_least, shares

__all__ = ["Augmentation"]


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """How often and how strongly training windows are changed; 0 switches a transform off.

    Attributes:
        gain_db: largest change of level, either way, dB.
        noise: share of windows that get noise.
        snr_db: lowest and highest ratio of speech to noise, dB.
        band: share of windows that get a random low-pass, high-pass and spectral tilt.
        room: share of windows that are heard in a simulated room.
        telephone: share of windows that go through a telephone: 300 to 3400 Hz, µ-law.
        codec: share of windows that go through Opus, Vorbis, MP3 or GSM 6.10 at a low rate; each costs tens of ms.
        clipping: share of windows whose loudest samples are cut flat.
        speed: largest change of speed (and with it pitch), either way, as a share.
        spec: bands and frames that each of the two masks of SpecAugment may cover, as a share.

    Raises:
        TrainingError: naming what is out of its range.
    """

    gain_db: float = 10.0
    noise: float = 0.6
    snr_db: tuple[float, float] = (0.0, 30.0)
    band: float = 0.8
    room: float = 0.3
    telephone: float = 0.0
    codec: float = 0.0
    clipping: float = 0.0
    speed: float = 0.12
    spec: float = 0.15

    removed: ClassVar[Mapping[str, Any]] = {
        "voices": 0.0,
        "voices_snr_db": ...,
        "pitch": 0.0,
        "stretch": 0.0,
        "mixup": 0.0,
    }

    def __post_init__(self) -> None:
        at_least(self, 0, "gain_db")
        shares(self, "noise", "band", "room", "telephone", "codec", "clipping", "spec")
        if not 0 <= self.speed <= 0.5:
            raise TrainingError(f"`speed` must be from 0 to 0.5, not {self.speed:g}")
        low, high = self.snr_db
        if not -math.inf < low <= high < math.inf:
            raise TrainingError(f"`snr_db` must be the lowest and the highest ratio in dB, not [{low:g}, {high:g}]")
