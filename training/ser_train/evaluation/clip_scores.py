"""Score what a model predicted of clips: by clip and by window, of each label, speaker and group.

By clip, the probabilities are the mean of its windows', weighted by speech; by window, every prediction counts against
its clip's label. Both stand against the label that was intended; `listeners` scores what listeners heard.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ser_train.corpora import Clip
from ser_train.corpora.labels import LabelMap, fitting_map
from ser_train.evaluation.headline import WindowLabelScore, headline, uar_interval
from ser_train.evaluation.inference import ClipPredictions
from ser_train.evaluation.listeners import score_against_listeners
from ser_train.evaluation.metrics import Ints, accuracy, uar
from ser_train.evaluation.scores import (
    ClipScores,
    CoverageScore,
    GroupScore,
    HumanScore,
    SpeakerScore,
    WindowScores,
)

__all__ = ["AGE_BANDS", "COVERAGES", "age_band", "score_clips", "true_positions"]

AGE_BANDS = (("under 30", 0, 30), ("30 to 44", 30, 45), ("45 to 59", 45, 60), ("60 and over", 60, 999))
"""Name, first year, first year of the next."""

COVERAGES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)
"""Shares of the clips, the most confident ones, whose accuracy is given."""

_NOT_STATED = "not stated"
_HUMAN = {
    "cremad": HumanScore(
        uar=0.407,
        labels=("angry", "disgust", "fear", "happy", "neutral", "sad"),
        what="one listener who hears the voice alone, against the intended label, over the whole of CREMA-D",
    )
}


def score_clips(
    clips: Sequence[Clip],
    predictions: Sequence[ClipPredictions],
    labels: Sequence[str],
    protocol: str,
    *,
    words: LabelMap | None = None,
    speakers_shared: bool = False,
    notes: Sequence[str] = (),
) -> ClipScores:
    """Return all scores of clips; a clip without a prediction counts as wrong.

    Args:
        clips: with words that stand for one of the labels.
        predictions: of each clip.
        labels: that are measured.
        protocol: the sentence beside every score.
        words: which label a clip's word stands for; by default each word stands for itself.
        speakers_shared: voices of these clips were heard in training.
        notes: what a reader must know.
    """
    words = words or fitting_map(labels)
    truth = true_positions(clips, labels, words)
    predicted = np.array([prediction.position for prediction in predictions])
    speakers = [clip.speaker for clip in clips]
    verdicts = [prediction.verdict for prediction in predictions if prediction.verdict is not None]
    probabilities = np.array(verdicts, np.float64).reshape(-1, len(labels))
    corpora = {clip.corpus for clip in clips}
    human = _HUMAN.get(corpora.pop()) if len(corpora) == 1 else None
    return ClipScores(
        **vars(headline(truth, predicted, probabilities, speakers, labels)),
        protocol=protocol,
        notes=tuple(notes),
        speakers_shared=speakers_shared,
        without_prediction=int(np.count_nonzero(predicted < 0)),
        coverage=_coverage(truth, predictions),
        windows=_by_window(truth, predictions, speakers, labels),
        by_speaker=_by_speaker(truth, predicted, speakers, len(labels)),
        groups=_groups(clips, truth, predicted, len(labels)),
        perceived=score_against_listeners(clips, predictions, labels, words),
        human=human if human is not None and human.labels == tuple(sorted(labels)) else None,
    )


def true_positions(clips: Sequence[Clip], labels: Sequence[str], words: LabelMap) -> Ints:
    """Return the position of each clip's label, `(clips,)`."""
    return np.array([labels.index(words.words[clip.label]) for clip in clips])


def _coverage(truth: Ints, predictions: Sequence[ClipPredictions]) -> tuple[CoverageScore, ...]:
    """Return the accuracy of the most confident clips; one without a prediction is the least confident.

    El-Yaniv and Wiener 2010, "On the foundations of noise-free selective classification".
    """
    confidence = np.array([0.0 if p.verdict is None else float(p.verdict.max()) for p in predictions])
    order = np.argsort(-confidence, kind="stable")
    right = (truth == np.array([p.position for p in predictions]))[order]
    counts = [max(1, round(share * len(order))) for share in COVERAGES]
    return tuple(
        CoverageScore(
            coverage=share,
            clips=count,
            confidence=round(float(confidence[order[count - 1]]), 4),
            accuracy=round(float(right[:count].mean()), 4),
        )
        for share, count in zip(COVERAGES, counts, strict=True)
    )


def _by_window(
    truth: Ints, predictions: Sequence[ClipPredictions], speakers: Sequence[str], labels: Sequence[str]
) -> WindowScores | None:
    """Score every prediction alone against its clip's label."""
    clip = np.repeat(np.arange(len(predictions)), [len(p.probabilities) for p in predictions])
    if not len(clip):
        return None
    probabilities = np.concatenate([p.probabilities for p in predictions if len(p.probabilities)])
    of_windows = [speakers[i] for i in clip.tolist()]
    values = vars(headline(truth[clip], probabilities.argmax(axis=1), probabilities, of_windows, labels))
    return WindowScores(
        **values
        | {
            "clips": len(set(clip.tolist())),
            "windows": len(clip),
            "per_label": tuple(WindowLabelScore(**vars(score)) for score in values["per_label"]),
        }
    )


def _by_speaker(truth: Ints, predicted: Ints, speakers: Sequence[str], labels: int) -> tuple[SpeakerScore, ...]:
    """Score each speaker, the worst first."""
    names = np.array(speakers)
    scores = [
        SpeakerScore(
            speaker=name,
            clips=int((names == name).sum()),
            uar=round(uar(truth[names == name], predicted[names == name], labels), 4),
            accuracy=round(accuracy(truth[names == name], predicted[names == name]), 4),
        )
        for name in sorted(set(speakers))
    ]
    return tuple(sorted(scores, key=lambda score: score.uar))


def age_band(age: int) -> str:
    """Return the name of the band that an age in years falls in."""
    return next(name for name, low, high in AGE_BANDS if low <= age < high)


def _groups(clips: Sequence[Clip], truth: Ints, predicted: Ints, labels: int) -> tuple[GroupScore, ...]:
    """Score each sex, age band and ethnicity that the corpora state; the rest is `not stated`."""
    stated: dict[str, list[str | None]] = {
        "sex": [clip.sex for clip in clips],
        "age": [None if clip.age is None else age_band(clip.age) for clip in clips],
        "ethnicity": [clip.ethnicity for clip in clips],
    }
    scores = []
    for group, values in stated.items():
        if not any(values):
            continue
        names = np.array([value or _NOT_STATED for value in values])
        for name in sorted(set(names.tolist()), key=_group_order):
            inside = names == name
            speakers = [clip.speaker for clip, belongs in zip(clips, inside, strict=True) if belongs]
            scores.append(
                GroupScore(
                    group=group,
                    value=name,
                    clips=len(speakers),
                    speakers=len(set(speakers)),
                    uar=round(uar(truth[inside], predicted[inside], labels), 4),
                    uar_interval=uar_interval(truth[inside], predicted[inside], speakers, labels),
                    accuracy=round(accuracy(truth[inside], predicted[inside]), 4),
                )
            )
    return tuple(scores)


def _group_order(name: str) -> tuple[bool, int, str]:
    """Sort by name, ages by years, `not stated` last."""
    bands = [band for band, _, _ in AGE_BANDS]
    return name == _NOT_STATED, bands.index(name) if name in bands else 0, name
