"""Figures of what a network says of rows: those of the papers, and the unweighted average recall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ser_train.evaluation.bootstrap import bootstrap_uar
from ser_train.evaluation.metrics import accuracy, confusion_matrix, uar

__all__ = ["METRICS", "figures", "grouped", "intervals", "spread"]

METRICS = {"accuracy": "accuracy", "uar": "UAR", "weighted_f1": "weighted F1"}
"""Keys of the figures that stand beside the papers', and what they are called."""


def figures(truth: NDArray[np.int64], said: NDArray[np.int64], labels: Sequence[str]) -> dict[str, Any]:
    """Accuracy, unweighted average recall, F1 weighted by support, and precision, recall and F1 of each label.

    Args:
        truth: index of the label of each row, `(rows,)`.
        said: index of the label that was said, `(rows,)`.
        labels: their names.
    """
    counts = confusion_matrix(truth, said, len(labels))[:, :-1]
    right, support, claimed = np.diagonal(counts), counts.sum(axis=1), counts.sum(axis=0)
    f1 = np.divide(2 * right, support + claimed, out=np.zeros(len(labels)), where=support + claimed > 0)
    return {
        "rows": len(truth),
        "accuracy": accuracy(truth, said),
        "uar": uar(truth, said, len(labels)),
        "weighted_f1": float(f1 @ support / support.sum()),
        "per_label": [
            {
                "label": label,
                "precision": float(right[i] / claimed[i]) if claimed[i] else None,
                "recall": float(right[i] / support[i]) if support[i] else None,
                "f1": float(f1[i]) if support[i] else None,
                "rows": int(support[i]),
            }
            for i, label in enumerate(labels)
        ],
        "confusion": {"labels": list(labels), "counts": counts.tolist()},
    }


def grouped(
    truth: NDArray[np.int64], said: NDArray[np.int64], labels: Sequence[str], groups: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, float]]:
    """Accuracy over the rows of some labels, of each group that has any."""
    found = {}
    for name, own in groups.items():
        chosen = np.isin(truth, [labels.index(label) for label in own])
        if chosen.any():
            found[name] = {"rows": int(chosen.sum()), "accuracy": accuracy(truth[chosen], said[chosen])}
    return found


def intervals(
    truth: NDArray[np.int64], said: NDArray[np.int64], speakers: Sequence[str], labels: int
) -> dict[str, list[float]]:
    """95 % bootstrap intervals over speakers of accuracy and unweighted average recall; none of a single speaker.

    Args:
        truth: index of the label of each row, `(rows,)`; of several seeds behind each other for the interval of their
            mean.
        said: index of the label that was said, `(rows,)`.
        speakers: of each row.
        labels: how many.
    """
    if len(set(speakers)) < 2:
        return {}
    # accuracy is the recall of one label that everybody has
    ends = {
        "accuracy": bootstrap_uar(np.zeros_like(truth), np.where(truth == said, 0, -1), speakers, 1),
        "uar": bootstrap_uar(truth, said, speakers, labels),
    }
    return {name: [round(end, 4) for end in own] for name, own in ends.items()}


def spread(values: Sequence[float]) -> dict[str, float | None]:
    """Mean of some seeds' figures, and their deviation; None of one alone."""
    return {"mean": float(np.mean(values)), "deviation": float(np.std(values, ddof=1)) if len(values) > 1 else None}
