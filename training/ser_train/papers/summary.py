"""From the predictions of finished folds to the results of a system under a protocol."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ser_train.evaluation.metrics import Ints
from ser_train.papers.experiment import Experiment
from ser_train.papers.metrics import confusion, group_scores, intervals, label_scores, part_score, spread
from ser_train.papers.predictions import FoldPredictions
from ser_train.papers.results import Cost, Epoch, FoldResult, SeedResult, SystemResult
from ser_train.records import to_json

__all__ = ["run_cost", "summarise"]


def summarise(experiment: Experiment, seeds: Sequence[Sequence[FoldPredictions]], folds: int) -> SystemResult:
    """Return the results of a run.

    Args:
        experiment: that was run.
        seeds: of each seed, its finished folds.
        folds: how many the protocol has; fewer may be finished.
    """
    system = experiment.system
    results = tuple(_seed_result(experiment, finished) for finished in seeds)
    first, every = seeds[0], [fold for finished in seeds for fold in finished]
    truth, predicted = _joined(every)
    return SystemResult(
        system=system.name,
        paper=system.paper,
        title=system.title,
        protocol=experiment.protocol,
        text=system.protocols[experiment.protocol].text,
        published=system.published or None,
        metric=system.metric,
        clips=len({clip for fold in first for clip in zip(fold.corpora, fold.clips, strict=True)}),
        speakers=len({speaker for fold in first for speaker in fold.speakers}),
        examples=sum(len(fold.truth) for fold in first),
        accuracy=spread([seed.accuracy for seed in results]),
        uar=spread([seed.uar for seed in results]),
        weighted_f1=spread([seed.weighted_f1 for seed in results]),
        intervals=intervals(
            truth, predicted, [speaker for fold in every for speaker in fold.speakers], len(experiment.labels)
        ),
        seeds=results,
        curves=tuple(_rounded(epoch) for epoch in first[0].history),
        held="validation" if first[0].validation_examples else "test",
        cost=run_cost(experiment, [epoch for fold in every for epoch in fold.history], folds),
        notes=_notes(experiment, first, folds),
        commit=", ".join(dict.fromkeys(fold.commit for fold in every)),
    )


def run_cost(experiment: Experiment, epochs: Sequence[Epoch], folds: int) -> Cost:
    """Return what a run of one seed takes at most.

    Args:
        experiment: that is run.
        epochs: whose seconds are known.
        folds: how many the protocol has.
    """
    return Cost(
        seconds_per_epoch=round(float(np.mean([epoch.seconds for epoch in epochs])), 2),
        epochs=experiment.system.fit_for(experiment.protocol).epochs,
        folds=folds,
        device=experiment.device.type,
    )


def _seed_result(experiment: Experiment, folds: Sequence[FoldPredictions]) -> SeedResult:
    labels = experiment.labels
    truth, predicted = _joined(folds)
    corpora = np.array([corpus for fold in folds for corpus in fold.corpora])
    score = part_score(truth, predicted, len(labels))
    return SeedResult(
        seed=folds[0].seed,
        examples=score.examples,
        accuracy=score.accuracy,
        uar=score.uar,
        weighted_f1=score.weighted_f1,
        per_label=label_scores(truth, predicted, labels),
        confusion=confusion(truth, predicted, labels),
        groups=group_scores(truth, predicted, labels, experiment.system.groups),
        corpora={
            name: part_score(truth[corpora == name], predicted[corpora == name], len(labels))
            for name in sorted(set(corpora.tolist()))
        },
        folds=tuple(_fold_result(fold, len(labels)) for fold in folds),
    )


def _fold_result(fold: FoldPredictions, labels: int) -> FoldResult:
    score = part_score(*fold.indices, labels)
    return FoldResult(
        fold=fold.fold,
        train_clips=fold.train_clips,
        train_examples=fold.train_examples,
        train_speakers=fold.train_speakers,
        validation_examples=fold.validation_examples,
        epochs=len(fold.history),
        kept=fold.kept,
        seconds=round(sum(epoch.seconds for epoch in fold.history), 1),
        device=fold.device,
        examples=score.examples,
        accuracy=score.accuracy,
        uar=score.uar,
        weighted_f1=score.weighted_f1,
    )


def _joined(folds: Sequence[FoldPredictions]) -> tuple[Ints, Ints]:
    """Truth and predictions of several folds, one behind the other."""
    truths, predictions = zip(*(fold.indices for fold in folds), strict=True)
    return np.concatenate(truths), np.concatenate(predictions)


def _rounded(epoch: Epoch) -> Epoch:
    return Epoch(**{name: round(value, 5) for name, value in to_json(epoch).items()})


def _notes(experiment: Experiment, folds: Sequence[FoldPredictions], total: int) -> tuple[str, ...]:
    """Return what a reader of the scores must know: of the system, of its folds, and of what was left out."""
    system, done = experiment.system, len(folds)
    notes = [*system.notes, *dict.fromkeys(note for fold in folds for note in fold.notes)]
    notes += [f"without {name.upper()}, which is not at hand" for name in experiment.recordings.absent]
    if done < total:
        notes.append(f"{done} of {total} folds {'are' if done > 1 else 'is'} run")
    epochs = system.fit_for(experiment.protocol).epochs
    if experiment.settings.epochs < epochs:
        notes.append(f"{experiment.settings.epochs} epochs at most, instead of {epochs}")
    return tuple(notes)
