"""What the spectrum says of the way that sound came: hum of the mains, and the band that was let through.

Pure functions. Powers are in dBFS as in `ser_live.check.signal`: of a sine, 10 log10 of its mean square.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ser_live.check.signal import decibels
from ser_live.types import FloatArray

__all__ = ["Hum", "band_edge", "hum"]

_MAINS = (50.0, 60.0)  # Hz: https://www.iec.ch/world-plugs
_HARMONICS = 6
_WINDOW_SECONDS = 1.0  # so that a line is 2 Hz wide either way, and 50 and 60 Hz never meet
_STANDS_OUT = 10.0  # dB over what is beside it: a line, not noise
_BAND_WINDOW_SECONDS = 0.032
_DROP = 20.0  # dB within half an octave: a filter's edge; a voice falls by 6 to 12 dB an octave
_LOWEST_EDGE = 2_000.0  # Hz; below is the voice itself
_STEP = 2 ** (1 / 24)


@dataclass(frozen=True, kw_only=True)
class Hum:
    """A hum of the mains.

    Attributes:
        mains: 50 or 60 Hz.
        level: of its lines together, dBFS.
        lines: their frequencies, Hz.
    """

    mains: float
    level: float
    lines: tuple[float, ...]


def hum(samples: FloatArray, sample_rate: float) -> Hum | None:
    """Find lines at 50 or 60 Hz and their multiples up to the sixth.

    Each frequency has the median of its power over windows of a second, so that a voice, whose pitch moves, is passed
    over (the median in place of the mean of P. Welch, 1967: B. Allen et al., 2012, doi:10.1103/PhysRevD.85.122006).

    Args:
        samples: `(frames,)`, two seconds at least.
        sample_rate: in Hz.

    Returns:
        the louder of the two, None where neither stands out.
    """
    size = round(_WINDOW_SECONDS * sample_rate)
    powers = _powers(samples, size, size // 4)
    if len(powers) < 5:
        return None
    usual = np.median(powers, axis=0)
    found = [_lines(usual, mains) for mains in _MAINS]
    # one line alone may be a voice or a fan, and 300 Hz is a multiple of both
    known = [line for line in found if line is not None and (line.lines[0] == line.mains or len(line.lines) > 1)]
    return max(known, key=lambda line: line.level, default=None)


def _lines(usual: NDArray[np.float64], mains: float) -> Hum | None:
    power, lines = 0.0, []
    for number in range(1, _HARMONICS + 1):
        at = round(number * mains * _WINDOW_SECONDS)
        if at + 9 >= len(usual):
            break
        beside = np.concatenate([usual[at - 8 : at - 3], usual[at + 4 : at + 9]])
        own = float(usual[at - 2 : at + 3].sum())
        if decibels(float(usual[at - 1 : at + 2].max())) > decibels(float(np.median(beside))) + _STANDS_OUT:
            power += own
            lines.append(number * mains)
    return Hum(mains=mains, level=decibels(power), lines=tuple(lines)) if lines else None


def band_edge(samples: FloatArray, sample_rate: float) -> float | None:
    """Return the highest frequency that was let through, in Hz: half the rate, or less where a filter cut before it.

    A headset in call mode gives 8 or 16 kHz that the system brings to 48 kHz: above 4 or 8 kHz there is nothing, and
    the spectrum falls steeply there. A voice, a room and noise fall slowly. Where the fall is sought: the power between
    1.1 and 1.3 times a frequency lies 20 dB below that between 0.75 and 0.9 times, and nothing above rises again.

    Args:
        samples: `(frames,)`, best with speech; a tenth of a second at least.
        sample_rate: in Hz.

    Returns:
        None where there are only zeros, or too few samples.
    """
    size = 2 ** round(math.log2(max(16.0, _BAND_WINDOW_SECONDS * sample_rate)))
    powers = _powers(samples, size, size // 2)
    if len(powers) < 3 or not powers.any():
        return None
    mean = 10 * np.log10(np.maximum(powers.mean(axis=0), 1e-20))
    width = sample_rate / size
    edge, nyquist = _LOWEST_EDGE, sample_rate / 2

    def median(low: float, high: float) -> float:
        return float(np.median(mean[int(low / width) : max(int(high / width), int(low / width) + 1)]))

    while edge * 1.3 < nyquist:
        below = median(0.75 * edge, 0.9 * edge)
        rest = mean[int(1.1 * edge / width) :]
        if below - median(1.1 * edge, 1.3 * edge) > _DROP and float(np.percentile(rest, 95)) < below - _DROP / 2:
            return _steepest(mean, width, edge)
        edge *= _STEP
    return nyquist


def _steepest(mean: NDArray[np.float64], width: float, near: float) -> float:
    """Return where, near a frequency, the spectrum has fallen half the way."""
    low, high = int(0.75 * near / width), int(1.3 * near / width)
    part = mean[low:high]
    half = (float(np.median(part[: max(1, len(part) // 4)])) + float(np.median(part[-max(1, len(part) // 4) :]))) / 2
    above = np.flatnonzero(part >= half)
    return float((low + int(above[-1]) + 0.5) * width) if len(above) else near


def _powers(samples: FloatArray, size: int, hop: int) -> NDArray[np.float64]:
    """Return the power of each frequency in each window of Hann, `(windows, size // 2 + 1)`; a sine's sums to its own.

    Scaling of G. Heinzel et al., 2002, "Spectrum and spectral density estimation", equations 23 and 24.
    """
    count = (len(samples) - size) // hop + 1
    if count < 1:
        return np.zeros((0, size // 2 + 1))
    window = np.hanning(size + 1)[:-1]
    scale = 2 / (size * float(np.square(window).sum()))
    rows = []
    for first in range(0, count * hop, hop):
        part = samples[first : first + size].astype(np.float64)
        rows.append(np.square(np.abs(np.fft.rfft((part - part.mean()) * window))) * scale)
    return np.array(rows)
