"""Figures of an evaluation, each with its protocol and how many clips and speakers it stands on.

By clip (mean probabilities weighted by speech) and by window (every prediction against its clip's label); of each
label, speaker and group; against the label that was intended and against what listeners heard.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ser_train.corpora import Clip
from ser_train.corpora.labels import LabelMap, fitting_map
from ser_train.evaluation.bootstrap import bootstrap_loss, bootstrap_uar
from ser_train.evaluation.inference import Heard
from ser_train.evaluation.listeners import against_listeners
from ser_train.evaluation.metrics import (
    Floats,
    Ints,
    accuracy,
    confusion_matrix,
    expected_calibration_error,
    recalls,
    uar,
)

__all__ = [
    "AGE_BANDS",
    "COVERAGES",
    "age_band",
    "figures",
    "headline",
    "loss_interval",
    "loss_under",
    "per_label",
    "reliability",
]

AGE_BANDS = (("under 30", 0, 30), ("30 to 44", 30, 45), ("45 to 59", 45, 60), ("60 and over", 60, 999))
"""Name, first year, first year of the next."""

COVERAGES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)
"""Shares of the clips, the most confident ones, whose accuracy is given."""

_HUMAN = {
    "cremad": {
        "uar": 0.407,
        "labels": ["angry", "disgust", "fear", "happy", "neutral", "sad"],
        "what": "one listener who hears the voice alone, against the intended label, over the whole of CREMA-D",
    }
}
_BINS = 15


def figures(
    clips: Sequence[Clip],
    heard: Sequence[Heard],
    labels: Sequence[str],
    protocol: str,
    *,
    words: LabelMap | None = None,
    speakers_shared: bool = False,
    notes: Sequence[str] = (),
) -> dict[str, Any]:
    """All figures of clips whose words the model has a label for; a clip without a prediction counts as wrong.

    `words` says which label a clip's word stands for; by default each word stands for itself.
    """
    words = words or fitting_map(labels)
    truth, said = _truth(clips, labels, words), _said(heard)
    speakers = [clip.speaker for clip in clips]
    verdicts = _stack([one.verdict for one in heard if one.verdict is not None], len(labels))
    corpora = {clip.corpus for clip in clips}
    human = _HUMAN.get(corpora.pop()) if len(corpora) == 1 else None
    return {
        "protocol": protocol,
        "notes": list(notes),
        "speakers_shared": speakers_shared,
        **headline(truth, said, verdicts, speakers, labels),
        "without_prediction": int(np.count_nonzero(said < 0)),
        "coverage": _coverage(truth, said, heard),
        "windows": _by_window(truth, heard, speakers, labels),
        "by_speaker": _by_speaker(truth, said, speakers, len(labels)),
        "groups": _groups(clips, truth, said, len(labels)),
        "perceived": against_listeners(clips, heard, labels, words),
        "human": human if human is not None and human["labels"] == sorted(labels) else None,
    }


def _truth(clips: Sequence[Clip], labels: Sequence[str], words: LabelMap) -> Ints:
    return np.array([labels.index(words.words[clip.label]) for clip in clips])


def _said(heard: Sequence[Heard]) -> Ints:
    return np.array([-1 if one.verdict is None else int(one.verdict.argmax()) for one in heard])


def _stack(rows: Sequence[Floats], labels: int) -> Floats:
    return np.array(rows, np.float64).reshape(-1, labels)


def headline(
    truth: Ints, said: Ints, probabilities: Floats, speakers: Sequence[str], labels: Sequence[str]
) -> dict[str, Any]:
    """What is given of clips, of windows and of folds alike.

    `truth` and `said` are positions of labels, -1 where nothing was said; `probabilities` are of those with a verdict,
    in their order. The interval is None for one speaker, the calibration error where nothing was said.
    """
    matrix = confusion_matrix(truth, said, len(labels))
    rows = per_label(matrix, labels)
    with_verdict = truth[said >= 0]
    return {
        "clips": len(truth),
        "speakers": len(set(speakers)),
        "uar": round(uar(truth, said, len(labels)), 4),
        "uar_interval": _interval(truth, said, speakers, len(labels)),
        "accuracy": round(accuracy(truth, said), 4),
        "macro_f1": round(float(np.mean([row["f1"] for row in rows if row["clips"]])), 4),
        "ece": round(expected_calibration_error(probabilities, with_verdict), 4) if len(with_verdict) else None,
        "recall": {row["label"]: row["recall"] for row in rows if row["clips"]},
        "per_label": rows,
        "confusion": {"labels": [*labels, "nothing"], "counts": matrix.tolist()},
        "reliability": reliability(probabilities, with_verdict),
    }


def _interval(truth: Ints, said: Ints, speakers: Sequence[str], labels: int) -> list[float] | None:
    """95 % over speakers; None for a single one, of whom nothing can be said about others."""
    if len(set(speakers)) < 2:
        return None
    low, high = bootstrap_uar(truth, said, speakers, labels)
    return [round(low, 4), round(high, 4)]


def per_label(matrix: Ints, labels: Sequence[str]) -> list[dict[str, Any]]:
    """Precision, recall and F1 of each label, of a confusion matrix `(labels, labels + 1)`.

    F1 is 2 TP / (2 TP + FP + FN); the precision of a label that was never said, and the recall of one that does not
    occur, is None.
    """
    right = np.diagonal(matrix)
    occurs, given = matrix.sum(axis=1), matrix.sum(axis=0)[:-1]
    return [
        {
            "label": label,
            "clips": int(occurs[i]),
            "precision": round(float(right[i] / given[i]), 4) if given[i] else None,
            "recall": round(float(recalls(matrix)[i]), 4) if occurs[i] else None,
            "f1": round(float(2 * right[i] / max(1, occurs[i] + given[i])), 4),
        }
        for i, label in enumerate(labels)
    ]


def reliability(probabilities: Floats, truth: Ints) -> list[dict[str, float]]:
    """Mean confidence and accuracy in equal-width bins of confidence, the bins of the calibration error."""
    if not len(truth):
        return []
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    which = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    return [
        {
            "count": int(own.sum()),
            "confidence": round(float(confidence[own].mean()), 4),
            "accuracy": round(float(right[own].mean()), 4),
        }
        for bin_ in range(_BINS)
        if (own := which == bin_).any()
    ]


def _coverage(truth: Ints, said: Ints, heard: Sequence[Heard]) -> list[dict[str, float]]:
    """Accuracy of the most confident clips; one without a verdict is the least confident.

    El-Yaniv and Wiener 2010, "On the foundations of noise-free selective classification".
    """
    confidence = np.array([0.0 if one.verdict is None else float(one.verdict.max()) for one in heard])
    order = np.argsort(-confidence, kind="stable")
    right = (truth == said)[order]
    counts = [max(1, round(share * len(order))) for share in COVERAGES]
    return [
        {
            "coverage": share,
            "clips": count,
            "confidence": round(float(confidence[order[count - 1]]), 4),
            "accuracy": round(float(right[:count].mean()), 4),
        }
        for share, count in zip(COVERAGES, counts, strict=True)
    ]


def _by_window(
    truth: Ints, heard: Sequence[Heard], speakers: Sequence[str], labels: Sequence[str]
) -> dict[str, Any] | None:
    """Every prediction alone against its clip's label; None without any."""
    clip = np.repeat(np.arange(len(heard)), [len(one.probabilities) for one in heard])
    if not len(clip):
        return None
    probabilities = np.concatenate([one.probabilities for one in heard if len(one.probabilities)])
    own = [speakers[i] for i in clip.tolist()]
    found = headline(truth[clip], probabilities.argmax(axis=1), probabilities, own, labels)
    return found | {
        "clips": len(set(clip.tolist())),
        "windows": len(clip),
        "per_label": [{"windows" if k == "clips" else k: v for k, v in row.items()} for row in found["per_label"]],
    }


