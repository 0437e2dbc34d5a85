"""One model of one split: fit, calibrate, export, measure through the live pipeline, write the card."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from ser_live.contract import Contract
from ser_live.features.front_end import make_front_end
from ser_live.features.log_mel import FrontEnd
from ser_live.types import SAMPLE_RATE
from ser_train.augment.sounds import load_sounds
from ser_train.commands.evaluate import store_results
from ser_train.corpora import Clip
from ser_train.corpora.labels import LabelMap
from ser_train.corpora.licences import corpus_licences
from ser_train.data.front_end import TorchFrontEnd
from ser_train.data.speech_cache import SpeechCache
from ser_train.data.targets import perceived_targets
from ser_train.data.windows import WindowSet
from ser_train.errors import TrainingError
from ser_train.evaluation.evaluate import SideResult, predict_side, score_side
from ser_train.export.to_onnx import export, fit_temperature, read_contract, rewrite_contract
from ser_train.fitting.batches import validation_batches
from ser_train.fitting.display import training_display
from ser_train.fitting.distillation import Teachers
from ser_train.fitting.fit import Fit, fit, window_logits
from ser_train.fitting.history import tensorboard_log, write_history
from ser_train.fitting.history_plot import plot_history
from ser_train.fitting.recipe import Recipe, plain_recipe, stated_recipe
from ser_train.networks.warm_start import Start, refuse_heard, save_start
from ser_train.provenance import commit
from ser_train.reporting.card import write_card
from ser_train.splits import SHARED, Side, Split

__all__ = ["Workshop", "produce_model"]


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """What the models of all folds are made with.

    Attributes:
        recipe: of the run.
        data: folders and manifests; noise is looked for in the folders.
        cache: speech of every clip of every side.
        device: to train on.
        resume: go on from checkpoints, and keep models that are whole.
        console: for progress.
        start: weights to begin with.
        teachers: models to learn from.
        keep_weights: write `<out>.weights` too, for other runs to start from.
    """

    recipe: Recipe
    data: Sequence[Path]
    cache: SpeechCache
    device: torch.device
    resume: bool
    console: Console
    start: Start | None = None
    teachers: Sequence[Path] = ()
    keep_weights: bool = False


def produce_model(workshop: Workshop, split: Split, out: Path, *, open_test: bool) -> dict[Side, SideResult]:
    """Fit the model of a split, write it to `out` with everything that belongs beside it, and measure it.

    Returns:
        what the model predicts of the clips of each side that was measured.

    Raises:
        TrainingError: see the parts.
    """
    teachers = Teachers(workshop.teachers, workshop.recipe, split.protocol) if workshop.teachers else None
    if not (workshop.resume and _whole(workshop, teachers, split, out)):
        _make(workshop, teachers, split, out)
    results: dict[Side, SideResult] = {}
    sides: tuple[Side, ...] = ("validation", "test") if open_test and split.sides["test"] else ("validation",)
    for side in sides:
        measured = workshop.recipe.measured if side == "test" else ()
        results[side] = predict_side(out, split.sides[side], side, workshop.console, split.protocol, measured)
        scores = score_side(
            results[side], workshop.console, speakers_shared=split.speakers_shared, notes=list(split.notes)
        )
        if side == "validation":
            rewrite_contract(out, abstention=scores["pooled"].abstention_at_coverage)
        store_results(out, side, scores)
    write_card(out)
    out.with_suffix(".ckpt").unlink(missing_ok=True)
    workshop.console.print(f"wrote {out}, and its card, figures, page and curves beside it", markup=False)
    return results


def _whole(workshop: Workshop, teachers: Teachers | None, split: Split, out: Path) -> bool:
    """Whether `out` is what this run would make (recipe, split, start, teachers), and there is no later checkpoint."""
    if not out.exists() or out.with_suffix(".ckpt").exists():
        return False
    training = read_contract(out).training
    try:
        same = stated_recipe(training.get("recipe", {}), out.name) == workshop.recipe
    except TrainingError:
        return False
    given = {name: training[name] for name in ("start", "teachers") if name in training}
    # as the contract's JSON has it, where tuples are lists
    return (
        same and training.get("split") == split.protocol and given == json.loads(json.dumps(_given(workshop, teachers)))
    )


def _given(workshop: Workshop, teachers: Teachers | None) -> dict[str, Any]:
    """What a contract says of the models that a run began with and learnt from."""
    return {
        **({} if workshop.start is None else {"start": dict(workshop.start.origin)}),
        **({} if teachers is None else {"teachers": teachers.names}),
    }


def _make(workshop: Workshop, teachers: Teachers | None, split: Split, out: Path) -> None:
    """Fit and export; history and curves go beside the model."""
    recipe, console, cache = workshop.recipe, workshop.console, workshop.cache
    if workshop.start is not None:
        for side in ("validation", "test"):
            refuse_heard(workshop.start, split.sides[side], side)
    front_end = make_front_end(
        recipe.features,
        sample_rate=SAMPLE_RATE,
        window_seconds=recipe.window_seconds,
        range_db=recipe.range_db,
        normalisation=recipe.normalisation,
    )
    twin = TorchFrontEnd(front_end)
    train = _window_set(recipe, cache, split.sides["train"], front_end, soft=recipe.targets == "perceived")
    validation = _window_set(recipe, cache, split.sides["validation"], front_end)
    folders = [path for path in workshop.data if path.is_dir()]
    sounds = load_sounds(folders, recipe.augmentation, recipe.seed)
    console.print(f"noise: {sounds.recorded} recorded pieces, {len(sounds.noises) - sounds.recorded} coloured ones")
    checkpoint = out.with_suffix(".ckpt")
    begun = checkpoint.exists() or not split.name  # of several folds, the later ones may not have begun
    with tensorboard_log(out, recipe.tensorboard) as log, training_display(console) as display:

        def tell(row: dict[str, float]) -> None:
            display.epoch(row)
            if log is not None:
                log.epoch(row)

        fitted = fit(
            recipe,
            train,
            validation,
            sounds,
            twin,
            checkpoint=checkpoint,
            resume=workshop.resume and begun,
            device=workshop.device,
            progress=display.step,
            told=tell,
            start=workshop.start,
            teachers=teachers,
        )
    write_history(fitted.history, fitted.best_epoch, out, split.protocol)
    mark = SHARED if split.speakers_shared else ""
    plot_history(fitted.history, fitted.best_epoch, out.with_suffix(".png"), mark)
    contract = _contract(workshop, split, fitted, train, validation, twin, teachers)
    real = next(iter(validation_batches(validation, twin, 64))).features
    export(fitted.model, contract, real, out)
    out.with_suffix(".json").unlink(missing_ok=True)
    if workshop.keep_weights:
        before = workshop.start.speakers if workshop.start else ()
        heard = {cache.clips[clip].speaker for clip in train.clips}.union(before)
        start = Start(weights=fitted.model.state_dict(), speakers=sorted(heard), origin=contract.training)
        save_start(out.with_suffix(".weights"), start)


def _window_set(
    recipe: Recipe, cache: SpeechCache, clips: Sequence[Clip], front_end: FrontEnd, *, soft: bool = False
) -> WindowSet:
    """The cached clips among `clips`, with their labels, and with what listeners heard in them if `soft`."""
    task = recipe.label_map
    wanted = {clip.path for clip in clips}
    own = [i for i, clip in enumerate(cache.clips) if clip.path in wanted]
    return WindowSet(
        cache=cache,
        clips=own,
        labels=[task.index(cache.clips[i].label) for i in own],
        label_count=len(task.labels),
        window=front_end.window_samples,
        targets=perceived_targets([cache.clips[i] for i in own], task) if soft else None,
    )


def _contract(
    workshop: Workshop,
    split: Split,
    fitted: Fit,
    train: WindowSet,
    validation: WindowSet,
    front_end: TorchFrontEnd,
    teachers: Teachers | None,
) -> Contract:
    """Everything the file says of itself, the temperature fitted on the validation clips."""
    recipe, cache, start = workshop.recipe, workshop.cache, workshop.start
    batches = list(validation_batches(validation, front_end))
    logits, clips, seconds = window_logits(fitted.model, batches, torch.device("cpu"))
    attends = fitted.model(batches[0].features[:1])[1] is not None
    heard = [cache.clips[i] for i in train.clips]
    task: LabelMap = recipe.label_map
    return Contract(
        labels=task.labels,
        input_name="features",
        sample_rate=SAMPLE_RATE,
        window_seconds=recipe.window_seconds,
        features=recipe.features,
        normalisation=recipe.normalisation,
        range_db=recipe.range_db,
        logits="logits",
        attention="attention" if attends else None,
        temperature=round(fit_temperature(logits, torch.tensor(validation.labels)[clips], clips, seconds), 4),
        training={
            "recipe": plain_recipe(recipe),
            "labels": dict(task.words),
            "corpora": _corpora(heard, {} if start is None else start.origin),
            **_given(workshop, teachers),
            "split": split.protocol,
            "fold": split.name,
            "seed": recipe.seed,
            "epoch": fitted.best_epoch,
            "commit": commit(),
        },
    )


def _corpora(heard: Sequence[Clip], before: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every corpus whose terms the weights carry: the run's own, and those that its start had heard."""
    own = [corpus.to_json() for corpus in corpus_licences(heard)]
    names = {corpus["name"] for corpus in own}
    return own + [corpus for corpus in before.get("corpora", ()) if corpus["name"] not in names]
