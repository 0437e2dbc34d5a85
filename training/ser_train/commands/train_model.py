"""Train the model of one split: fit, calibrate, export, measure through the live pipeline, write the card."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import onnx
import torch

from ser_live.contract import Contract, InputSettings
from ser_live.features.from_contract import make_front_end
from ser_live.features.front_end import FrontEnd
from ser_live.types import SAMPLE_RATE
from ser_train.augment.sounds import load_sounds
from ser_train.commands.request import FitRequest
from ser_train.corpora import Clip
from ser_train.corpora.licences import corpus_licences
from ser_train.data.front_end import TorchFrontEnd
from ser_train.data.speech_cache import SpeechCache
from ser_train.data.targets import perceived_targets
from ser_train.data.windows import WindowSet
from ser_train.errors import TrainingError
from ser_train.evaluation.evaluate import SideResult, predict_side, score_side
from ser_train.evaluation.scores import SideScores
from ser_train.export.calibration import fit_temperature
from ser_train.export.contract import contract_of, read_contract, working_copy, write_with_contract
from ser_train.export.to_onnx import export
from ser_train.fitting.batches import validation_batches
from ser_train.fitting.display import training_display
from ser_train.fitting.distillation import Teachers
from ser_train.fitting.fit import Fit, fit
from ser_train.fitting.history import tensorboard_log, write_history
from ser_train.fitting.history_plot import plot_history
from ser_train.fitting.inputs import FitInputs
from ser_train.fitting.recipe import Recipe, plain_recipe, stated_recipe
from ser_train.fitting.validation import window_logits
from ser_train.networks.warm_start import Start, refuse_shared_speakers, save_start
from ser_train.provenance import commit
from ser_train.reporting.card import write_card
from ser_train.reporting.results import measured_contract, write_results
from ser_train.splits import SHARED, Side, Split

__all__ = ["measure_graph", "train_model"]


def train_model(request: FitRequest, split: Split, cache: SpeechCache, out: Path) -> dict[Side, SideResult]:
    """Fit the model of a split, measure it, and write it to `out` with everything that belongs beside it.

    Args:
        request: of the run.
        split: who trains, who chooses, who is measured.
        cache: speech of every clip of every side.
        out: the ONNX file of this split.

    Returns:
        what the model predicts of the clips of each side that was measured.

    Raises:
        TrainingError: see the parts.
    """
    teachers = Teachers(request.teachers, request.recipe, split.protocol) if request.teachers else None
    kept = request.resume and _is_finished(request, teachers, split, out)
    graph = onnx.load(out) if kept else _fit(request, teachers, split, cache, out)
    results, scores = measure_graph(request, split, graph, out)
    write_with_contract(graph, measured_contract(contract_of(graph), scores), out)
    write_results(out, out.name, scores)
    write_card(out)
    out.with_suffix(".ckpt").unlink(missing_ok=True)
    request.console.print(f"wrote {out}, and its card, figures, page and curves beside it", markup=False)
    return results


def measure_graph(
    request: FitRequest, split: Split, graph: onnx.ModelProto, out: Path
) -> tuple[dict[Side, SideResult], dict[str, SideScores]]:
    """Measure a graph from a working copy, for `out` is written once, with its scores inside."""
    results: dict[Side, SideResult] = {}
    scores: dict[str, SideScores] = {}
    sides: tuple[Side, ...] = ("validation", "test") if request.open_test and split.sides["test"] else ("validation",)
    with working_copy(graph, out) as copy:
        for side in sides:
            measured = request.recipe.measured if side == "test" else ()
            results[side] = predict_side(
                copy, split.sides[side], side, request.console, split.protocol, measured, log_beside=out
            )
            scores[side] = score_side(
                results[side], request.console, speakers_shared=split.speakers_shared, notes=list(split.notes)
            )
    return results, scores


def _is_finished(request: FitRequest, teachers: Teachers | None, split: Split, out: Path) -> bool:
    """Return whether `out` is what this run would make (recipe, split, start, teachers), without a later checkpoint."""
    if not out.exists() or out.with_suffix(".ckpt").exists():
        return False
    training = read_contract(out).training
    try:
        same = stated_recipe(training.get("recipe", {}), out.name) == request.recipe
    except TrainingError:
        return False
    given = {name: training[name] for name in ("start", "teachers") if name in training}
    # as the contract's JSON has it, where tuples are lists
    return (
        same and training.get("split") == split.protocol and given == json.loads(json.dumps(_given(request, teachers)))
    )


def _given(request: FitRequest, teachers: Teachers | None) -> dict[str, Any]:
    """Return what a contract says of the models that a run began with and learnt from."""
    return {
        **({} if request.start is None else {"start": dict(request.start.origin)}),
        **({} if teachers is None else {"teachers": teachers.names}),
    }


def _fit(
    request: FitRequest, teachers: Teachers | None, split: Split, cache: SpeechCache, out: Path
) -> onnx.ModelProto:
    """Fit and export; history, curves and, where they are asked for, weights go beside the model."""
    recipe, console = request.recipe, request.console
    if request.start is not None:
        for side in ("validation", "test"):
            refuse_shared_speakers(request.start, split.sides[side], side)
    front_end = make_front_end(
        recipe.features,
        sample_rate=SAMPLE_RATE,
        window_seconds=recipe.window_seconds,
        range_db=recipe.range_db,
        normalisation=recipe.normalisation,
    )
    folders = [path for path in request.data if path.is_dir()]
    sounds = load_sounds(folders, recipe.augmentation, recipe.seed)
    console.print(f"noise: {sounds.recorded} recorded pieces, {len(sounds.noises) - sounds.recorded} coloured ones")
    inputs = FitInputs(
        recipe=recipe,
        train=_window_set(recipe, cache, split.sides["train"], front_end, soft=recipe.targets == "perceived"),
        validation=_window_set(recipe, cache, split.sides["validation"], front_end),
        sounds=sounds,
        front_end=TorchFrontEnd(front_end),
        device=request.device,
        start=request.start,
        teachers=teachers,
    )
    checkpoint = out.with_suffix(".ckpt")
    begun = checkpoint.exists() or not split.name  # of several folds, the later ones may not have begun
    with tensorboard_log(out, recipe.tensorboard) as log, training_display(console, log) as display:
        fitted = fit(inputs, display, checkpoint=checkpoint, resume=request.resume and begun)
    write_history(fitted.history, fitted.best_epoch, out, split.protocol)
    mark = SHARED if split.speakers_shared else ""
    plot_history(fitted.history, fitted.best_epoch, out.with_suffix(".png"), mark)
    contract = _contract(request, split, fitted, inputs)
    windows = next(iter(validation_batches(inputs.validation, inputs.front_end, 64))).features
    if request.keep_weights:
        earlier = request.start.speakers if request.start else ()
        speakers = {cache.clips[clip].speaker for clip in inputs.train.clips}.union(earlier)
        start = Start(weights=fitted.model.state_dict(), speakers=sorted(speakers), origin=contract.training)
        save_start(out.with_suffix(".weights"), start)
    return export(fitted.model, contract, windows)


def _window_set(
    recipe: Recipe, cache: SpeechCache, clips: Sequence[Clip], front_end: FrontEnd, *, soft: bool = False
) -> WindowSet:
    """Return the cached clips among `clips`, with their labels, and with the listeners' votes if `soft`."""
    task = recipe.label_map
    wanted = {clip.place for clip in clips}
    indices = [i for i, clip in enumerate(cache.clips) if clip.place in wanted]
    return WindowSet(
        cache=cache,
        clips=indices,
        labels=[task.index(cache.clips[i].label) for i in indices],
        label_count=len(task.labels),
        window=front_end.window_samples,
        targets=perceived_targets([cache.clips[i] for i in indices], task) if soft else None,
    )


