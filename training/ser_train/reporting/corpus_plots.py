"""Pictures of corpora: how many, how long, how they look, and what preprocessing and augmentation do to them.

The colours are those of Okabe and Ito (https://jfly.uni-koeln.de/color/), told apart by colour-blind people too.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ser_live.resample import resample
from ser_live.types import SAMPLE_RATE, FloatArray
from ser_live.vad import CELL, Leveller, SpeechDetector
from ser_train.corpora import Clip
from ser_train.corpora.audio import RecordingError, clip_seconds, read_clip, read_clip_16k
from ser_train.errors import TrainingError
from ser_train.reporting.sound_grid import Sound, sound_grid

__all__ = ["draw_corpora", "plot_augmentations", "plot_counts", "plot_durations", "plot_labels", "plot_preprocessing"]

mpl.use("agg")

_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000")
_HATCHES = ("", "//", "..", "xx")  # where there are more corpora than colours


def draw_corpora(clips: Sequence[Clip], folder: Path) -> list[Path]:
    """Write every picture into the folder as PNG.

    Returns:
        their paths.

    Raises:
        TrainingError: if the folder cannot be written, or none of the clips can be decoded.
    """
    angry = sorted(clips, key=lambda clip: (clip.label != "angry", clip.corpus, clip.name))
    quietest = min(
        (_readable([clip for clip in angry if clip.corpus == corpus]) for corpus in {clip.corpus for clip in clips}),
        key=lambda clip: _decibels(read_clip_16k(clip)),
    )
    figures = {
        "classes": plot_counts(clips),
        "durations": plot_durations(clips),
        "emotions": plot_labels(clips),
        "preprocessing": plot_preprocessing(quietest),
        "augmentation": plot_augmentations(_readable(angry)),
    }
    paths = [folder / f"{name}.png" for name in figures]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, figure in zip(paths, figures.values(), strict=True):
            figure.savefig(path, dpi=110)
    except OSError as error:
        raise TrainingError(f"pictures cannot be written into {folder} ({error.strerror}): choose another") from None
    return paths


def plot_counts(clips: Sequence[Clip]) -> Figure:
    """Draw how many clips each class has, a bar for each corpus."""
    corpora = sorted({clip.corpus for clip in clips})
    labels = sorted({clip.label for clip in clips})
    figure, axes = _figure(max(6.0, 0.6 + 0.17 * len(labels) * (len(corpora) + 2)), 4)
    width = 0.84 / len(corpora)
    for number, corpus in enumerate(corpora):
        counts = [sum(clip.corpus == corpus and clip.label == label for clip in clips) for label in labels]
        places = np.arange(len(labels)) + (number - (len(corpora) - 1) / 2) * width
        bars = axes.bar(
            places,
            counts,
            width,
            label=corpus,
            edgecolor="white",
            linewidth=0.5,
            color=_colour(number),
            hatch=_hatch(number),
        )
        axes.bar_label(bars, [f"{count:,}" if count else "" for count in counts], rotation=90, fontsize=7, padding=2)
    axes.set_xticks(np.arange(len(labels)), labels)
    axes.set(ylabel="clips", title="Clips of each class and corpus")
    axes.margins(y=0.18)
    figure.legend(loc="outside lower center", ncols=min(6, len(corpora)), frameon=False)
    return figure


def plot_durations(clips: Sequence[Clip]) -> Figure:
    """Draw histograms of the recordings' lengths, a row for each corpus on one axis of seconds."""
    corpora = sorted({clip.corpus for clip in clips})
    seconds = {corpus: [s for c in clips if c.corpus == corpus and (s := _seconds(c)) > 0] for corpus in corpora}
    longest = max((value for values in seconds.values() for value in values), default=1.0)
    end = min(longest, 20.0)
    figure = Figure(figsize=(7.5, 1.0 + 1.15 * len(corpora)), layout="constrained")
    for number, (corpus, axes) in enumerate(
        zip(corpora, figure.subplots(len(corpora), 1, sharex=True, squeeze=False)[:, 0], strict=True)
    ):
        values = np.minimum(seconds[corpus], end)
        axes.hist(
            values,
            bins=np.linspace(0, end, 61),
            edgecolor="white",
            linewidth=0.3,
            color=_colour(number),
            hatch=_hatch(number),
        )
        median = f", median {np.median(seconds[corpus]):.1f} s" if seconds[corpus] else ""
        axes.set_title(f"{corpus}: {len(seconds[corpus]):,} clips{median}", loc="left", fontsize=9)
        axes.set_ylabel("clips")
    axes.set_xlabel("length of the recording, s" + (f" (longer ones at {end:g})" if longest > end else ""))
    return figure


