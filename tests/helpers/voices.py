"""A synthetic voice that both speech detectors hear as speech; the same numbers everywhere."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from ser_live.types import FloatArray

_VOWELS = (  # the first three formants in Hz, of the vowels of "father", "beet", "bought", "bet", "boot"
    (730, 1090, 2440),
    (270, 2290, 3010),
    (570, 840, 2410),
    (530, 1840, 2480),
    (300, 870, 2240),
)
_BANDWIDTHS = (80.0, 100.0, 140.0)  # Hz


def voice(seconds: float, *, sample_rate: int = 16_000, seed: int = 0, pitch: float = 120.0) -> FloatArray:
    """Syllables of a source-filter voice: a pulse train of gliding pitch through gliding formants.

    The formants are those of Peterson and Barney (1952) for men, the filters those of Klatt (1980).

    Args:
        seconds: length.
        sample_rate: Hz.
        seed: of the order of the vowels, the intonation and the breath.
        pitch: mean, Hz.

    Returns:
        `(samples,)` with a peak of 0.5.
    """
    return _voice(seconds, sample_rate, seed, pitch).copy()


@cache
def _voice(seconds: float, sample_rate: int, seed: int, pitch: float) -> FloatArray:
    rng = np.random.default_rng(seed)
    count = round(seconds * sample_rate)
    if not count:
        return np.zeros(0, np.float32)
    time = np.arange(count) / sample_rate
    syllables = int(seconds / 0.2) + 2  # five a second
    knots = np.arange(syllables) * 0.2
    intonation = pitch * (1 + 0.2 * rng.uniform(-1, 1, syllables))
    phase = np.cumsum(np.interp(time, knots, intonation)) / sample_rate
    source = np.diff(np.floor(phase), prepend=0.0) + 0.02 * rng.normal(size=count)
    vowels = np.array(_VOWELS)[rng.integers(0, len(_VOWELS), syllables)]
    signal = source
    for formant, bandwidth in enumerate(_BANDWIDTHS):
        signal = _resonate(signal, np.interp(time, knots, vowels[:, formant]), bandwidth, sample_rate)
    signal = signal * (0.55 - 0.45 * np.cos(2 * np.pi * time / 0.2))  # syllables
    return (0.5 * signal / np.abs(signal).max()).astype(np.float32)


def silence(seconds: float, *, sample_rate: int = 16_000) -> FloatArray:
    """Digital silence `(samples,)`."""
    return np.zeros(round(seconds * sample_rate), np.float32)


def noise(seconds: float, *, sample_rate: int = 16_000, seed: int = 0, level: float = 0.1) -> FloatArray:
    """White noise `(samples,)` of that root mean square."""
    return (level * np.random.default_rng(seed).normal(size=round(seconds * sample_rate))).astype(np.float32)


def tone(hz: float, seconds: float, *, sample_rate: int = 16_000, amplitude: float = 0.5) -> FloatArray:
    """A sine `(samples,)`."""
    time = np.arange(round(seconds * sample_rate)) / sample_rate
    return (amplitude * np.sin(2 * np.pi * hz * time)).astype(np.float32)


def _resonate(
    signal: NDArray[np.float64], centre: NDArray[np.float64], bandwidth: float, sample_rate: int
) -> NDArray[np.float64]:
    """A two-pole resonator whose centre moves."""
    radius = np.exp(-np.pi * bandwidth / sample_rate)
    first = 2 * radius * np.cos(2 * np.pi * centre / sample_rate)
    gain = 1 - first + radius**2  # 1 at 0 Hz
    out = np.empty_like(signal)
    before = before_that = 0.0
    for i in range(len(signal)):
        now = gain[i] * signal[i] + first[i] * before - radius**2 * before_that
        out[i] = now
        before_that, before = before, now
    return out
