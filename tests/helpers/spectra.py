"""What a signal holds, by its Fourier transform; and recordings of noise that are told apart by it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from voices import silence, tone

RATE = 16_000


def power(samples: Any, low: float, high: float) -> float:
    """Sum the energy of `(..., samples)` between two frequencies in Hz."""
    spectrum = np.square(np.abs(np.fft.rfft(np.asarray(samples))))
    frequencies = np.fft.rfftfreq(np.shape(samples)[-1], 1 / RATE)
    return float(spectrum[..., (frequencies >= low) & (frequencies < high)].sum())


def hertz(signal: Any) -> float:
    """Find the frequency of a tone `(samples,)` by the largest value of its transform, padded to a tenth of a hertz."""
    return float(np.abs(np.fft.rfft(np.asarray(signal), n=10 * RATE)).argmax()) / 10


def esc10(folder: Path) -> Path:
    """Write ESC-10 by its names: a tone for each fold, 1000 Hz for fold 1 and so on; fold 5 sounds for one second."""
    for fold in range(1, 6):
        sound = np.concatenate([tone(1000.0 * fold, 1.0), silence(4.0)]) if fold == 5 else tone(1000.0 * fold, 5.0)
        soundfile.write(folder / f"{fold}-1234-A.wav", sound, RATE)
    soundfile.write(folder / "5-777-B-10.wav", silence(5.0), RATE)
    soundfile.write(folder / "5_meeting.wav", tone(300.0, 1.0), RATE)
    return folder