def plot_labels(clips: Sequence[Clip]) -> Figure:
    """Draw waveform and log-mel of one clip of each emotion, of the corpus that has most of the emotions."""
    counts = {corpus: len({c.label for c in clips if c.corpus == corpus}) for corpus in {c.corpus for c in clips}}
    ranked = sorted(clips, key=lambda clip: (-counts[clip.corpus], clip.corpus, clip.name))
    labels = sorted({clip.label for clip in clips})
    chosen = [_readable([clip for clip in ranked if clip.label == label]) for label in labels]
    return sound_grid(
        [Sound(f"{clip.label}\n{clip.corpus} {clip.name}", read_clip_16k(clip)) for clip in chosen],
        "One clip of each emotion, each on its own scale of level",
        own_scale=True,
    )


def plot_preprocessing(clip: Clip) -> Figure:
    """Draw one clip as recorded, at 16 kHz, as the speech detectors get it, and its speech alone."""
    samples, rate = read_clip(clip)
    signal = resample(samples, rate)
    levelled = Leveller().feed(signal[: len(signal) // CELL * CELL])
    detector = SpeechDetector("both")
    decisions = np.concatenate([detector.feed(signal), detector.flush()])
    speech = signal[np.repeat(decisions, CELL)[: len(signal)]]
    return sound_grid(
        [
            Sound(f"as recorded\n{rate:,} Hz, {len(samples) / rate:.2f} s, {_level(samples)}", samples, rate),
            Sound(f"resampled\n{SAMPLE_RATE:,} Hz, {_level(signal)}", signal),
            Sound(f"levelled, for the detectors alone\n{_level(levelled)}", levelled),
            Sound(f"speech alone, as the features see it\n{len(speech) / SAMPLE_RATE:.2f} s, {_level(speech)}", speech),
        ],
        f"What is done to a clip before the features: {clip.label}, {clip.corpus} {clip.name}",
    )


def plot_augmentations(clip: Clip) -> Figure:
    """Draw one clip before and after each augmentation, strong enough to be seen."""
    import torch

    from ser_train.augment import DEMONSTRATIONS

    signal = read_clip_16k(clip)
    batch = torch.from_numpy(signal[None].copy())
    sounds = [Sound("as it is", signal)]
    for name, transform in DEMONSTRATIONS.items():
        changed = transform(batch.clone(), torch.Generator().manual_seed(0))
        sounds.append(Sound(name, changed[0].numpy()))
    return sound_grid(sounds, f"What augmentation does to a clip: {clip.label}, {clip.corpus} {clip.name}")


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()


def _colour(number: int) -> str:
    return _COLOURS[number % len(_COLOURS)]


def _hatch(number: int) -> str:
    return _HATCHES[number // len(_COLOURS) % len(_HATCHES)]


def _decibels(signal: FloatArray) -> float:
    """Return the level relative to full scale, dB."""
    return float(10 * np.log10(np.mean(np.square(signal)) + 1e-12)) if len(signal) else -120.0


def _level(signal: FloatArray) -> str:
    return f"{_decibels(signal):.0f} dBFS"


def _seconds(clip: Clip) -> float:
    """Return the length in seconds by the header; 0 where it cannot be read."""
    try:
        return clip_seconds(clip)
    except RecordingError:
        return 0.0


def _readable(clips: Sequence[Clip]) -> Clip:
    """Return the first clip that can be decoded and holds sound."""
    for clip in clips:
        try:
            samples, _ = read_clip(clip)
        except RecordingError:
            continue
        if len(samples) and np.abs(samples).max() > 1e-4:
            return clip
    raise TrainingError(f"not one {clips[0].label} clip of {clips[0].corpus} can be decoded: look at the recordings")
