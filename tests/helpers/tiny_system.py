"""A system of the papers on made recordings, for the tests of its parts and of the command."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
from ser_train.corpora import Clip
from voices import noise, tone

HEAD = """
paper = "D"
title = "a tiny system"
published = 0.5
corpora = ["ravdess", "savee"]
optional = ["savee"]
labels = "eight"
choices = ["everything is tiny"]

[features]
kind = "averaged"
window_seconds = 1.0

[[copies]]
kind = "noise"
amount = 0.01

[model]
architecture = "feature-crnn"
channels = [8]
kernels = [5]
activations = ["relu"]

[fit]
epochs = 3
batch = 16
watch = "training"
keep = "last"

[independent]
keep = "best"
watch = "validation"

[protocols.published]
kind = "rows"
text = "random over the augmented rows"
test = 0.25

[protocols.speaker-independent]
kind = "folds"
text = "six folds over speakers"
"""


def tiny_system(folder: Path, text: str = HEAD) -> Path:
    """Write the recipe of a tiny system."""
    path = folder / "tiny.toml"
    path.write_text(text, encoding="utf-8")
    return path


def tiny_ravdess(folder: Path) -> Path:
    """Write tones in noise named as RAVDESS's speech: 24 actors, eight emotions, each at a pitch of its own."""
    for actor in range(1, 25):
        for emotion in range(1, 9):
            name = f"03-01-{emotion:02d}-01-{1 + actor % 2:02d}-01-{actor:02d}.wav"
            signal = tone(150.0 * 1.4**emotion, 0.3, amplitude=0.3) + noise(0.3, seed=10 * actor + emotion, level=0.02)
            soundfile.write(folder / name, np.asarray(signal, np.float32), 16_000)
    return folder


def made_clips(corpus: str, speakers: int, words: tuple[str, ...], texts: int = 10) -> list[Clip]:
    """Return clips without files: each speaker says every text with every word."""
    return [
        Clip(
            path=Path(f"nowhere/{corpus}-{speaker}-{word}-{text}.wav"),
            corpus=corpus,
            label=word,
            speaker=f"{corpus}-{speaker:02d}",
            sex=None,
            text=f"{corpus}-{text}",
        )
        for speaker in range(1, speakers + 1)
        for word in words
        for text in range(texts)
    ]
