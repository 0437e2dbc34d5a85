"""Scores over folds: of each one, their mean and spread, and of all their verdicts pooled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ser_train.evaluation.headline import Headline, headline
from ser_train.evaluation.metrics import Floats, Ints
from ser_train.records import from_json, to_json
from ser_train.splits import SHARED

__all__ = ["Averages", "FoldPredictions", "FoldScores", "PooledScores", "pool"]


@dataclass(frozen=True, kw_only=True)
class FoldPredictions:
    """The verdicts on the clips of one fold, or of several.

    Attributes:
        name: of the fold.
        truth: position of each clip's label, `(clips,)`.
        predicted: the same of the verdict, -1 where there is none, `(clips,)`.
        speakers: of each clip.
        corpora: of each clip.
        probabilities: of each clip, `(clips, labels)`; rows without a verdict are not read.
        protocol: of this fold, or empty for the one of them all.
    """

    name: str
    truth: Ints
    predicted: Ints
    speakers: Sequence[str]
    corpora: Sequence[str]
    probabilities: Floats
    protocol: str = ""

    def of_corpus(self, corpus: str) -> FoldPredictions:
        """Return those of one corpus alone."""
        inside = np.array(self.corpora) == corpus
        return FoldPredictions(
            name=corpus,
            truth=self.truth[inside],
            predicted=self.predicted[inside],
            speakers=[speaker for speaker, belongs in zip(self.speakers, inside, strict=True) if belongs],
            corpora=[corpus] * int(inside.sum()),
            probabilities=self.probabilities[inside],
        )


@dataclass(frozen=True, kw_only=True)
class FoldScores(Headline):
    """Scores of one fold, of one corpus of all folds, or of all of them; a clip without a verdict counts as wrong.

    Attributes:
        name: of the fold or corpus.
        protocol: the sentence beside every score.
        speakers_shared: voices of these clips were heard in training.
        without_prediction: clips in which no speech was found.
    """

    name: str
    protocol: str
    speakers_shared: bool
    without_prediction: int


@dataclass(frozen=True, kw_only=True)
class Averages:
    """A mean or a standard deviation of scores; None where there are too few."""

    uar: float | None
    accuracy: float | None
    ece: float | None


@dataclass(frozen=True, kw_only=True)
class PooledScores:
    """Scores of all folds.

    Attributes:
        side: that was measured, `test` or `validation`.
        protocol: how the clips were divided.
        speakers_shared: voices of these clips were heard in training.
        labels: in the order of the logits.
        folds: of each fold.
        mean: over folds, each counting once.
        standard_deviation: over folds, with n - 1 in the denominator; None of one fold.
        pooled: of all clips together; its interval is drawn over speakers.
        corpora: of each corpus, all its folds together.
        mean_over_corpora: over these, each counting once.
    """

    side: str
    protocol: str
    speakers_shared: bool
    labels: tuple[str, ...]
    folds: tuple[FoldScores, ...]
    mean: Averages
    standard_deviation: Averages
    pooled: FoldScores
    corpora: Mapping[str, FoldScores]
    mean_over_corpora: Averages

    def to_json(self) -> dict[str, Any]:
        """Return the scores as `json` writes them."""
        return to_json(self)

    @staticmethod
    def from_json(values: object, where: str) -> PooledScores:
        """Read what `to_json` gave.

        Args:
            values: the JSON object.
            where: what it is called in messages.

        Raises:
            TrainingError: if it is something else.
        """
        return from_json(PooledScores, values, where)


def pool(
    folds: Sequence[FoldPredictions],
    labels: Sequence[str],
    protocol: str,
    *,
    side: str = "test",
    speakers_shared: bool = False,
) -> PooledScores:
    """Score each fold, all clips together, and each corpus.

    Args:
        folds: one or more, with one clip or more each.
        labels: in the order of the logits.
        protocol: how the clips were divided, as `ser_train.splits.pooled_protocol` gives it.
        side: that was measured.
        speakers_shared: voices of these clips were heard in training; every part then says so.
    """
    together = FoldPredictions(
        name="pooled",
        truth=np.concatenate([fold.truth for fold in folds]),
        predicted=np.concatenate([fold.predicted for fold in folds]),
        speakers=[speaker for fold in folds for speaker in fold.speakers],
        corpora=[corpus for fold in folds for corpus in fold.corpora],
        probabilities=np.concatenate([fold.probabilities for fold in folds]),
    )

    def score(predictions: FoldPredictions) -> FoldScores:
        return _score(predictions, labels, predictions.protocol or protocol, speakers_shared)

    of_folds = tuple(score(fold) for fold in folds)
    pooled = score(together)
    corpora = {name: score(together.of_corpus(name)) for name in sorted(set(together.corpora))}
    return PooledScores(
        side=side,
        protocol=pooled.protocol,
        speakers_shared=speakers_shared,
        labels=tuple(labels),
        folds=of_folds,
        mean=_averages(of_folds, _mean),
        standard_deviation=_averages(of_folds, _deviation),
        pooled=pooled,
        corpora=corpora,
        mean_over_corpora=_averages(tuple(corpora.values()), _mean),
    )


def _score(predictions: FoldPredictions, labels: Sequence[str], protocol: str, speakers_shared: bool) -> FoldScores:
    answered = predictions.predicted >= 0
    probabilities = predictions.probabilities[answered]
    values = headline(predictions.truth, predictions.predicted, probabilities, predictions.speakers, labels)
    return FoldScores(
        **vars(values),
        name=predictions.name,
        protocol=f"{protocol} [{SHARED}]" if speakers_shared and SHARED not in protocol else protocol,
        speakers_shared=speakers_shared,
        without_prediction=int(np.count_nonzero(~answered)),
    )


def _averages(scores: Sequence[FoldScores], average: Callable[[Sequence[float]], float | None]) -> Averages:
    return Averages(
        uar=average([score.uar for score in scores]),
        accuracy=average([score.accuracy for score in scores]),
        ece=average([score.ece for score in scores if score.ece is not None]),
    )


def _mean(values: Sequence[float]) -> float | None:
    return round(float(np.mean(values)), 4) if values else None


def _deviation(values: Sequence[float]) -> float | None:
    return round(float(np.std(values, ddof=1)), 4) if len(values) > 1 else None
