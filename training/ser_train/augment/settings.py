"""How often and how strongly training windows are changed: the table `[augmentation]` of a recipe."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ser_train.errors import TrainingError
from ser_train.settings import at_least, shares

__all__ = ["Augmentation"]


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """How often and how strongly; 0 switches a transform off.

    Attributes:
        gain_db: largest change of level, either way, dB.
        noise: share of windows that get noise.
        snr_db: lowest and highest ratio of speech to noise, dB.
        voices: share of windows that get one to four other voices of the training speakers.
        voices_snr_db: lowest and highest ratio of speech to those voices, dB.
        band: share of windows that get a random low-pass, high-pass and spectral tilt.
        room: share of windows that are heard in a simulated room.
        telephone: share of windows that go through a telephone: 300 to 3400 Hz, µ-law.
        codec: share of windows that go through Opus, Vorbis, MP3 or GSM 6.10 at a low rate; each costs tens of ms.
        clipping: share of windows whose loudest samples are cut flat.
        speed: largest change of speed (and with it pitch), either way, as a share.
        pitch: largest change of pitch (at the same duration), either way, in semitones.
        stretch: largest change of tempo (at the same pitch), either way, as a share.
        spec: bands and frames that each of the two masks of SpecAugment may cover, as a share.
        mixup: parameter of the beta distribution; two windows of a batch are mixed.

    Raises:
        TrainingError: naming what is out of its range.
    """

    gain_db: float = 10.0
    noise: float = 0.6
    snr_db: tuple[float, float] = (0.0, 30.0)
    voices: float = 0.0
    voices_snr_db: tuple[float, float] = (5.0, 20.0)
    band: float = 0.8
    room: float = 0.3
    telephone: float = 0.0
    codec: float = 0.0
    clipping: float = 0.0
    speed: float = 0.12
    pitch: float = 0.0
    stretch: float = 0.0
    spec: float = 0.15
    mixup: float = 0.2

    def __post_init__(self) -> None:
        at_least(self, 0, "gain_db", "mixup")
        shares(self, "noise", "voices", "band", "room", "telephone", "codec", "clipping", "spec")
        for name, largest in (("speed", 0.5), ("stretch", 0.5), ("pitch", 12.0)):
            if not 0 <= getattr(self, name) <= largest:
                raise TrainingError(f"`{name}` must be from 0 to {largest:g}, not {getattr(self, name):g}")
        for name in ("snr_db", "voices_snr_db"):
            low, high = getattr(self, name)
            if not -math.inf < low <= high < math.inf:
                raise TrainingError(f"`{name}` must be the lowest and the highest ratio in dB, not [{low:g}, {high:g}]")
