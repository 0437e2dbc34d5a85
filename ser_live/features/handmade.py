"""Features and filters of the papers, from librosa and scipy: the extra `[papers]`, imported when first used.

The one definition, live and in training. Samples are mono float32 `(samples,)`.
"""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import Any, Final, cast

import numpy as np

from ser_live.errors import ModelError
from ser_live.features.bands import Bands
from ser_live.types import FloatArray

__all__ = ["AVERAGED", "FRAMES", "HOP", "averaged", "frame_count", "frames", "require", "trim", "wiener"]

AVERAGED: Final = 162
"""Length of `averaged`."""
FRAMES: Final = 33
"""Features of a frame of `frames`."""
HOP: Final = 512
"""Samples from frame to frame; librosa's default, as its 2048 samples a frame are."""

_N_FFT: Final = 2048
_CHROMA: Final = 12
_TOP_DB: Final = 60.0


def require() -> Any:
    """Import librosa and scipy's filters.

    Returns:
        librosa.

    Raises:
        ModelError: naming the extra, where one of them is not installed.
    """
    try:
        import librosa
        import scipy.signal  # noqa: F401
    except ImportError as error:
        raise ModelError(
            f"the model's features or filters need librosa and scipy ({error}): install them with "
            '`pip install "ser-live[papers]"`'
        ) from None
    return librosa


def averaged(samples: FloatArray, sample_rate: int) -> FloatArray:
    """Hand-made features averaged over time: `(samples,)` to `(162,)`.

    Zero-crossing rate (1), chroma of the magnitude spectrum (12), MFCC (20), RMS (1), mel power spectrum (128), each by
    librosa's defaults, as Davies and Chen 2024 ("Feature Extraction") take them. Shorter signals than a frame are
    padded with zeros.
    """
    librosa = require()
    signal = _one_frame(samples)
    magnitude = np.abs(librosa.stft(signal, n_fft=_N_FFT, hop_length=HOP))
    mel = _mel_bands(sample_rate)(magnitude.T**2).T
    parts = (
        librosa.feature.zero_crossing_rate(signal, frame_length=_N_FFT, hop_length=HOP),
        _chroma(librosa, magnitude, sample_rate),
        librosa.feature.mfcc(S=librosa.power_to_db(mel), sr=sample_rate, n_mfcc=20),
        librosa.feature.rms(y=signal, frame_length=_N_FFT, hop_length=HOP),
        mel,
    )
    return np.concatenate([part.mean(axis=1) for part in parts]).astype(np.float32)


def frames(samples: FloatArray, sample_rate: int) -> FloatArray:
    """Hand-made features frame by frame: `(samples,)` to `(frame_count(samples), 33)`.

    MFCC (20), zero-crossing rate (1), chroma of the power spectrum (12), each by librosa's defaults. Shorter signals
    than a frame are padded with zeros.
    """
    librosa = require()
    signal = _one_frame(samples)
    power = np.abs(librosa.stft(signal, n_fft=_N_FFT, hop_length=HOP)) ** 2
    mel = _mel_bands(sample_rate)(power.T).T
    parts = (
        librosa.feature.mfcc(S=librosa.power_to_db(mel), sr=sample_rate, n_mfcc=20),
        librosa.feature.zero_crossing_rate(signal, frame_length=_N_FFT, hop_length=HOP),
        _chroma(librosa, power, sample_rate),
    )
    return np.concatenate(parts).T.astype(np.float32)


def frame_count(samples: int) -> int:
    """Frames of `frames` of so many samples; they are centred."""
    return 1 + max(samples, _N_FFT) // HOP


def trim(samples: FloatArray) -> FloatArray:
    """Cut silence off both ends: what lies 60 dB and more under the loudest frame (`librosa.effects.trim`)."""
    librosa = require()
    return cast(FloatArray, librosa.effects.trim(samples, top_db=_TOP_DB)[0]) if samples.size else samples


def wiener(samples: FloatArray) -> FloatArray:
    """Wiener filter over three samples (`scipy.signal.wiener`), its noise the mean of the local variances.

    Where the local variance is 0 there is nothing to filter, and the samples stay as they are.
    """
    require()
    from scipy import signal

    if not samples.size:
        return samples
    with np.errstate(divide="ignore", invalid="ignore"):
        filtered = signal.wiener(samples.astype(np.float64))
    return np.where(np.isfinite(filtered), filtered, samples).astype(np.float32)


def _one_frame(samples: FloatArray) -> FloatArray:
    missing = max(0, _N_FFT - len(samples))
    return np.pad(np.asarray(samples, np.float32), (0, missing))


@lru_cache
def _mel_bands(sample_rate: int) -> Bands:
    """Librosa's 128 mel bands; its own spectrogram is a matrix product."""
    return Bands(require().filters.mel(sr=sample_rate, n_fft=_N_FFT).T)


def _chroma(librosa: Any, spectrum: FloatArray, sample_rate: int) -> FloatArray:
    """Chroma `(12, frames)` as `librosa.feature.chroma_stft` has them, whose product is of the kind that wakes threads.

    Librosa warns where no pitch is found to tune it by, as in silence.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Trying to estimate tuning from empty frequency set")
        tuning = librosa.estimate_tuning(S=spectrum, sr=sample_rate, bins_per_octave=_CHROMA)
    filters = librosa.filters.chroma(sr=sample_rate, n_fft=_N_FFT, tuning=tuning, n_chroma=_CHROMA)
    return cast(FloatArray, librosa.util.normalize(np.einsum("cf,ft->ct", filters, spectrum), axis=-2))
