"""Simulate rooms: shoeboxes by the image method, with a microphone somewhere in them.

Allen and Berkley 1979, https://doi.org/10.1121/1.382599, as pyroomacoustics computes it (Scheibler et al. 2018,
https://arxiv.org/abs/1710.04196).
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from scipy.fft import next_fast_len
from torch import Tensor

from ser_live.types import SAMPLE_RATE, FloatArray
from ser_train.augment.draw import chosen

__all__ = ["reverberate", "room_bank", "simulate_room"]

_TAPS = SAMPLE_RATE // 2
_SMALLEST, _LARGEST = (2.5, 2.5, 2.3), (8.0, 6.0, 3.5)  # metres: length, width, height
_SABINE = (0.12, 0.7)  # seconds; flat rooms ring longer than Sabine's formula says
_MEASURED = (0.15, 0.8)
_FARTHEST = 3.0  # metres between mouth and microphone
_MARGIN = 0.4  # metres from a wall
_ORDER = 30  # most reflections of a path


def reverberate(samples: Tensor, rooms: Tensor, generator: torch.Generator, *, share: float) -> Tensor:
    """Let a share of the windows sound in a random room; there is no delay, and the level stays.

    Not by torchaudio's `fftconvolve`: it takes no length that the Fourier transform likes and is five times slower.

    Shape:
        samples `(batch, samples)`; rooms `(rooms, taps)`, responses whose direct sound is their first sample.
    """
    rows = chosen(len(samples), share, generator)
    if not len(rows):
        return samples
    responses = rooms[torch.randint(len(rooms), (len(rows),), generator=generator)]
    dry = samples[rows]
    size = next_fast_len(samples.shape[1] + rooms.shape[1], real=True)
    wet = torch.fft.irfft(torch.fft.rfft(dry, n=size) * torch.fft.rfft(responses, n=size), n=size)
    wet = wet[:, : samples.shape[1]]
    changed = samples.clone()
    changed[rows] = wet * (dry.norm(dim=1) / wet.norm(dim=1).clamp(min=1e-9))[:, None]
    return changed


@cache
def room_bank(count: int, seed: int, quickest: float = _MEASURED[0], slowest: float = _MEASURED[1]) -> Tensor:
    """Simulate responses of random rooms `(count, taps)`: half a second at 16 kHz, the direct sound 1 at sample 0.

    Args:
        count: how many.
        seed: of the rooms; no two seeds share one.
        quickest: shortest reverberation time in seconds, measured by the fall from -5 to -25 dB.
        slowest: longest one.
    """
    from pyroomacoustics.experimental import measure_rt60  # takes a second to import

    random = np.random.default_rng(seed)
    responses = np.zeros((count, _TAPS), np.float32)
    for row in responses:
        while True:
            response = simulate_room(random)
            if quickest <= measure_rt60(response, SAMPLE_RATE, decay_db=20) <= slowest:
                break
        kept = response[:_TAPS]
        row[: len(kept)] = kept
    return torch.from_numpy(responses)


def simulate_room(random: np.random.Generator) -> FloatArray:
    """Simulate the response of one random room `(taps,)`, from its direct sound on, which is 1."""
    import pyroomacoustics  # takes a second to import

    while True:
        size = random.uniform(_SMALLEST, _LARGEST)
        wanted = random.uniform(*_SABINE)
        mouth, direction = random.uniform(_MARGIN, size - _MARGIN), random.normal(size=3)
        delay = random.integers(
            SAMPLE_RATE // 1000, round(_FARTHEST * SAMPLE_RATE / pyroomacoustics.constants.get("c"))
        )
        # A whole number of samples: the direct sound is then one sample high, not a sinc.
        distance = delay * pyroomacoustics.constants.get("c") / SAMPLE_RATE
        microphone = mouth + distance * direction / np.linalg.norm(direction)
        if not ((microphone > _MARGIN) & (microphone < size - _MARGIN)).all():
            continue
        try:
            absorption, order = pyroomacoustics.inverse_sabine(wanted, size)
        except ValueError:  # no wall absorbs so much
            continue
        break
    room = pyroomacoustics.ShoeBox(
        size, fs=SAMPLE_RATE, materials=pyroomacoustics.Material(absorption), max_order=min(order, _ORDER)
    )
    room.add_source(mouth)
    room.add_microphone(microphone)
    room.compute_rir()
    response = np.asarray(room.rir[0][0])
    first = int(delay) + pyroomacoustics.constants.get("frac_delay_length") // 2
    direct_on: FloatArray = (response[first:] / response[first]).astype(np.float32)
    return direct_on
