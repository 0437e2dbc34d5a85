"""Log-mel features in NumPy: the one definition, live and in training.

Frames are not centred and not padded unless a contract asks for it, so that a frame depends on its own samples alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, cast

import numpy as np

from ser_live.errors import SettingsError
from ser_live.features.bands import Bands
from ser_live.types import FloatArray

__all__ = ["LogMel", "MelScale", "Normalisation", "hz_to_mel", "mel_filterbank", "mel_to_hz"]

MelScale = Literal["htk", "slaney"]


def hz_to_mel(hz: float, scale: MelScale = "htk") -> float:
    """Frequency in Hz to mel.

    `htk`: 2595 log10(1 + f / 700) (O'Shaughnessy 1987). `slaney`: linear to 1 kHz, logarithmic above
    (Auditory Toolbox, Slaney 1998).
    """
    if scale == "htk":
        return 2595.0 * float(np.log10(1.0 + hz / 700.0))
    return 3.0 * hz / 200.0 if hz < 1000.0 else 15.0 + 27.0 * float(np.log(hz / 1000.0) / np.log(6.4))


def mel_to_hz(mel: np.ndarray, scale: MelScale = "htk") -> np.ndarray:
    """Mel `(n,)` to Hz `(n,)`; the inverse of `hz_to_mel`."""
    if scale == "htk":
        return cast(np.ndarray, 700.0 * (10.0 ** (mel / 2595.0) - 1.0))
    return np.where(mel < 15.0, 200.0 * mel / 3.0, 1000.0 * np.exp(np.log(6.4) * (mel - 15.0) / 27.0))


def mel_filterbank(
    *, sample_rate: int, n_fft: int, n_mels: int, f_min: float, f_max: float, scale: MelScale = "htk"
) -> FloatArray:
    """Triangular filters of height 1 whose corners are equally spaced in mel.

    Shape:
        result: `(n_fft // 2 + 1, n_mels)`, the weight of each bin in each band.
    """
    bins = np.arange(n_fft // 2 + 1) * (sample_rate / n_fft)
    corners = mel_to_hz(np.linspace(hz_to_mel(f_min, scale), hz_to_mel(f_max, scale), n_mels + 2), scale)
    widths = np.diff(corners)
    slopes = corners[None, :] - bins[:, None]
    rising = -slopes[:, :-2] / widths[:-1]
    falling = slopes[:, 2:] / widths[1:]
    return cast(FloatArray, np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32))


@dataclass(frozen=True, kw_only=True)
class LogMel:
    """Settings of log-mel features; called with audio, the features.

    `ln(mel power + floor)` of Hann-windowed (periodic) power spectra of unnormalised audio in [-1, 1].

    Args:
        sample_rate: Hz.
        n_fft: length of the Fourier transform.
        win_length: length of the window, at most `n_fft`; shorter ones are centred in it.
        hop_length: samples from frame to frame.
        n_mels: number of bands.
        f_min: lower edge of the lowest band, Hz.
        f_max: upper edge of the highest, Hz; at most half the sample rate.
        mel_scale: `htk` or `slaney` corners.
        floor: added to the power before the logarithm.
        center: pad by reflection so that frame `t` is centred on sample `t * hop_length`.

    Shape:
        `(samples,)` to `(frames, n_mels)`, or `(batch, samples)` to `(batch, frames, n_mels)`, with
        `frames = 1 + (samples - n_fft) // hop_length` (0 if shorter), or `1 + samples // hop_length` if centred
        (`n_fft` even).

    Raises:
        SettingsError: for settings that contradict each other.
    """

    sample_rate: int
    n_fft: int
    win_length: int
    hop_length: int
    n_mels: int
    f_min: float
    f_max: float
    mel_scale: MelScale = "htk"
    floor: float = 1e-10
    center: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.win_length <= self.n_fft:
            raise SettingsError(f"win_length must be between 1 and n_fft ({self.n_fft}), not {self.win_length}")
        if self.hop_length < 1 or self.n_mels < 1:
            raise SettingsError("hop_length and n_mels must be at least 1")
        if not 0 <= self.f_min < self.f_max <= self.sample_rate / 2:
            raise SettingsError(
                f"0 <= f_min < f_max <= {self.sample_rate / 2:g} Hz must hold, not f_min {self.f_min:g} "
                f"and f_max {self.f_max:g}"
            )
        if self.mel_scale not in ("htk", "slaney"):
            raise SettingsError(f"mel_scale must be htk or slaney, not {self.mel_scale!r}")
        if not self.floor > 0:
            raise SettingsError(f"floor must be positive, not {self.floor!r}")

    def frames(self, samples: int) -> int:
        """Return the number of frames of a signal of that many samples."""
        if self.center:
            samples += self.n_fft // 2 * 2
        return max(0, 1 + (samples - self.n_fft) // self.hop_length)

    @cached_property
    def window(self) -> FloatArray:
        """The Hann window, padded to `(n_fft,)`."""
        hann = np.hanning(self.win_length + 1)[:-1]
        before = (self.n_fft - self.win_length) // 2
        return np.pad(hann, (before, self.n_fft - self.win_length - before)).astype(np.float32)

    @cached_property
    def filterbank(self) -> FloatArray:
        """The filters, `(n_fft // 2 + 1, n_mels)`."""
        return mel_filterbank(
            sample_rate=self.sample_rate,
            n_fft=self.n_fft,
            n_mels=self.n_mels,
            f_min=self.f_min,
            f_max=self.f_max,
            scale=self.mel_scale,
        )

    @cached_property
    def bands(self) -> Bands:
        """The filters as sums: from power spectra `(..., n_fft // 2 + 1)` to mel power `(..., n_mels)`."""
        return Bands(self.filterbank)

    def __call__(self, samples: FloatArray) -> FloatArray:
        """Compute the features."""
        samples = np.asarray(samples, np.float32)
        if self.center:
            half = self.n_fft // 2
            mode: Literal["reflect", "constant"] = "reflect" if samples.shape[-1] > half else "constant"
            samples = np.pad(samples, [(0, 0)] * (samples.ndim - 1) + [(half, half)], mode=mode)
        if samples.shape[-1] < self.n_fft:
            return np.zeros((*samples.shape[:-1], 0, self.n_mels), np.float32)
        frames = np.lib.stride_tricks.sliding_window_view(samples, self.n_fft, axis=-1)[..., :: self.hop_length, :]
        spectrum = np.fft.rfft(frames * self.window, axis=-1)
        power = np.square(spectrum.real) + np.square(spectrum.imag)
        return cast(FloatArray, np.log(self.bands(power) + np.float32(self.floor)))


@dataclass(frozen=True, kw_only=True)
class Normalisation:
    """Normalise a window's features by that window alone, so that neither level nor digital silence carries a label.

    Values more than `range_db` below the window's peak are raised to that line (a level change moves peak and
    line together); then by `window` the mean over all frames and bands is removed and the deviation brought to 1, by
    `peak` the line becomes 0 and the peak 1, as Whisper hears speech (Radford et al. 2022,
    https://arxiv.org/abs/2212.04356) but for the scale.

    Args:
        range_db: dynamic range that is kept, dB of power.
        method: `window` or `peak`.

    Shape:
        `(..., frames, n_mels)` to the same; 0 frames give 0 frames.
    """

    range_db: float
    method: Literal["window", "peak"] = "window"

    def __post_init__(self) -> None:
        if not self.range_db > 0:
            raise SettingsError(f"range_db must be positive, not {self.range_db!r}")

    @property
    def range(self) -> float:
        """The dynamic range as a difference of features, which are natural logarithms."""
        return self.range_db * math.log(10) / 10

    def __call__(self, features: FloatArray) -> FloatArray:
        """Normalise the features of one window, or of a batch of windows of one length."""
        if not features.size:
            return features
        peak = features.max(axis=(-2, -1), keepdims=True)
        kept = np.maximum(features, peak - np.float32(self.range))
        if self.method == "peak":
            return cast(FloatArray, 1 + (kept - peak) / np.float32(self.range))
        centred = kept - kept.mean(axis=(-2, -1), keepdims=True)
        deviation = np.sqrt(np.mean(np.square(centred), axis=(-2, -1), keepdims=True))
        return cast(FloatArray, centred / np.maximum(deviation, np.float32(1e-5)))
