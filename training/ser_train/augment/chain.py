"""All transforms in the order in which sound meets them: speaker, room, microphone, others, line, features."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ser_train.augment.channel import band_and_tilt, telephone
from ser_train.augment.codec import code
from ser_train.augment.level import clip, gain
from ser_train.augment.noise import add_noise, add_voices
from ser_train.augment.room import reverberate
from ser_train.augment.settings import Augmentation
from ser_train.augment.spectrum import mask_spectrum, mixup
from ser_train.augment.time import play

__all__ = ["Sounds", "augment_features", "augment_samples"]


@dataclass(frozen=True, kw_only=True)
class Sounds:
    """What windows are mixed with, at 16 kHz.

    Attributes:
        noises: `(pieces, samples)`, the recorded ones first.
        recorded: how many of the noises are recordings.
        voices: speech of training speakers `(pieces, samples)`; none where the settings ask for none.
        rooms: responses `(rooms, taps)`; none where the settings ask for none.
    """

    noises: Tensor
    recorded: int
    voices: Tensor
    rooms: Tensor


def augment_samples(
    samples: Tensor, lengths: Tensor, sounds: Sounds, settings: Augmentation, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Windows `(batch, samples)` as a training step hears them, and how much of each `(batch,)` is speech."""
    samples, lengths = play(
        samples, lengths, generator, speed=settings.speed, pitch=settings.pitch, stretch=settings.stretch
    )
    samples = reverberate(samples, sounds.rooms, generator, share=settings.room)
    samples = band_and_tilt(samples, generator, share=settings.band)
    samples = add_voices(
        samples, lengths, sounds.voices, generator, share=settings.voices, snr_db=settings.voices_snr_db
    )
    samples = add_noise(samples, lengths, sounds.noises, generator, share=settings.noise, snr_db=settings.snr_db)
    samples = clip(samples, lengths, generator, share=settings.clipping)
    samples = gain(samples, generator, largest_db=settings.gain_db)
    samples = telephone(samples, generator, share=settings.telephone)
    return code(samples, generator, share=settings.codec), lengths


def augment_features(
    features: Tensor, frames: Tensor, targets: Tensor, settings: Augmentation, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Features `(batch, frames, n_mels)` and targets `(batch, labels)` as a training step sees them."""
    features = mask_spectrum(features, frames, generator, share=settings.spec)
    return mixup(features, targets, generator, alpha=settings.mixup)
