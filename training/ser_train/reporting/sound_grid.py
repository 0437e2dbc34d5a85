"""A picture of several sounds: each one's waveform above its log-mel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from ser_live.features.log_mel import LogMel
from ser_live.types import SAMPLE_RATE, FloatArray

__all__ = ["Sound", "sound_grid"]

mpl.use("agg")

_RANGE = 80  # dB of a log-mel that are shown
_BANDS = 64
_COLOUR = "#0072B2"


class Sound(NamedTuple):
    """One sound of a picture.

    Attributes:
        title: above it.
        samples: `(samples,)`.
        sample_rate: Hz.
    """

    title: str
    samples: FloatArray
    sample_rate: int = SAMPLE_RATE


def sound_grid(sounds: Sequence[Sound], title: str, *, own_scale: bool = False) -> Figure:
    """Draw the sounds, three or four a row, on one scale of time.

    Args:
        sounds: one or more.
        title: of the picture.
        own_scale: whether each sound's level fills its own axes; else one scale of level holds for all.
    """
    columns = min(len(sounds), 3 if len(sounds) in (3, 5, 6, 9) else 4)
    rows = -(-len(sounds) // columns)
    longest = max(len(sound.samples) / sound.sample_rate for sound in sounds)
    peaks = [max(float(np.abs(sound.samples).max(initial=0.0)), 1e-3) for sound in sounds]
    features = [_log_mel(sound) for sound in sounds]
    loudest = [float(picture.max()) for picture in features]
    if not own_scale:
        peaks, loudest = [max(peaks)] * len(sounds), [max(loudest)] * len(sounds)
    figure = Figure(figsize=(2.9 * columns + 0.9, 3.3 * rows + 0.5), layout="constrained")
    figure.suptitle(title)
    grid = figure.subplots(2 * rows, columns, squeeze=False, height_ratios=[1, 1.6] * rows)
    for axes in grid.flat[2 * columns * (rows - 1) :]:
        axes.set_axis_off()  # until something is drawn there
    for place, (sound, picture, peak, top) in enumerate(zip(sounds, features, peaks, loudest, strict=True)):
        row, column = divmod(place, columns)
        wave, mel = grid[2 * row, column], grid[2 * row + 1, column]
        seconds = len(sound.samples) / sound.sample_rate
        wave.plot(np.arange(len(sound.samples)) / sound.sample_rate, sound.samples, linewidth=0.4, color=_COLOUR)
        wave.set(xlim=(0, longest), ylim=(-1.05 * peak, 1.05 * peak))
        wave.set_title(sound.title, fontsize=9)
        extent = (0, seconds, 0, _BANDS)
        image = mel.imshow(
            picture.T - top, origin="lower", aspect="auto", extent=extent, vmin=-_RANGE, vmax=0, cmap="magma"
        )
        mel.set(xlim=(0, longest), facecolor="0.93")
        mel.set_xlabel("time, s", fontsize=8)
        for axes, label in ((wave, "amplitude"), (mel, "mel band")):
            axes.set_axis_on()
            axes.tick_params(labelsize=8)
            if column == 0:
                axes.set_ylabel(label, fontsize=8)
        wave.tick_params(labelbottom=False, labelleft=own_scale or column == 0)
        mel.tick_params(labelleft=column == 0)
    loudness = "its loudest" if own_scale else "the loudest"
    figure.colorbar(
        image, ax=grid.ravel().tolist(), label=f"mel power, dB relative to {loudness}", aspect=20 * rows, pad=0.01
    )
    return figure


def _log_mel(sound: Sound) -> FloatArray:
    """Return the log-mel `(frames, bands)` in dB, of frames of 64 ms every 16 ms, up to 8 kHz or half the rate."""
    size = round(0.032 * sound.sample_rate) * 2
    front_end = LogMel(
        sample_rate=sound.sample_rate,
        n_fft=size,
        win_length=size,
        hop_length=size // 4,
        n_mels=_BANDS,
        f_min=50.0,
        f_max=min(8000.0, sound.sample_rate / 2),
    )
    padded = np.pad(sound.samples, (0, max(0, size - len(sound.samples))))
    decibels: FloatArray = front_end(padded) * np.float32(10 / np.log(10))
    return decibels
