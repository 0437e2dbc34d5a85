"""Apply all transforms in the order in which sound meets them: speaker, room, microphone, noise, line, features."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ser_train.augment.channel import band_and_tilt, telephone
from ser_train.augment.codec import code
from ser_train.augment.draw import uniform
from ser_train.augment.level import clip, gain
from ser_train.augment.noise import add_noise
from ser_train.augment.room import reverberate
from ser_train.augment.settings import Augmentation
from ser_train.augment.spectrum import mask_spectrum
from ser_train.augment.time import play

__all__ = ["Sounds", "augment_features", "augment_samples"]


@dataclass(frozen=True, kw_only=True)
class Sounds:
    """What windows are mixed with, at 16 kHz.

    Attributes:
        noises: `(pieces, samples)`, the recorded ones first.
        recorded: how many of the noises are recordings.
        rooms: responses `(rooms, taps)`; none where the settings ask for none.
    """

    noises: Tensor
    recorded: int
    rooms: Tensor


def augment_samples(
    samples: Tensor, lengths: Tensor, sounds: Sounds, settings: Augmentation, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Return windows `(batch, samples)` as a training step gets them, and how many samples of each are speech."""
    samples, lengths = play(samples, lengths, generator, speed=settings.speed)
    samples = reverberate(samples, sounds.rooms, generator, share=settings.room)
    samples = band_and_tilt(samples, generator, share=settings.band)
    uniform(generator, len(samples))  # drawn by a transform that is gone: without it, seeds would give other weights
    samples = add_noise(samples, lengths, sounds.noises, generator, share=settings.noise, snr_db=settings.snr_db)
    samples = clip(samples, lengths, generator, share=settings.clipping)
    samples = gain(samples, generator, largest_db=settings.gain_db)
    samples = telephone(samples, generator, share=settings.telephone)
    return code(samples, generator, share=settings.codec), lengths


def augment_features(features: Tensor, frames: Tensor, settings: Augmentation, generator: torch.Generator) -> Tensor:
    """Return features `(batch, frames, n_mels)`, of which `frames` hold speech, as a training step sees them."""
    return mask_spectrum(features, frames, generator, share=settings.spec)
