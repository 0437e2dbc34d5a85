"""How many clips a second the trainer trains on, beside a plain loop, as a Markdown table.

    python benchmarks/train.py [--data DIR ...] [--clips 768] [--threads N]

The network is the attention CRNN of the Toronto report with its own sizes, in batches of 64. The trainer reads its
speech cache; the plain loop decodes each clip and makes its log-mel features with librosa (`pip install
"ser-live[papers]"`) whenever it needs them. Without `--data` the clips are voices made here, in a temporary folder.
Each figure is of a second epoch, after one that warms up.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import soundfile
import torch
from ser_train.augment import Augmentation, Sounds
from ser_train.corpora import Clip, find_clips
from ser_train.data.front_end import TorchFrontEnd
from ser_train.data.speech_cache import build_cache
from ser_train.data.windows import WindowSet
from ser_train.fitting.fit import fit
from ser_train.fitting.inputs import FitInputs
from ser_train.fitting.optimisation import Optimisation
from ser_train.fitting.recipe import Recipe, load_recipe
from ser_train.networks.crnn import AttentionCRNN, CRNNSettings
from torch import Tensor, nn

from ser_live.features.from_contract import make_front_end
from ser_live.types import SAMPLE_RATE

ROOT = Path(__file__).resolve().parent.parent
BATCH = 64
STILL = Augmentation(gain_db=0, noise=0, band=0, room=0, speed=0, spec=0)


def made_clips(folder: Path, count: int) -> list[Clip]:
    """Files of 2.5 s, six pitches for six labels; 24 voices are made, the others are their copies."""
    sys.path.insert(0, str(ROOT / "tests" / "helpers"))
    from voices import voice

    words = ("angry", "disgust", "fear", "happy", "neutral", "sad")
    made = [voice(2.5, seed=n, pitch=80 + 45 * (n % 6)) for n in range(24)]
    clips = []
    for n in range(count):
        path = folder / f"{n:05d}.wav"
        soundfile.write(path, made[n % 24], SAMPLE_RATE)
        speaker = f"made-{n % 4}"
        clips.append(Clip(path=path, corpus="made", label=words[n % 6], speaker=speaker, sex=None, text="vowels"))
    return clips


def real_clips(folders: list[Path], count: int) -> list[Clip]:
    """Clips of the six classes, evenly out of all that are found."""
    task = load_recipe("default").label_map
    found = [clip for clip in find_clips(folders, ["cremad", "ravdess", "emodb"]) if task.of(clip.label)]
    chosen = [found[n] for n in np.linspace(0, len(found) - 1, min(count, len(found))).astype(int)]
    return [dataclasses.replace(clip, label=str(task.of(clip.label))) for clip in chosen]


def trainer(clips: list[Clip], folder: Path, augmentation: Augmentation) -> float:
    """Clips a second of `ser-train`'s own loop, from the cache."""
    base = load_recipe("default")
    recipe = dataclasses.replace(
        base,
        architecture="attention-crnn",
        model=CRNNSettings(),
        augmentation=augmentation,
        optimisation=Optimisation(epochs=2, batch=BATCH, short=0.0),
    )
    cache = build_cache(clips, folder, lambda done, of: None)
    front_end = _front_end(recipe)
    labels = [recipe.label_map.index(clip.label) for clip in cache.clips]
    window = front_end.window_samples
    few = min(BATCH, len(labels))  # the validation, which is not timed
    sides = [
        WindowSet(cache=cache, clips=range(n), labels=labels[:n], label_count=6, window=window)
        for n in (len(labels), few)
    ]
    noises = torch.randn(8, 5 * SAMPLE_RATE).clamp(-1, 1)
    rooms = torch.zeros(1, 8000).index_fill(1, torch.tensor([0]), 1.0)
    inputs = FitInputs(
        recipe=recipe,
        train=sides[0],
        validation=sides[1],
        sounds=Sounds(noises=noises, recorded=0, rooms=rooms),
        front_end=front_end,
        device=torch.device("cpu"),
    )
    fitted = fit(inputs, Silent(), checkpoint=folder / "benchmark.ckpt", resume=False)
    return fitted.history[1]["clips_per_second"]


