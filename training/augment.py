"""What is done to training windows so that level, bandwidth, room and noise do not carry the label.

Every transform works on a whole batch and draws from a generator that it is given; none is applied to data that is
measured.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ser_live.types import SAMPLE_RATE

__all__ = ["Augmentation", "add_noise", "coloured_noise", "filter_and_room", "gain", "mask_spectrum", "mixup", "speed"]


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """How often and how strongly; a share of 0 switches a transform off.

    Attributes:
        gain_db: largest change of level, either way, dB.
        noise: share of windows that get noise.
        snr_db: lowest and highest signal-to-noise ratio, dB.
        band: share of windows that get a random low-pass, high-pass and spectral tilt.
        room: share of windows that get the response of a random room.
        speed: largest change of speed (and with it pitch), either way, as a share.
        spec: bands and frames that each of the two masks of SpecAugment may cover, as a share.
        mixup: parameter of the beta distribution; two windows of a batch are mixed.
    """

    gain_db: float = 10.0
    noise: float = 0.6
    snr_db: tuple[float, float] = (0.0, 30.0)
    band: float = 0.8
    room: float = 0.3
    speed: float = 0.12
    spec: float = 0.15
    mixup: float = 0.2


def _uniform(generator: torch.Generator, *shape: int, low: float = 0.0, high: float = 1.0) -> Tensor:
    return low + (high - low) * torch.rand(*shape, generator=generator)


def gain(samples: Tensor, generator: torch.Generator, *, largest_db: float) -> Tensor:
    """Change the level of each window `(batch, samples)` by up to `largest_db`, clipping at full scale."""
    decibels = _uniform(generator, len(samples), 1, low=-largest_db, high=largest_db)
    return (samples * 10 ** (decibels / 20)).clamp(-1, 1)


def add_noise(
    samples: Tensor,
    lengths: Tensor,
    noises: Tensor,
    generator: torch.Generator,
    *,
    share: float,
    snr_db: tuple[float, float],
) -> Tensor:
    """Add noise to a share of the windows at a random signal-to-noise ratio.

    Shape:
        samples `(batch, samples)`, of which `lengths` `(batch,)` are speech; noises `(recordings, longer)`.
    """
    batch, count = samples.shape
    which = torch.randint(len(noises), (batch,), generator=generator)
    starts = torch.randint(noises.shape[1] - count + 1, (batch,), generator=generator)
    noise = torch.stack([noises[i, s : s + count] for i, s in zip(which.tolist(), starts.tolist(), strict=True)])
    inside = torch.arange(count)[None] < lengths[:, None]
    speech_power = (samples.square() * inside).sum(1) / lengths.clamp(min=1)
    noise_power = (noise.square() * inside).sum(1) / lengths.clamp(min=1)
    ratio = 10 ** (_uniform(generator, batch, low=snr_db[0], high=snr_db[1]) / 10)
    scale = (speech_power / (noise_power * ratio).clamp(min=1e-12)).sqrt()
    scale = scale * (_uniform(generator, batch) < share)
    return samples + scale[:, None] * noise


def coloured_noise(count: int, samples: int, generator: torch.Generator) -> Tensor:
    """Noise `(count, samples)` whose spectrum falls by 0 to 12 dB an octave, peak about 1."""
    slope = _uniform(generator, count, 1, high=2.0)
    white = torch.fft.rfft(torch.randn(count, samples, generator=generator))
    noise: Tensor = torch.fft.irfft(white * torch.arange(white.shape[1]).clamp(min=8)[None] ** (-slope), n=samples)
    return noise / noise.abs().amax(1, keepdim=True)


def filter_and_room(samples: Tensor, generator: torch.Generator, *, band: float, room: float) -> Tensor:
    """Give a share of the windows another bandwidth and tilt, and a share the sound of a room; one transform does both.

    Band: a low-pass between 3 and 8 kHz, a high-pass between 50 and 400 Hz (both 30 dB or more within a fifth of an
    octave) and a tilt of up to 6 dB an octave either way. Room: exponentially decaying noise, reverberation time 0.15
    to 0.7 s, direct-to-reverberant ratio 0 to 15 dB.
    """
    batch, count = samples.shape
    size = count + SAMPLE_RATE // 2
    hertz = torch.fft.rfftfreq(size, 1 / SAMPLE_RATE)[None]
    low_pass = 3000.0 * (8000.0 / 3000.0) ** _uniform(generator, batch, 1)
    high_pass = 50.0 * (400.0 / 50.0) ** _uniform(generator, batch, 1)
    steep = 40.0
    octaves = torch.log2(hertz.clamp(min=20.0))
    curve = torch.sigmoid(steep * (torch.log2(low_pass) - octaves)) * torch.sigmoid(
        steep * (octaves - torch.log2(high_pass))
    )
    curve = curve.clamp(min=10 ** (-70 / 20))
    tilt = _uniform(generator, batch, 1, low=-6.0, high=6.0) * (octaves - np.log2(1000.0)) / 20
    curve = curve * 10 ** tilt.clamp(-1, 1)
    response = torch.where(_uniform(generator, batch, 1) < band, curve, torch.ones_like(curve)).to(torch.complex64)
    roomy = torch.nonzero(_uniform(generator, batch) < room)[:, 0]
    if len(roomy):
        length = SAMPLE_RATE // 2
        decay = 0.15 + 0.55 * _uniform(generator, len(roomy), 1)
        seconds = torch.arange(length)[None] / SAMPLE_RATE
        tail = torch.randn(len(roomy), length, generator=generator) * torch.exp(-6.9 * seconds / decay)
        tail[:, 0] = 0
        ratio = 10 ** (-_uniform(generator, len(roomy), 1, high=15.0) / 20)
        tail = tail * ratio / tail.norm(dim=1, keepdim=True)
        tail[:, 0] = 1
        response[roomy] = response[roomy] * torch.fft.rfft(tail, n=size)
    filtered: Tensor = torch.fft.irfft(torch.fft.rfft(samples, n=size) * response, n=size)
    return filtered[:, :count]


def speed(samples: Tensor, lengths: Tensor, generator: torch.Generator, *, largest: float) -> tuple[Tensor, Tensor]:
    """Play the windows of a batch faster or slower, pitch included, one factor for each quarter of it."""
    batch, count = samples.shape
    changed, new_lengths = samples.clone(), lengths.clone()
    for part in torch.arange(batch).chunk(4):
        factor = 1 + float(_uniform(generator, 1, low=-largest, high=largest))
        target = round(count / factor / 512) * 512  # a length that the Fourier transform likes
        factor = count / target
        spectrum = torch.fft.rfft(samples[part])
        wanted = target // 2 + 1
        if wanted <= spectrum.shape[1]:
            spectrum = spectrum[:, :wanted]
        else:
            spectrum = torch.nn.functional.pad(spectrum, (0, wanted - spectrum.shape[1]))
        played = torch.fft.irfft(spectrum, n=target) * (target / count)
        kept = min(count, target)
        changed[part] = torch.nn.functional.pad(played[:, :kept], (0, count - kept))
        new_lengths[part] = (lengths[part] / factor).round().long().clamp(max=count)
    return changed, new_lengths


def mask_spectrum(features: Tensor, frames: Tensor, generator: torch.Generator, *, share: float) -> Tensor:
    """SpecAugment: two masks over bands and two over frames of each window, set to its mean (0).

    Park et al. 2019, https://arxiv.org/abs/1904.08779.
    """
    batch, length, bands = features.shape
    masked = features.clone()
    for _ in range(2):
        for axis, size in ((2, torch.full((batch,), bands)), (1, frames)):
            width = _uniform(generator, batch) * share * size
            start = _uniform(generator, batch) * (size - width)
            position = torch.arange(length if axis == 1 else bands)[None]
            inside = (position >= start[:, None]) & (position < (start + width)[:, None])
            masked.masked_fill_(inside[:, :, None] if axis == 1 else inside[:, None, :], 0.0)
    return masked


def mixup(features: Tensor, targets: Tensor, generator: torch.Generator, *, alpha: float) -> tuple[Tensor, Tensor]:
    """Mix each window and its target distribution with those of another window of the batch.

    Zhang et al. 2018, https://arxiv.org/abs/1710.09412.
    """
    if alpha <= 0:
        return features, targets
    seed = int(torch.randint(2**31, (1,), generator=generator))
    weights = np.random.default_rng(seed).beta(alpha, alpha, len(features)).astype(np.float32)
    weight = torch.from_numpy(np.maximum(weights, 1 - weights))
    other = torch.randperm(len(features), generator=generator)
    mixed = torch.lerp(features[other], features, weight[:, None, None])
    return mixed, torch.lerp(targets[other], targets, weight[:, None])
