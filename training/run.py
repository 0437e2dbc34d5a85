"""One unattended run: find, split, cut, fit, calibrate, export, measure, write the card."""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Sequence
from pathlib import Path

import torch
from rich.console import Console

from ser_live.classifier import make_front_end
from ser_live.contract import Contract
from ser_live.features import FrontEnd
from ser_live.types import SAMPLE_RATE
from training.batches import WindowSet, validation_batches
from training.cache import SpeechCache, build_cache
from training.card import write_card
from training.console import progress_bars
from training.corpora import CORPORA, Clip, find_clips, six_classes
from training.errors import TrainingError
from training.export import export, fit_temperature, rewrite_contract
from training.features import TorchFrontEnd
from training.fit import Fit, fit, window_logits
from training.measure import evaluate_model, store_results
from training.noises import load_noises
from training.plots import plot_history
from training.provenance import commit
from training.recipe import Recipe
from training.splits import LABELS, split_clips

__all__ = ["run", "torch_device"]


def torch_device(asked: str) -> torch.device:
    """Device to train on; `cuda` fails where it is not there, `auto` takes what there is.

    Raises:
        TrainingError: if CUDA is asked for and not there.
    """
    if asked == "cuda" and not torch.cuda.is_available():
        raise TrainingError(
            "CUDA was asked for, but torch finds no such device: check `nvidia-smi`, or use --device cpu"
        )
    return torch.device("cuda" if asked != "cpu" and torch.cuda.is_available() else "cpu")


def run(
    recipe: Recipe,
    data: Sequence[Path],
    out: Path,
    *,
    device: torch.device,
    resume: bool,
    open_test: bool,
    cache_folder: Path,
    console: Console,
) -> None:
    """Train, calibrate, export to `out`, measure through the live pipeline; card, history and curves go beside it.

    Raises:
        TrainingError: see the parts.
    """
    clips = find_clips(data, recipe.corpora)
    sides = split_clips(clips)
    for side, own in sides.items():
        console.print(f"{side}: {len(own)} clips of {len({clip.speaker for clip in own})} speakers")
    needed = [*sides["train"], *sides["validation"]]
    with progress_bars(console) as bars:
        task = bars.add_task("cutting speech", total=len(needed))
        cache = build_cache(needed, cache_folder, lambda done, _: bars.update(task, completed=done))
    for name, reason in cache.faulty.items():
        console.print(f"left out: {name} {reason}", style="dim", markup=False)
    noises, recorded = load_noises(data, recipe.seed)
    console.print(f"noise: {recorded} recorded pieces, {len(noises) - recorded} coloured ones")
    front_end = make_front_end(
        recipe.features, sample_rate=SAMPLE_RATE, window_seconds=recipe.window_seconds, range_db=recipe.range_db
    )
    train, validation = (_window_set(cache, sides[side], front_end) for side in ("train", "validation"))
    checkpoint = out.with_suffix(".ckpt")
    with progress_bars(console) as bars:
        task = bars.add_task("training", total=None)

        def show(at: dict[str, float]) -> None:
            bars.update(
                task,
                completed=(at["epoch"] - 1) * at["steps"] + at["step"],
                total=at["epochs"] * at["steps"],
                description=f"epoch {at['epoch']:.0f}/{at['epochs']:.0f}  loss {at['loss']:.3f}  "
                f"{at['clips_per_second']:.0f} clips/s",
            )

        def tell(row: dict[str, float]) -> None:
            bars.console.print(
                f"epoch {row['epoch']:3.0f}  loss {row['loss']:.3f}  validation loss {row['validation_loss']:.3f}  "
                f"UAR {row['validation_uar']:.3f}  {row['seconds']:.0f} s"
            )

        fitted = fit(
            recipe,
            train,
            validation,
            noises,
            TorchFrontEnd(front_end),
            checkpoint=checkpoint,
            resume=resume,
            device=device,
            progress=show,
            told=tell,
        )
    _write_history(fitted, out)
    contract = _contract(recipe, cache, fitted, train, validation, TorchFrontEnd(front_end))
    real = next(iter(validation_batches(validation, TorchFrontEnd(front_end), 64))).features
    export(fitted.model, contract, real, out)
    out.with_suffix(".json").unlink(missing_ok=True)
    results = evaluate_model(out, sides["validation"], "validation", console)
    rewrite_contract(out, abstention=results["pooled"]["abstention_at_coverage"])
    store_results(out, "validation", results)
    if open_test and sides["test"]:
        store_results(out, "test", evaluate_model(out, sides["test"], "test", console))
    write_card(out)
    checkpoint.unlink(missing_ok=True)
    console.print(f"wrote {out}, {out.with_suffix('.md').name}, {out.with_suffix('.json').name}", markup=False)


def _window_set(cache: SpeechCache, clips: Sequence[Clip], front_end: FrontEnd) -> WindowSet:
    """The cached clips among `clips`, with their labels."""
    wanted = {clip.path for clip in clips}
    own = [i for i, clip in enumerate(cache.clips) if clip.path in wanted]
    return WindowSet(
        cache=cache,
        clips=own,
        labels=[LABELS.index(str(six_classes(cache.clips[i].label))) for i in own],
        label_count=len(LABELS),
        window=front_end.window_samples,
    )


def _contract(
    recipe: Recipe,
    cache: SpeechCache,
    fitted: Fit,
    train: WindowSet,
    validation: WindowSet,
    front_end: TorchFrontEnd,
) -> Contract:
    """Everything the file says of itself, the temperature fitted on the validation windows."""
    logits, clips, _ = window_logits(fitted.model, validation_batches(validation, front_end), torch.device("cpu"))
    heard = [cache.clips[i] for i in train.clips]
    return Contract(
        labels=LABELS,
        input_name="features",
        sample_rate=SAMPLE_RATE,
        window_seconds=recipe.window_seconds,
        features=recipe.features,
        range_db=recipe.range_db,
        logits="logits",
        attention="attention",
        temperature=round(fit_temperature(logits, torch.tensor(validation.labels)[clips]), 4),
        training={
            "recipe": dataclasses.asdict(recipe),
            "corpora": [
                {
                    "name": name,
                    "title": CORPORA[name].title,
                    "licence": CORPORA[name].licence,
                    "url": CORPORA[name].url,
                    "clips": sum(clip.corpus == name for clip in heard),
                    "speakers": len({clip.speaker for clip in heard if clip.corpus == name}),
                }
                for name in recipe.corpora
            ],
            "split": "speaker-disjoint, see training/splits.py; calm counts as neutral, bored and surprise are out",
            "seed": recipe.seed,
            "epoch": fitted.best_epoch,
            "commit": commit(),
        },
    )


def _write_history(fitted: Fit, out: Path) -> None:
    with out.with_suffix(".history.csv").open("w", newline="") as file:
        rows = csv.DictWriter(file, fieldnames=list(fitted.history[0]))
        rows.writeheader()
        rows.writerows(fitted.history)
    plot_history(fitted.history, fitted.best_epoch, out.with_suffix(".png"))