class Silent:
    """A watcher that shows nothing."""

    def step(self, at: dict[str, float]) -> None:
        """Pass over a step."""

    def epoch(self, row: dict[str, float]) -> None:
        """Pass over an epoch."""


def plain_loop(clips: list[Clip], precision: torch.dtype | None) -> float:
    """Clips a second of a loop that decodes and extracts each clip with librosa whenever it needs it."""
    recipe = load_recipe("default")
    torch.manual_seed(0)
    model = AttentionCRNN(labels=6)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3)
    speed = 0.0
    for _ in range(2):
        began, heard = time.perf_counter(), 0
        for features, labels in _with_librosa(clips, recipe):
            with torch.autocast("cpu", precision or torch.bfloat16, enabled=precision is not None):
                logits, _ = model(features)
            loss = nn.functional.cross_entropy(logits, labels)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            heard += len(labels)
        speed = heard / (time.perf_counter() - began)
    return speed


def _with_librosa(clips: list[Clip], recipe: Recipe) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches of the same features, `(batch, frames, n_mels)`, made clip by clip."""
    import librosa

    settings, window = recipe.features, round(recipe.window_seconds * SAMPLE_RATE)
    for at in range(0, len(clips) - BATCH + 1, BATCH):
        own = clips[at : at + BATCH]
        rows = []
        for clip in own:
            samples, _ = librosa.load(clip.path, sr=SAMPLE_RATE)
            mel = librosa.feature.melspectrogram(
                y=librosa.util.fix_length(samples, size=window),
                sr=SAMPLE_RATE,
                n_fft=settings.n_fft,
                hop_length=settings.hop_length,
                n_mels=settings.n_mels,
                fmin=settings.f_min,
                fmax=settings.f_max,
                htk=True,
                norm=None,
                center=False,
            )
            log_mel = librosa.power_to_db(mel, top_db=recipe.range_db).T
            rows.append((log_mel - log_mel.mean()) / max(float(log_mel.std()), 1e-5))
        labels = torch.tensor([recipe.label_map.index(clip.label) for clip in own])
        yield torch.from_numpy(np.stack(rows).astype(np.float32)), labels


def _front_end(recipe: Recipe) -> TorchFrontEnd:
    return TorchFrontEnd(
        make_front_end(
            recipe.features, sample_rate=SAMPLE_RATE, window_seconds=recipe.window_seconds, range_db=recipe.range_db
        )
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, action="append", help="folder of corpora; made voices without it")
    parser.add_argument("--clips", type=int, default=768, help="how many, at most")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="all cores without it")
    given = parser.parse_args()
    if given.clips < BATCH:
        parser.error(f"--clips must be {BATCH} or more, for one batch")
    torch.set_num_threads(given.threads)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clips = real_clips(given.data, given.clips) if given.data else made_clips(folder, given.clips)
        kinds: list[tuple[str, Callable[[], float]]] = [
            ("`ser-train` from its speech cache, bfloat16", lambda: trainer(clips, folder, STILL)),
            ("the same with the default recipe's augmentation", lambda: trainer(clips, folder, _default())),
        ]
        if find_spec("librosa"):
            kinds += [
                ("plain loop, librosa for each clip, bfloat16", lambda: plain_loop(clips, torch.bfloat16)),
                ("plain loop, librosa for each clip, float32", lambda: plain_loop(clips, None)),
            ]
        else:
            print('the plain loop is left out: it needs librosa, pip install "ser-live[papers]"', file=sys.stderr)
        first = 0.0
        print(f"{len(clips)} clips, batches of {BATCH}, {given.threads} threads, torch {torch.__version__}:\n")
        print("| training loop of the attention CRNN | clips/s | `ser-train` is faster by |\n|---|---|---|", flush=True)
        for what, measure in kinds:
            speed = measure()
            first = first or speed
            print(f"| {what} | {speed:.1f} | {first / speed:.2f} |", flush=True)


def _default() -> Augmentation:
    return load_recipe("default").augmentation


if __name__ == "__main__":
    main()
