"""A run of seconds on made sounds, for the tests of the training loop; as a program, to be killed.

    python tests/helpers/tiny_fit.py CHECKPOINT [slow-save]

The program prints `step EPOCH STEP` after every step, `saving N` while a checkpoint is being written (the second of
which takes a minute, with `slow-save`), and `done`; what the display says goes to standard error.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from ser_train.augment import Augmentation, Sounds
from ser_train.corpora import Clip
from ser_train.data.front_end import TorchFrontEnd
from ser_train.data.speech_cache import SpeechCache
from ser_train.data.windows import WindowSet
from ser_train.fitting.display import training_display
from ser_train.fitting.fit import Fit, fit
from ser_train.fitting.inputs import FitInputs
from ser_train.fitting.optimisation import Optimisation
from ser_train.fitting.recipe import Recipe
from ser_train.networks.crnn import CRNNSettings
from voices import noise, tone

from ser_live.contract import FeatureSettings
from ser_live.features.from_contract import make_front_end
from ser_live.types import SAMPLE_RATE

FEATURES = FeatureSettings(
    n_fft=512,
    win_length=512,
    hop_length=256,
    n_mels=16,
    f_min=50.0,
    f_max=8000.0,
    mel_scale="htk",
    floor=1e-10,
    center=False,
)
RECIPE = Recipe(
    name="tiny",
    features=FEATURES,
    window_seconds=1.0,
    model=CRNNSettings(channels=(4, 8), lstm=(16, 8), dense=8),
    optimisation=Optimisation(epochs=4, batch=12, averaging=0.9),
)
WORDS = ("angry", "disgust", "fear", "happy", "neutral", "sad")


def tiny_set(clips: int, seed: int = 0, **settings: Any) -> WindowSet:
    """Tones in noise, one a label, as a side of a split; two corpora have all labels, `large` about two thirds."""
    lengths = [0.9 + 0.1 * (i % 5) for i in range(clips)]
    pieces = [
        tone(300 * 1.6 ** (i % 6), length, amplitude=0.3) + noise(length, seed=seed + i, level=0.01)
        for i, length in enumerate(lengths)
    ]
    ends = np.cumsum([len(piece) for piece in pieces])
    cache = SpeechCache(
        clips=[
            Clip(
                path=Path(f"{seed}-{i}.wav"),
                corpus="small" if i % 9 < 3 else "large",
                label=WORDS[i % 6],
                speaker=f"{seed}-{i % 5}",
                sex=None,
                text="a",
            )
            for i in range(clips)
        ],
        bounds=np.stack([ends - [len(piece) for piece in pieces], ends], 1),
        samples=(np.concatenate(pieces) * 32767).astype(np.int16),
        faulty={},
    )
    labels = [i % 6 for i in range(clips)]
    return WindowSet(cache=cache, clips=range(clips), labels=labels, label_count=6, window=SAMPLE_RATE, **settings)


def tiny_sounds(pieces: int = 4) -> Sounds:
    """White noise, and rooms that decay within 0.1 s."""
    generator = torch.Generator().manual_seed(0)
    noises = torch.randn(pieces, 2 * SAMPLE_RATE, generator=generator).clamp(-1, 1)
    rooms = torch.randn(3, 1600, generator=generator) * torch.exp(-torch.arange(1600) / 300)
    rooms[:, 0] = 1
    return Sounds(noises=noises, recorded=0, rooms=rooms)


class Told:
    """What is told of a fit, given to two functions.

    Args:
        step: called after every step.
        epoch: called after every epoch.
    """

    def __init__(self, step: Callable[[dict[str, float]], None], epoch: Callable[[dict[str, float]], None]) -> None:
        self.step = step
        self.epoch = epoch


def tiny_fit(
    checkpoint: Path,
    *,
    recipe: Recipe = RECIPE,
    train: WindowSet | None = None,
    sounds: Sounds | None = None,
    resume: bool = False,
    progress: Callable[[dict[str, float]], None] = lambda at: None,
    told: Callable[[dict[str, float]], None] = lambda row: None,
    **onward: Any,
) -> Fit:
    """Fit on 40 clips, choose on 18; `onward` is a start or teachers."""
    front_end = make_front_end(recipe.features, sample_rate=SAMPLE_RATE, window_seconds=1.0, range_db=80.0)
    inputs = FitInputs(
        recipe=recipe,
        train=train or tiny_set(40),
        validation=tiny_set(18, seed=9),
        sounds=sounds or tiny_sounds(),
        front_end=TorchFrontEnd(front_end),
        device=torch.device("cpu"),
        **onward,
    )
    return fit(inputs, Told(progress, told), checkpoint=checkpoint, resume=resume)


def changed(**settings: Any) -> Recipe:
    """The tiny recipe with other settings of its optimisation."""
    return replace(RECIPE, optimisation=replace(RECIPE.optimisation, **settings))


def plain(**settings: Any) -> Recipe:
    """The tiny recipe without augmentation, dropout and averaging, to learn fast."""
    return replace(
        changed(**{"averaging": 0.0, "batch": 8, "short": 0.0, "label_smoothing": 0.0} | settings),
        augmentation=Augmentation(gain_db=0, noise=0, band=0, room=0, speed=0, spec=0),
        model=replace(RECIPE.model, dropout=0.0),
    )


def main() -> None:
    """Run as a program."""
    torch.set_num_threads(1)
    real, saves = os.fsync, []

    def slow(descriptor: int) -> None:
        saves.append(descriptor)
        print(f"saving {len(saves)}", flush=True)
        if sys.argv[2:] == ["slow-save"] and len(saves) == 2:
            time.sleep(60)
        real(descriptor)

    os.fsync = slow
    console = Console(stderr=True)
    try:
        with training_display(console) as display:

            def progress(at: dict[str, float]) -> None:
                display.step(at)
                print(f"step {at['epoch']:.0f} {at['step']:.0f}", flush=True)
                time.sleep(0.05)

            tiny_fit(Path(sys.argv[1]), progress=progress, told=display.epoch)
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    print("done")


if __name__ == "__main__":
    main()
