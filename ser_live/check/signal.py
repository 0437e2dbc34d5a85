"""What samples say of the way that they came: level, noise, clipping, offset, zeros, two channels.

Pure functions. Levels are in dBFS: 10 log10 of the mean square, relative to full scale (1.0), so that a sine at full
scale has -3.0 dBFS (the definition of ITU-T P.56 and P.381, without the 3 dB that AES17 adds).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ser_live.types import FloatArray

__all__ = [
    "CELL_SECONDS",
    "Clipping",
    "Levels",
    "Pair",
    "cell_powers",
    "clipping",
    "decibels",
    "levels",
    "offset",
    "pair",
    "zero_share",
]

CELL_SECONDS = 0.01
"""The grid of the speech decisions, on which power is measured."""
_LOWEST = 1e-20  # -200 dBFS: of exact zeros
_FULL = 0.9995  # of full scale: 16-bit converters stop at 0.99997, 8-bit ones at 0.992 (their tops are flat)
_RUN = 4  # equal samples at the top: a pure tone of 50 Hz at 16 bits has fewer, unless it is very loud
_FAINT = 0.1  # of full scale: flat tops below are rounding, not clipping
_LEAST_QUIET = 20  # cells without speech that say what the noise is: 0.2 s
_LEAST_SPEECH = 20  # cells with speech that say how loud it is


@dataclass(frozen=True, kw_only=True)
class Levels:
    """How loud noise and speech are, in dBFS.

    Attributes:
        noise: the median of the cells without speech.
        speech: the mean power of the cells with speech, the noise taken off; None where there is too little.
        peak: of the largest sample, 20 log10.
    """

    noise: float
    speech: float | None
    peak: float

    @property
    def ratio(self) -> float | None:
        """Signal-to-noise ratio of the speech in dB, None without speech."""
        return None if self.speech is None else self.speech - self.noise


@dataclass(frozen=True, kw_only=True)
class Clipping:
    """Samples that stand at the limit of a converter.

    Attributes:
        share: of all samples, 0 to 1.
        level: where they stand, a share of full scale; 0 without clipping.
    """

    share: float
    level: float


@dataclass(frozen=True, kw_only=True)
class Pair:
    """How two channels go together.

    Attributes:
        correlation: from -1 (one is the other turned over) through 0 to 1 (the same sound), as a studio's phase meter.
        mix_loss: how much quieter the mean of the two is than the louder of them, in dB.
        balance: how much louder the first is than the second, in dB.
    """

    correlation: float
    mix_loss: float
    balance: float


def decibels(power: float) -> float:
    """Return a mean square as dBFS; exact zeros are -200.

    >>> round(decibels(0.5), 2)
    -3.01
    """
    return 10 * math.log10(max(power, _LOWEST))


def cell_powers(samples: FloatArray, sample_rate: float) -> NDArray[np.float64]:
    """Return the mean square of every whole cell of 10 ms, the offset taken off first.

    Args:
        samples: `(frames,)`.
        sample_rate: in Hz.

    Shape:
        `(frames // (sample_rate / 100),)`.
    """
    edges = np.floor(np.arange(0, len(samples) + 1, sample_rate * CELL_SECONDS)).astype(np.int64)
    if len(edges) < 2:
        return np.zeros(0)
    centred = samples[: edges[-1]].astype(np.float64) - offset(samples)
    sums = np.add.reduceat(np.square(centred), edges[:-1])
    return np.asarray(sums / np.diff(edges))


def levels(samples: FloatArray, sample_rate: float, speech: NDArray[np.bool_] | None = None) -> Levels:
    """Measure noise and speech.

    The speech level follows ITU-T P.56, https://www.itu.int/rec/T-REC-P.56: the mean power of the time in which there
    is speech. The detector's padding of 200 ms stands for its hangover of 200 ms.

    Args:
        samples: `(frames,)`.
        sample_rate: in Hz.
        speech: which cells hold speech, as a detector says; without it, no cell does. May be longer or shorter by some.
    """
    powers = cell_powers(samples, sample_rate)
    peak = 20 * math.log10(max(float(np.abs(samples).max(initial=0.0)), _LOWEST**0.5))
    if not len(powers):
        return Levels(noise=decibels(0), speech=None, peak=peak)
    mask = np.zeros(len(powers), np.bool_)
    if speech is not None:
        mask[: len(speech)] = speech[: len(mask)]
    quiet = powers[~mask]
    # all speech: its pauses are the noise (the minimum of the power, as in R. Martin, 2001, doi:10.1109/89.928915)
    noise = float(np.median(quiet)) if len(quiet) >= _LEAST_QUIET else float(np.percentile(powers, 5))
    spoken = None
    if mask.sum() >= _LEAST_SPEECH:
        spoken = decibels(max(float(powers[mask].mean()) - noise, _LOWEST))
    return Levels(noise=decibels(noise), speech=spoken, peak=peak)


def clipping(samples: FloatArray) -> Clipping:
    """Find samples at the limit of a converter: at full scale, or in flat tops below it.

    A gain behind the converter moves the limit away from full scale; then runs of equal samples stand at the largest
    value (https://doi.org/10.1109/TSP.2018.2835369 gives such a detector among others).

    Args:
        samples: `(frames,)` of one channel.
    """
    sizes = np.abs(samples)
    top = float(sizes.max(initial=0.0))
    if top < _FAINT:
        return Clipping(share=0.0, level=0.0)
    at_limit = sizes >= min(_FULL, top)
    if top < _FULL:
        at_limit = _in_runs(samples, sizes == np.float32(top))
    share = float(at_limit.mean())
    return Clipping(share=share, level=top if share else 0.0)


def _in_runs(samples: FloatArray, at_top: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Keep what stands in a run of equal samples of some length."""
    changes = np.flatnonzero(np.diff(samples)) + 1
    edges = np.concatenate([[0], changes, [len(samples)]])
    long = np.repeat(np.diff(edges) >= _RUN, np.diff(edges))
    return np.asarray(at_top & long)


def offset(samples: FloatArray) -> float:
    """Return the mean of the samples `(frames,)`, a share of full scale: 0 in a converter that is whole."""
    return float(np.mean(samples, dtype=np.float64)) if len(samples) else 0.0


def zero_share(samples: FloatArray) -> float:
    """Return the share of exact zeros, 0 to 1; a microphone that hears anything has few."""
    return float(np.mean(samples == 0)) if samples.size else 1.0


def pair(first: FloatArray, second: FloatArray) -> Pair:
    """Compare two channels `(frames,)`, which the program would mix."""
    a, b = (channel.astype(np.float64) - offset(channel) for channel in (first, second))
    of_a, of_b, product = (float(np.mean(x)) if len(x) else 0.0 for x in (a * a, b * b, a * b))
    least = min(of_a, of_b)
    correlation = product / math.sqrt(of_a * of_b) if least > _LOWEST else 0.0
    mixed = max((of_a + of_b + 2 * product) / 4, 0.0)
    return Pair(
        correlation=max(-1.0, min(1.0, correlation)),
        mix_loss=decibels(max(of_a, of_b)) - decibels(mixed),
        balance=decibels(of_a) - decibels(of_b),
    )