def _contract(request: FitRequest, split: Split, fitted: Fit, inputs: FitInputs) -> Contract:
    """Return the model's contract, with the temperature fitted on the validation clips."""
    recipe, start = request.recipe, request.start
    batches = list(validation_batches(inputs.validation, inputs.front_end))
    logits, clips, seconds = window_logits(fitted.model, batches, torch.device("cpu"))
    attends = fitted.model(batches[0].features[:1])[1] is not None
    truth = torch.tensor(inputs.validation.labels)[clips]
    trained = [inputs.train.cache.clips[i] for i in inputs.train.clips]
    return Contract(
        labels=recipe.label_map.labels,
        input=InputSettings(
            sample_rate=SAMPLE_RATE,
            window_seconds=recipe.window_seconds,
            features=recipe.features,
            normalisation=recipe.normalisation,
            range_db=recipe.range_db,
        ),
        logits="logits",
        attention="attention" if attends else None,
        temperature=round(fit_temperature(logits, truth, clips, seconds), 4),
        training={
            "recipe": plain_recipe(recipe),
            "labels": dict(recipe.label_map.words),
            "corpora": _corpora(trained, {} if start is None else start.origin),
            **_given(request, inputs.teachers),
            "split": split.protocol,
            "fold": split.name,
            "seed": recipe.seed,
            "epoch": fitted.best_epoch,
            "commit": commit(),
        },
    )


def _corpora(trained: Sequence[Clip], start: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return every corpus whose licence the weights carry: the run's own, and those that its start was trained on."""
    corpora = [corpus.to_json() for corpus in corpus_licences(trained)]
    names = {corpus["name"] for corpus in corpora}
    return corpora + [corpus for corpus in start.get("corpora", ()) if corpus["name"] not in names]
