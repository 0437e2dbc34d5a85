"""Measure a model on one side: let it hear the clips, then score what it predicted. Nothing but the log is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from rich.console import Console

from ser_live.classifier import Classifier
from ser_train.console import progress_bars
from ser_train.corpora import Clip
from ser_train.corpora.labels import LabelMap, chosen_labels, map_to, stated_map
from ser_train.errors import TrainingError
from ser_train.evaluation.clip_scores import score_clips, true_positions
from ser_train.evaluation.folds import FoldPredictions
from ser_train.evaluation.inference import (
    ClipPredictions,
    Condition,
    predict_clips,
    restrict_predictions,
    restriction,
)
from ser_train.evaluation.openings import log_opening
from ser_train.evaluation.robustness import condition_score, loss_interval
from ser_train.evaluation.scores import ClipScores
from ser_train.splits import SHARED
from ser_train.splits.public import PUBLIC

__all__ = ["SideResult", "fold_predictions", "predict_side", "score_side"]

_COVERAGE = 0.7  # share of validation predictions that the abstention threshold leaves a label


@dataclass(frozen=True, kw_only=True)
class SideResult:
    """What a model predicts of the clips of one side.

    Attributes:
        model: the ONNX file.
        model_labels: of the model.
        labels: those that are measured, in the same order.
        words: which of them a clip's word stands for.
        side: `train`, `validation`, `test`, or what else the scores are to be called.
        clips: those whose words stand for one of them.
        predictions: of each, restricted to the labels that are measured.
        protocol: the sentence beside every score.
        notes: what a reader must know.
    """

    model: Path
    model_labels: tuple[str, ...]
    labels: tuple[str, ...]
    words: LabelMap
    side: str
    clips: Sequence[Clip]
    predictions: Sequence[ClipPredictions]
    protocol: str
    notes: Sequence[str]


def predict_side(
    model: Path, clips: Sequence[Clip], side: str, console: Console, protocol: str, measured: Sequence[str] = ()
) -> SideResult:
    """Let a model hear clips through the live pipeline; that test speakers are opened is written down.

    Clips whose words the model has no label for, or none that is measured, are left out, and counted in the notes.

    Args:
        model: an ONNX file with a contract.
        clips: of one side.
        side: `train`, `validation`, `test`, or what else the scores are to be called.
        console: for progress.
        protocol: how the clips were chosen; how they are measured is added.
        measured: labels that the scores are restricted to; all of the model's where none is given.

    Raises:
        TrainingError: if nothing can be measured.
    """
    classifier = Classifier(model, "cpu")
    labels = chosen_labels(measured, classifier.labels)
    words = map_to(stated_map(classifier.contract.training, classifier.labels), labels)
    whose = "the model has" if labels == classifier.labels else "these figures have"
    kept, notes = _with_labels(clips, labels, words, side, whose)
    if side == "test" or (side == "all" and any(PUBLIC.get(clip.speaker) == "test" for clip in kept)):
        log_opening(model, classifier.sha256, sorted({clip.corpus for clip in kept}), console)
    predictions = restrict_predictions(
        _predict(model, kept, f"listening to {side} clips", console), classifier.labels, labels
    )
    if all(prediction.verdict is None for prediction in predictions):
        raise TrainingError(f"no speech was found in any {side} clip: look at the recordings")
    return SideResult(
        model=model,
        model_labels=classifier.labels,
        labels=labels,
        words=words,
        side=side,
        clips=kept,
        predictions=predictions,
        protocol=f"{side} side of {protocol}; each clip a stream of its own through the ONNX file, CPU"
        + restriction(classifier.labels, labels),
        notes=notes,
    )


def fold_predictions(result: SideResult, name: str, protocol: str) -> FoldPredictions:
    """Return a side's verdicts as those of one fold, to be pooled with those of others.

    Args:
        result: of the fold's model.
        name: of the fold.
        protocol: of the fold.
    """
    nothing = np.zeros(len(result.labels))
    return FoldPredictions(
        name=name,
        truth=true_positions(result.clips, result.labels, result.words),
        predicted=np.array([prediction.position for prediction in result.predictions]),
        speakers=[clip.speaker for clip in result.clips],
        corpora=[clip.corpus for clip in result.clips],
        probabilities=np.array([nothing if p.verdict is None else p.verdict for p in result.predictions]),
        protocol=protocol,
    )


def score_side(
    result: SideResult,
    console: Console,
    *,
    speakers_shared: bool = False,
    notes: Sequence[str] = (),
    conditions: Mapping[str, Condition] | None = None,
) -> dict[str, ClipScores]:
    """Score a side: each corpus, and all of them together (`pooled`).

    Args:
        result: what the model predicted.
        console: for progress and the headline.
        speakers_shared: voices of these clips were heard in training.
        notes: what a reader must know.
        conditions: names and functions, each of which costs one more pass over the clips.
    """
    indices = _by_corpus(result.clips)
    all_notes = [*notes, *result.notes]

    def score(predictions: Sequence[ClipPredictions]) -> dict[str, ClipScores]:
        return {
            corpus: score_clips(
                [result.clips[i] for i in chosen],
                [predictions[i] for i in chosen],
                result.labels,
                result.protocol,
                words=result.words,
                speakers_shared=speakers_shared,
                notes=all_notes,
            )
            for corpus, chosen in indices.items()
        }

    def lost(corpus: str, predictions: Sequence[ClipPredictions]) -> tuple[float, float] | None:
        clips = [result.clips[i] for i in indices[corpus]]
        clean, changed = ([p[i] for i in indices[corpus]] for p in (result.predictions, predictions))
        return loss_interval(clips, clean, changed, result.labels, result.words)

    scores = score(result.predictions)
    for corpus, of_corpus in scores.items():
        _print_headline(result.side, corpus, of_corpus, console)
    for name, condition in (conditions or {}).items():
        predictions, changed = result.predictions, scores
        if name != "clean":
            predictions = _predict(result.model, result.clips, f"under {name}", console, condition)
            predictions = restrict_predictions(predictions, result.model_labels, result.labels)
            changed = score(predictions)
        for corpus, clean in scores.items():
            loss = condition_score(changed[corpus], clean, name, lost(corpus, predictions))
            scores[corpus] = replace(clean, robustness=(*clean.robustness, loss))
    if result.labels == result.model_labels:
        confidence = [p for prediction in result.predictions for p in prediction.smoothed] or [0.0]  # all warming up
        threshold = round(float(np.quantile(confidence, 1 - _COVERAGE)), 4)
        scores["pooled"] = replace(scores["pooled"], abstention_at_coverage=threshold)
    return scores


def _with_labels(
    clips: Sequence[Clip], labels: Sequence[str], words: LabelMap, side: str, whose: str
) -> tuple[list[Clip], list[str]]:
    """Return the clips that there are labels for, and notes on what there is none for."""
    kept = [clip for clip in clips if words.of(clip.label) is not None]
    if not kept:
        raise TrainingError(f"no {side} clip carries a label of the model ({', '.join(labels)}): give other corpora")
    notes = []
    if len(kept) < len(clips):
        others = sorted({clip.label for clip in clips if words.of(clip.label) is None})
        notes.append(f"{len(clips) - len(kept)} clips left out, for {whose} no label for {', '.join(others)}")
    absent = sorted(set(labels) - {words.of(clip.label) for clip in kept})
    if absent:
        notes.append(f"no clip is labelled {', '.join(absent)}; averages are over the labels that occur")
    return kept, notes


def _predict(
    model: Path, clips: Sequence[Clip], task_name: str, console: Console, condition: Condition | None = None
) -> list[ClipPredictions]:
    with progress_bars(console) as bars:
        task = bars.add_task(task_name, total=len(clips))
        return predict_clips(model, clips, lambda done, _: bars.update(task, completed=done), condition=condition)


def _by_corpus(clips: Sequence[Clip]) -> dict[str, list[int]]:
    """Return the indices of each corpus's clips, and of all of them (`pooled`)."""
    groups = {name: [i for i, c in enumerate(clips) if c.corpus == name] for name in sorted({c.corpus for c in clips})}
    return groups | {"pooled": list(range(len(clips)))}


def _print_headline(side: str, corpus: str, scores: ClipScores, console: Console) -> None:
    ends = scores.uar_interval
    over = f"[{ends[0]:.3f}, {ends[1]:.3f}] over {scores.speakers} speakers" if ends else "of one speaker"
    calibration = f"; ECE {scores.ece:.3f}" if scores.ece is not None else ""
    mark = f" ({SHARED})" if scores.speakers_shared else ""
    line = f"{side} {corpus}: UAR {scores.uar:.3f} {over}, {scores.clips} clips{calibration}{mark}"
    console.print(line, markup=False, highlight=False, soft_wrap=True)
