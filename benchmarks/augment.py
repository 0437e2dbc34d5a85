"""Cost of each augmentation on one core, as a Markdown table: milliseconds a window of 2.5 s.

    python benchmarks/augment.py

On generated sound: no corpus is needed, and what a transform costs does not depend on what it hears.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import torch
from ser_train.augment import Augmentation, Sounds, augment_features, augment_samples
from ser_train.augment.noise import coloured_noise
from ser_train.augment.room import room_bank
from ser_train.fitting.recipe import load_recipe
from torch import Tensor

BATCH, SAMPLES, FRAMES, BANDS = 32, 40_000, 153, 64
ROUNDS = 9
OFF = Augmentation(gain_db=0, noise=0, band=0, room=0, speed=0, spec=0)
ALONE = {
    "speed": replace(OFF, speed=0.1),
    "room": replace(OFF, room=1.0),
    "band and tilt": replace(OFF, band=1.0),
    "noise": replace(OFF, noise=1.0),
    "clipping": replace(OFF, clipping=1.0),
    "gain": replace(OFF, gain_db=10.0),
    "telephone": replace(OFF, telephone=1.0),
    "codec": replace(OFF, codec=1.0),
    "SpecAugment": replace(OFF, spec=0.1),
}


def milliseconds(run: Callable[[], object]) -> float:
    """Of the quickest of some rounds, a window: what else the machine does only adds."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return 1000 * min(times) / BATCH


def chain(settings: Augmentation, sounds: Sounds) -> Callable[[], Tensor]:
    """One batch through everything that these settings switch on."""
    generator = torch.Generator().manual_seed(0)
    samples = coloured_noise(BATCH, SAMPLES, generator) / 4
    lengths = torch.full((BATCH,), SAMPLES)
    features, frames = torch.randn(BATCH, FRAMES, BANDS, generator=generator), torch.full((BATCH,), FRAMES)

    def run() -> Tensor:
        augment_samples(samples, lengths, sounds, settings, generator)
        return augment_features(features, frames, settings, generator)

    return run


def main() -> None:
    """Measure and print."""
    torch.set_num_threads(1)
    began = time.perf_counter()
    rooms = room_bank(100, 0)
    bank = time.perf_counter() - began
    noises = coloured_noise(100, 80_000, torch.Generator().manual_seed(1))
    sounds = Sounds(noises=noises, recorded=0, rooms=rooms)
    print("| transform, of every window | ms a window |\n|---|---|")
    for name, settings in ALONE.items():
        print(f"| {name} | {milliseconds(chain(settings, sounds)):.2f} |")
    whole = milliseconds(chain(load_recipe("default").augmentation, sounds))
    print(f"| **recipe `default`, all that it asks for** (at most 1.5) | **{whole:.2f}** |")
    print(f"\n100 rooms are simulated in {bank:.1f} s, once a run.")


if __name__ == "__main__":
    main()