def _by_speaker(truth: Ints, said: Ints, speakers: Sequence[str], labels: int) -> list[dict[str, Any]]:
    """One row a speaker, the worst first."""
    names = np.array(speakers)
    rows = [
        {
            "speaker": name,
            "clips": int((names == name).sum()),
            "uar": round(uar(truth[names == name], said[names == name], labels), 4),
            "accuracy": round(accuracy(truth[names == name], said[names == name]), 4),
        }
        for name in sorted(set(speakers))
    ]
    return sorted(rows, key=lambda row: row["uar"])


def age_band(age: int) -> str:
    """Name of the band that an age in years falls in."""
    return next(name for name, low, high in AGE_BANDS if low <= age < high)


def _groups(clips: Sequence[Clip], truth: Ints, said: Ints, labels: int) -> list[dict[str, Any]]:
    """One row for each sex, age band and ethnicity that the corpora state; the rest is `not stated`."""
    of: dict[str, list[str | None]] = {
        "sex": [clip.sex for clip in clips],
        "age": [None if clip.age is None else age_band(clip.age) for clip in clips],
        "ethnicity": [clip.ethnicity for clip in clips],
    }
    order = [name for name, _, _ in AGE_BANDS]
    rows = []
    for group, stated in of.items():
        if not any(stated):
            continue
        values = np.array([value or "not stated" for value in stated])
        for value in sorted(
            set(values.tolist()), key=lambda v: (v == "not stated", order.index(v) if v in order else 0, v)
        ):
            own = values == value
            speakers = [clip.speaker for clip, there in zip(clips, own, strict=True) if there]
            rows.append(
                {
                    "group": group,
                    "value": value,
                    "clips": len(speakers),
                    "speakers": len(set(speakers)),
                    "uar": round(uar(truth[own], said[own], labels), 4),
                    "uar_interval": _interval(truth[own], said[own], speakers, labels),
                    "accuracy": round(accuracy(truth[own], said[own]), 4),
                }
            )
    return rows


def loss_under(
    found: dict[str, Any], clean: dict[str, Any], condition: str, interval: Sequence[float] | None = None
) -> dict[str, Any]:
    """One row of the robustness table: figures under a condition, and what they lose against clean ones, in points."""
    kept = ("clips", "speakers", "uar", "uar_interval", "accuracy", "ece", "without_prediction")
    loss = round(100 * (clean["uar"] - found["uar"]), 1)
    return {"condition": condition, **{key: found[key] for key in kept}, "loss": loss, "loss_interval": interval}


def loss_interval(
    clips: Sequence[Clip], clean: Sequence[Heard], changed: Sequence[Heard], labels: Sequence[str], words: LabelMap
) -> list[float] | None:
    """95 % interval over speakers of the points of UAR lost; None for a single speaker."""
    speakers = [clip.speaker for clip in clips]
    if len(set(speakers)) < 2:
        return None
    truth = _truth(clips, labels, words)
    low, high = bootstrap_loss(truth, _said(clean), _said(changed), speakers, len(labels))
    return [round(100 * low, 1), round(100 * high, 1)]
