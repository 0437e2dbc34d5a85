"""Steady tones are no speech: the dial, busy and ringing tones of telephones, which speech detectors blink at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ser_live.types import FloatArray

__all__ = ["ToneMeter"]

_FRAME = 1024  # samples of a spectrum: 64 ms tell lines apart that are 40 Hz apart, as in a ringing tone
_BINS = slice(6, 256)  # 94 to 3,984 Hz
_APART = 6  # cells between two spectra that are compared
_STEADY = 0.99
"""Likeness of two spectra, the cosine of their magnitudes, from which a sound is steady: 0.06 % of 91,000 cells of
acted speech are."""
_LINES, _AROUND = 3, 3
_CONCENTRATED = 0.9
"""Share of the energy that three lines hold in a tone."""
_KNOWN_AFTER = 6
"""Cells of a steady tone until it is known."""
_LIKE_KNOWN = 0.85
"""Likeness to a known tone from which a sound is that tone again, from its first moment on."""
_REMEMBERED = 600
"""Cells that a tone is known for: the pauses of ringing tones last up to 4 s."""
_MOST_KNOWN = 4

Magnitudes = NDArray[np.float32]


class ToneMeter:
    """Say of each cell of 10 ms whether it holds a steady tone, or one that was heard shortly before.

    A tone is steady in frequency as no voice is: over 60 ms its spectrum stays the same, and three lines hold nearly
    all of its energy. After 60 ms more it is known, and its next burst is recognised at once.

    Args:
        cell: samples of a cell.

    Shape:
        `feed`: `(n * cell,)` at 16 kHz to n decisions; the n-th stands on the samples up to the end of the n-th cell.
    """

    def __init__(self, cell: int) -> None:
        self._cell = cell
        self._window = np.hanning(_FRAME + 1)[:-1].astype(np.float32)
        self.reset()

    def reset(self) -> None:
        """Return to the state of a new object."""
        self._before = np.zeros(_FRAME - self._cell, np.float32)
        self._spectra = np.zeros((_APART, _BINS.stop - _BINS.start), np.float32)
        self._steady_for = 0  # cells
        self._now = 0  # cells
        self._known: list[tuple[int, Magnitudes]] = []  # until which cell, and how it looks

    def feed(self, samples: FloatArray) -> list[bool]:
        """Take the next whole cells."""
        if not len(samples):
            return []
        signal = np.concatenate([self._before, samples])
        self._before = signal[len(samples) :]
        frames = np.lib.stride_tricks.sliding_window_view(signal, _FRAME)[:: self._cell] * self._window
        spectra = np.abs(np.fft.rfft(frames)[:, _BINS]).astype(np.float32)
        spectra /= np.sqrt(np.einsum("ij,ij->i", spectra, spectra))[:, None] + np.float32(1e-9)
        earlier = np.concatenate([self._spectra, spectra])
        self._spectra = earlier[len(spectra) :]
        likeness = np.einsum("ij,ij->i", spectra, earlier[:-_APART]).tolist()
        return [self._judge(spectrum, like) for spectrum, like in zip(spectra, likeness, strict=True)]

    def _judge(self, spectrum: Magnitudes, like: float) -> bool:
        self._now += 1
        steady = like > _STEADY and _share_of_lines(spectrum) > _CONCENTRATED
        self._steady_for = self._steady_for + 1 if steady else 0
        self._known = [(until, known) for until, known in self._known if until > self._now]
        if self._steady_for >= _KNOWN_AFTER:
            others = [each for each in self._known if float(np.einsum("i,i", each[1], spectrum)) <= _LIKE_KNOWN]
            self._known = [*others[1 - _MOST_KNOWN :], (self._now + _REMEMBERED, spectrum)]
            return True
        return steady or any(float(np.einsum("i,i", known, spectrum)) > _LIKE_KNOWN for _, known in self._known)


def _share_of_lines(spectrum: Magnitudes) -> float:
    """Return the share of the energy around the highest lines; the spectrum's energy is 1."""
    power = spectrum * spectrum
    share = 0.0
    for _ in range(_LINES):
        peak = int(power.argmax())
        around = slice(max(0, peak - _AROUND), peak + _AROUND + 1)
        share += float(power[around].sum())
        power[around] = 0.0
    return share
