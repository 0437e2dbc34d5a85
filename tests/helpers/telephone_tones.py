"""The tones that telephone networks play, by their frequencies and cadences (ITU-T E.180, its supplement of 2010)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

RATE = 8000
_OFF: tuple[int, ...] = ()

TONES: Mapping[str, Sequence[tuple[tuple[int, ...], float]]] = {
    "us dial": [((350, 440), 5)],
    "us busy": [((480, 620), 0.5), (_OFF, 0.5)],
    "us reorder": [((480, 620), 0.25), (_OFF, 0.25)],
    "us ringing": [((440, 480), 2), (_OFF, 4)],
    "uk busy": [((400,), 0.375), (_OFF, 0.375)],
    "uk congestion": [((400,), 0.4), (_OFF, 0.35), ((400,), 0.225), (_OFF, 0.525)],
    "uk ringing": [((400, 450), 0.4), (_OFF, 0.2), ((400, 450), 0.4), (_OFF, 2)],
    "de dial": [((425,), 5)],
    "de busy": [((425,), 0.48), (_OFF, 0.48)],
    "de reorder": [((425,), 0.24), (_OFF, 0.24)],
    "de ringing": [((425,), 1), (_OFF, 4)],
    "fr busy": [((440,), 0.5), (_OFF, 0.5)],
    "fr ringing": [((440,), 1.5), (_OFF, 3.5)],
    "it dial": [((425,), 0.2), (_OFF, 0.2), ((425,), 0.6), (_OFF, 1)],
    "it congestion": [((425,), 0.2), (_OFF, 0.2)],
    "jp busy": [((400,), 0.5), (_OFF, 0.5)],
    "jp ringing": [((384, 416), 1), (_OFF, 2)],
    "au busy": [((425,), 0.375), (_OFF, 0.375)],
    "au ringing": [((400, 425, 450), 0.4), (_OFF, 0.2), ((400, 425, 450), 0.4), (_OFF, 2)],
    "cn busy": [((450,), 0.35), (_OFF, 0.35)],
    "cn congestion": [((450,), 0.7), (_OFF, 0.7)],
    "in busy": [((400,), 0.75), (_OFF, 0.75)],
    "ru busy": [((425,), 0.4), (_OFF, 0.4)],
    "br busy": [((425,), 0.25), (_OFF, 0.25)],
    "fax calling": [((1100,), 0.5), (_OFF, 3)],
    "fax called": [((2100,), 3.3), (_OFF, 1)],
    "special information": [((950,), 0.33), ((1400,), 0.33), ((1800,), 0.33), (_OFF, 1)],
    "DTMF": [((697, 1209), 0.1), (_OFF, 0.1), ((770, 1336), 0.1), (_OFF, 0.1), ((852, 1477), 0.1), (_OFF, 0.1)],
    "chimes": [((523,), 0.5), ((659,), 0.5), ((784,), 0.5), (_OFF, 1)],
}
"""Frequencies in Hz and seconds, one after the other, again and again."""


def tones(name: str, seconds: float) -> NDArray[np.float64]:
    """A network's tone `(samples,)` at 8 kHz with a peak of at most 1."""
    pieces, length = [], 0
    while length < seconds * RATE:
        for frequencies, duration in TONES[name]:
            time = np.arange(round(duration * RATE)) / RATE
            piece = sum((np.sin(2 * np.pi * each * time) for each in frequencies), np.zeros(len(time)))
            pieces.append(piece / max(1, len(frequencies)))
            length += len(time)
    return np.concatenate(pieces)[: round(seconds * RATE)]


def mu_law(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same with 8 bits a sample, as G.711 has them in America and Japan."""
    coded = np.sign(samples) * np.log1p(255 * np.abs(samples)) / np.log(256)
    kept = np.round((coded + 1) / 2 * 255) / 255 * 2 - 1
    return np.sign(kept) * np.expm1(np.abs(kept) * np.log(256)) / 255
